/// Parses the first version of the language (HCL1), in which job files were written until 2020.
///
/// It gives the same tree as `Parser`, so that the same readers serve both. What is different from the native syntax:
///
/// - nothing is evaluated: `${…}` is text, and there are no operators, functions or variables;
/// - keys may be quoted or have dots, and an object may be assigned: `update = { … }` is the block `update { … }`;
/// - items are parted by blanks, newlines or commas; whole numbers may be octal or hexadecimal.
///
/// Source: the grammar in the README of the language's first version.
struct LegacyParser {
    let source: SourceFile
    let limits: Limits
    private var position = 0
    private var depth = 0
    private(set) var diagnostics = Diagnostics()

    /// Why reading stopped: text without lines that could be trusted has nowhere to go on from.
    private struct Stop: Error {}

    init(source: SourceFile, limits: Limits) {
        self.source = source
        self.limits = limits
    }

    /// A whole file; what was read up to the first error.
    mutating func document() -> SyntaxBody {
        var builder = BodyBuilder()
        do {
            if let found = source.bytes.firstInvalidUTF8 {
                throw stop("Invalid character encoding", "The file is not UTF-8.", ByteRange(found, found + 1))
            }
            try items(into: &builder, until: nil)
        } catch {}
        return builder.body(range: ByteRange(0, source.bytes.count))
    }

    // MARK: - Items

    /// Items up to the closing brace of the object that was opened at `start`, or up to the end of the file.
    private mutating func items(into builder: inout BodyBuilder, until start: Int?) throws(Stop) {
        while true {
            try skipBlanks()
            if peek() == UInt8(ascii: ",") { position += 1; continue }
            if position >= source.bytes.count {
                guard let start else { return }
                throw stop(
                    "Unclosed object", "There is no closing brace for this one.", ByteRange(start, start + 1))
            }
            if peek() == UInt8(ascii: "}") {
                guard start != nil else {
                    throw stop("Unexpected closing brace", "There is no open block that it could close.", here)
                }
                return
            }
            try item(into: &builder)
        }
    }

    private mutating func item(into builder: inout BodyBuilder) throws(Stop) {
        var keys = [try key()]
        try skipBlanks()
        while peek() != UInt8(ascii: "=") && peek() != UInt8(ascii: "{") {
            keys.append(try key())
            try skipBlanks()
        }
        if peek() == UInt8(ascii: "=") {
            position += 1
            try skipBlanks()
        }
        if peek() == UInt8(ascii: "{") {
            builder.blocks.append(try block(keys))
            return
        }
        guard keys.count == 1 else {
            throw stop("Invalid argument definition", "Labels belong to blocks, not to arguments.", keys[1].range)
        }
        let attribute = SyntaxAttribute(name: keys[0].text, nameRange: keys[0].range, value: try value())
        if let first = builder.add(attribute) {
            diagnostics.error(
                "Attribute redefined",
                "The argument \"\(attribute.name)\" was already set at \(source.range(first)).",
                at: source.range(attribute.nameRange))
        }
    }

    private mutating func block(_ keys: [(text: String, range: ByteRange)]) throws(Stop) -> SyntaxBlock {
        let brace = here
        let body = try object()
        return SyntaxBlock(
            type: keys[0].text, typeRange: keys[0].range,
            labels: keys.dropFirst().map { SyntaxBlock.Label(value: $0.text, range: $0.range) },
            openingBrace: brace, body: body)
    }

    /// From the opening brace over the closing one.
    private mutating func object() throws(Stop) -> SyntaxBody {
        let start = position
        try enter()
        defer { depth -= 1 }
        position += 1
        var builder = BodyBuilder()
        try items(into: &builder, until: start)
        position += 1
        return builder.body(range: ByteRange(start, position))
    }

    private mutating func key() throws(Stop) -> (text: String, range: ByteRange) {
        let start = position
        if peek() == UInt8(ascii: "\"") { return (try string(), ByteRange(start, position)) }
        while isKeyByte(peek(), first: position == start) { position += 1 }
        guard position > start else {
            throw stop("Argument or block definition required", "A name, \"=\" or \"{\" is expected here.", here)
        }
        let range = ByteRange(start, position)
        return (source.text(range), range)
    }

    private func isKeyByte(_ byte: UInt8, first: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
            true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."): !first
        default: false
        }
    }

    // MARK: - Values

    private mutating func value() throws(Stop) -> SyntaxNode {
        let start = position
        switch peek() {
        case UInt8(ascii: "\""):
            let text = try string()
            return SyntaxNode(range: ByteRange(start, position), kind: .literal(.string(text.normalized)))
        case UInt8(ascii: "<"):
            let text = try heredoc()
            return SyntaxNode(range: ByteRange(start, position), kind: .literal(.string(text.normalized)))
        case UInt8(ascii: "["): return try list()
        case UInt8(ascii: "{"):
            let body = try object()
            return SyntaxNode(range: body.range, kind: .object(objectItems(body)))
        default: return try scalar()
        }
    }

    /// An object as a value, in a list: blocks inside are objects too.
    private func objectItems(_ body: SyntaxBody) -> [SyntaxNode.ObjectItem] {
        func item(_ name: String, _ range: ByteRange, _ value: SyntaxNode) -> SyntaxNode.ObjectItem {
            .init(key: SyntaxNode(range: range, kind: .literal(.string(name.normalized))), value: value)
        }
        let blocks = body.blocks.map { block in
            var value = SyntaxNode(range: block.body.range, kind: .object(objectItems(block.body)))
            for label in block.labels.reversed() {
                value = SyntaxNode(range: label.range, kind: .object([item(label.value, label.range, value)]))
            }
            return item(block.type, block.typeRange, value)
        }
        return body.attributes.map { item($0.name, $0.nameRange, $0.value) } + blocks
    }

    private mutating func list() throws(Stop) -> SyntaxNode {
        let start = position
        try enter()
        defer { depth -= 1 }
        position += 1
        var elements: [SyntaxNode] = []
        var needsComma = false
        while true {
            try skipBlanks()
            switch peek() {
            case UInt8(ascii: "]"):
                position += 1
                return SyntaxNode(range: ByteRange(start, position), kind: .tuple(elements))
            case UInt8(ascii: ",") where needsComma:
                position += 1
                needsComma = false
            case _ where position >= source.bytes.count:
                throw stop("Unclosed list", "There is no closing bracket for this one.", ByteRange(start, start + 1))
            case _ where needsComma:
                throw stop("Missing item separator", "The items of a list are parted by commas.", here)
            default:
                elements.append(try value())
                needsComma = true
            }
        }
    }

    private mutating func scalar() throws(Stop) -> SyntaxNode {
        let start = position
        while isKeyByte(peek(), first: false) || peek() == UInt8(ascii: "+") { position += 1 }
        let range = ByteRange(start, position)
        let text = source.text(range)
        switch text {
        case "true": return SyntaxNode(range: range, kind: .literal(.bool(true)))
        case "false": return SyntaxNode(range: range, kind: .literal(.bool(false)))
        case "":
            throw stop("Invalid value", "A string, number, true, false, list or object is expected here.", here)
        default:
            guard let number = Self.number(text) else {
                throw stop(
                    "Invalid value",
                    "\"\(text)\" is not a value. Texts stand in quotes; there are no variables in this version of "
                        + "the language.", range)
            }
            return SyntaxNode(range: range, kind: .literal(.number(number)))
        }
    }

    /// `12`, `-1.5e3`, `0x1F`, `0755`.
    private static func number(_ text: String) -> Number? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative ? String(text.dropFirst()) : text
        guard digits.utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == true else {
            return nil
        }
        let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
        if isHexadecimal || (digits.count > 1 && digits.hasPrefix("0") && digits.allSatisfy(\.isNumber)) {
            guard let value = Int64(isHexadecimal ? String(digits.dropFirst(2)) : digits, radix: isHexadecimal ? 16 : 8)
            else { return nil }
            return Number(isNegative ? -value : value)
        }
        return Number(parsing: text)
    }

    // MARK: - Texts

    /// A quoted text. Between `${` and its `}` everything stays as it is, quotes too.
    private mutating func string() throws(Stop) -> String {
        let start = position
        position += 1
        var out: [UInt8] = []
        var braces = 0
        while position < source.bytes.count {
            let byte = source.bytes[position]
            switch byte {
            case UInt8(ascii: "\"") where braces == 0:
                position += 1
                return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\n") where braces == 0:
                throw stop(
                    "Invalid multi-line string", "A quoted text ends on its line; use a heredoc for several lines.",
                    ByteRange(start, position))
            case UInt8(ascii: "\\") where braces == 0: try escape(into: &out)
            case UInt8(ascii: "$") where braces == 0 && peek(1) == UInt8(ascii: "{"):
                braces = 1
                out += [byte, UInt8(ascii: "{")]
                position += 2
            default:
                if braces > 0 { braces += byte == UInt8(ascii: "{") ? 1 : byte == UInt8(ascii: "}") ? -1 : 0 }
                out.append(byte)
                position += 1
            }
        }
        throw stop("Unterminated string", "There is no closing quote for this one.", ByteRange(start, start + 1))
    }

    private mutating func escape(into out: inout [UInt8]) throws(Stop) {
        let start = position
        let selector = peek(1)
        position += 2
        switch selector {
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "a"): out.append(0x07)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "v"): out.append(0x0B)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(selector)
        case UInt8(ascii: "x"): try coded(2, radix: 16, start, &out)
        case UInt8(ascii: "u"): try coded(4, radix: 16, start, &out)
        case UInt8(ascii: "U"): try coded(8, radix: 16, start, &out)
        default:
            throw stop(
                "Invalid escape sequence", "A backslash itself is written \\\\.",
                ByteRange(start, min(start + 2, source.bytes.count)))
        }
    }

    private mutating func coded(_ count: Int, radix: Int, _ start: Int, _ out: inout [UInt8]) throws(Stop) {
        let end = min(position + count, source.bytes.count)
        let text = String(decoding: source.bytes[position..<end], as: UTF8.self)
        guard text.utf8.count == count, let value = UInt32(text, radix: radix), let scalar = Unicode.Scalar(value)
        else {
            throw stop("Invalid escape sequence", "\(count) hexadecimal digits are expected.", ByteRange(start, end))
        }
        out.append(contentsOf: String(Character(scalar)).utf8)
        position = end
    }

    /// `<<MARK` or `<<-MARK`, lines, and the mark alone on a line.
    private mutating func heredoc() throws(Stop) -> String {
        let start = position
        guard peek(1) == UInt8(ascii: "<") else { throw stop("Invalid value", "A heredoc begins with \"<<\".", here) }
        position += 2
        let isIndented = peek() == UInt8(ascii: "-")
        if isIndented { position += 1 }
        let mark = line()
        let name = String(decoding: mark, as: UTF8.self).trimmingBlankSuffix
        guard !name.isEmpty else {
            throw stop("Invalid heredoc", "A word follows \"<<\", and ends the text.", ByteRange(start, position))
        }
        var lines: [String] = []
        while position < source.bytes.count {
            let text = String(decoding: line(), as: UTF8.self)
            let bare = text.trimmingBlankPrefix
            guard bare == name || bare == name + "\r" else {
                lines.append(text)
                continue
            }
            // The newline after the mark is left, the text before it ends with its own.
            if position < source.bytes.count || source.bytes.last == 0x0A { position -= 1 }
            let indent = String(text.prefix(text.count - bare.count))
            if isIndented, lines.allSatisfy({ $0.hasPrefix(indent) || $0.isEmpty }) {
                lines = lines.map { String($0.dropFirst(indent.count)) }
            }
            return lines.map { $0 + "\n" }.joined()
        }
        throw stop(
            "Unterminated heredoc", "\"\(name)\" must stand alone on a line.", ByteRange(start, start + 2))
    }

    /// The rest of the line, without its newline, which is passed over.
    private mutating func line() -> ArraySlice<UInt8> {
        let end = source.bytes[position...].firstIndex(of: 0x0A) ?? source.bytes.count
        defer { position = min(end + 1, source.bytes.count) }
        return source.bytes[position..<end]
    }

    // MARK: - Bytes

    private var here: ByteRange { ByteRange(position, min(position + 1, source.bytes.count)) }

    private func peek(_ ahead: Int = 0) -> UInt8 {
        position + ahead < source.bytes.count ? source.bytes[position + ahead] : 0
    }

    /// Blanks, newlines and comments (`#`, `//`, `/* */`).
    private mutating func skipBlanks() throws(Stop) {
        while position < source.bytes.count {
            switch (peek(), peek(1)) {
            case (0x20, _), (0x09, _), (0x0A, _), (0x0D, _): position += 1
            case (UInt8(ascii: "#"), _), (UInt8(ascii: "/"), UInt8(ascii: "/")): _ = line()
            case (UInt8(ascii: "/"), UInt8(ascii: "*")):
                let start = position
                position += 2
                while !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                    guard position < source.bytes.count else {
                        throw stop("Unterminated comment", "There is no */ for it.", ByteRange(start, start + 2))
                    }
                    position += 1
                }
                position += 2
            default: return
            }
        }
    }

    private mutating func enter() throws(Stop) {
        depth += 1
        if depth > limits.nestingMax {
            throw stop("Nested too deeply", "At most \(limits.nestingMax) levels of nesting are accepted.", here)
        }
    }

    private mutating func stop(_ summary: String, _ detail: String, _ range: ByteRange) -> Stop {
        diagnostics.error(summary, detail, at: source.range(range))
        return Stop()
    }
}
