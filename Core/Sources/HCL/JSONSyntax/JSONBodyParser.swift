/// Parses JSON with places. Stops at the first error: broken JSON has no lines to go on from.
struct JSONBodyParser {
    let source: SourceFile
    let limits: Limits
    private var position = 0
    private var depth = 0
    private(set) var diagnostics = Diagnostics()

    init(source: SourceFile, limits: Limits) {
        self.source = source
        self.limits = limits
    }

    /// The whole file, whose root is an object; nil after an error.
    mutating func document() -> JSONNode? {
        if let found = source.bytes.firstInvalidUTF8 {
            return fail("Invalid character encoding", "The file is not UTF-8.", ByteRange(found, found + 1))
        }
        guard let root = value() else { return nil }
        skipBlanks()
        if position < source.bytes.count {
            return fail("Invalid JSON", "Nothing may follow the object that is the file.", here)
        }
        guard case .object = root.kind else {
            return fail("Invalid JSON", "The file must be one object, not \(root.kindName).", root.range)
        }
        return root
    }

    /// The whole text as any value; nil after an error.
    mutating func wholeValue() -> JSONNode? {
        guard let root = value() else { return nil }
        skipBlanks()
        if position < source.bytes.count { return fail("Invalid JSON", "Nothing may follow the value.", here) }
        return root
    }

    private var here: ByteRange { ByteRange(position, min(position + 1, source.bytes.count)) }

    private func peek() -> UInt8 { position < source.bytes.count ? source.bytes[position] : 0 }

    private mutating func fail<T>(_ summary: String, _ detail: String, _ range: ByteRange) -> T? {
        diagnostics.error(summary, detail, at: source.range(range))
        return nil
    }

    private mutating func skipBlanks() {
        while [0x20, 0x09, 0x0A, 0x0D].contains(peek()) { position += 1 }
    }

    private mutating func value() -> JSONNode? {
        skipBlanks()
        let start = position
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.nestingMax else {
            return fail("Nested too deeply", "At most \(limits.nestingMax) levels of nesting are accepted.", here)
        }
        switch peek() {
        case UInt8(ascii: "{"): return object()
        case UInt8(ascii: "["): return array()
        case UInt8(ascii: "\""):
            guard let (text, isVerbatim) = string() else { return nil }
            return JSONNode(kind: .string(text, isVerbatim: isVerbatim), range: ByteRange(start, position))
        case UInt8(ascii: "t"): return word("true", .bool(true))
        case UInt8(ascii: "f"): return word("false", .bool(false))
        case UInt8(ascii: "n"): return word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
        default:
            let found = position < source.bytes.count ? "\"\(source.text(here))\"" : "the end of the file"
            return fail("Invalid JSON", "A value is expected here, not \(found).", here)
        }
    }

    private mutating func word(_ word: String, _ kind: JSONNode.Kind) -> JSONNode? {
        let start = position
        let end = start + word.utf8.count
        guard end <= source.bytes.count, source.bytes[start..<end].elementsEqual(word.utf8) else {
            return fail("Invalid JSON", "A value is expected here. Texts stand in double quotes.", here)
        }
        position = end
        return JSONNode(kind: kind, range: ByteRange(start, end))
    }

    private mutating func number() -> JSONNode? {
        let start = position
        while [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(peek()) || (peek() >= 0x30 && peek() <= 0x39) { position += 1 }
        let range = ByteRange(start, position)
        guard let number = Number(parsing: source.bytes[start..<position]) else {
            return fail("Invalid number", "\"\(source.text(range))\" is not a number, or it is out of range.", range)
        }
        return JSONNode(kind: .number(number), range: range)
    }

    private mutating func array() -> JSONNode? {
        let start = position
        position += 1
        var elements: [JSONNode] = []
        skipBlanks()
        while peek() != UInt8(ascii: "]") {
            guard let element = value() else { return nil }
            elements.append(element)
            skipBlanks()
            if peek() == UInt8(ascii: "]") { break }
            guard peek() == UInt8(ascii: ",") else {
                return fail("Invalid JSON", "Elements of an array are separated by commas.", here)
            }
            position += 1
            skipBlanks()
            if peek() == UInt8(ascii: "]") {
                return fail("Invalid JSON", "There must be no comma after the last element.", here)
            }
        }
        position += 1
        return JSONNode(kind: .array(elements), range: ByteRange(start, position))
    }

    private mutating func object() -> JSONNode? {
        let start = position
        position += 1
        var members: [JSONNode.Member] = []
        skipBlanks()
        while peek() != UInt8(ascii: "}") {
            let nameStart = position
            guard peek() == UInt8(ascii: "\"") else {
                return fail("Invalid JSON", "The name of a member is expected here, in double quotes.", here)
            }
            guard let name = string() else { return nil }
            let nameRange = ByteRange(nameStart, position)
            skipBlanks()
            guard peek() == UInt8(ascii: ":") else {
                return fail("Invalid JSON", "A colon is expected after the name of a member.", here)
            }
            position += 1
            guard let value = value() else { return nil }
            members.append(JSONNode.Member(name: name.text, nameRange: nameRange, value: value))
            skipBlanks()
            if peek() == UInt8(ascii: "}") { break }
            guard peek() == UInt8(ascii: ",") else {
                return fail("Invalid JSON", "Members of an object are separated by commas.", here)
            }
            position += 1
            skipBlanks()
            if peek() == UInt8(ascii: "}") {
                return fail("Invalid JSON", "There must be no comma after the last member.", here)
            }
        }
        position += 1
        return JSONNode(kind: .object(members), range: ByteRange(start, position))
    }

    private mutating func string() -> (text: String, isVerbatim: Bool)? {
        let start = position
        position += 1
        var out: [UInt8] = []
        var isVerbatim = true
        while true {
            guard position < source.bytes.count, source.bytes[position] >= 0x20 else {
                return fail("Invalid JSON", "The string is not closed on its line.", ByteRange(start, start + 1))
            }
            let byte = source.bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return (String(decoding: out, as: UTF8.self), isVerbatim) }
            if byte != UInt8(ascii: "\\") {
                out.append(byte)
                continue
            }
            isVerbatim = false
            guard escape(into: &out) else {
                return fail("Invalid JSON", "This is not an escape that JSON knows.", ByteRange(position - 1, position))
            }
        }
    }

    private mutating func escape(into out: inout [UInt8]) -> Bool {
        let selector = peek()
        position += 1
        switch selector {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(selector)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            guard var value = unit() else { return false }
            if (0xD800..<0xDC00).contains(value), peek() == UInt8(ascii: "\\") {
                position += 2
                guard let low = unit(), (0xDC00..<0xE000).contains(low) else { return false }
                value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00)
            }
            out.append(contentsOf: String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
        default: return false
        }
        return true
    }

    private mutating func unit() -> UInt32? {
        guard position + 4 <= source.bytes.count else { return nil }
        let digits = source.bytes[position..<(position + 4)]
        position += 4
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
