extension Parser {
    /// A whole file.
    mutating func document() -> SyntaxBody {
        checkEncoding()
        advance()
        var builder = BodyBuilder()
        while true {
            items(into: &builder)
            if token.kind == .endOfFile { break }
            error("Unexpected closing brace", "There is no open block that this brace could close.", at: token.range)
            advance()
        }
        return builder.body(range: ByteRange(0, source.bytes.count))
    }

    private mutating func checkEncoding() {
        guard let found = source.bytes.firstInvalidUTF8 else { return }
        error(
            "Invalid character encoding",
            "The file is not UTF-8: the byte at offset \(found) starts no character.", at: ByteRange(found, found + 1))
    }

    /// Items up to a closing brace or the end of the file, which stays the current token.
    mutating func items(into builder: inout BodyBuilder) {
        while true {
            switch token.kind {
            case .newline: advance()
            case .endOfFile, .closeBrace: return
            case .identifier: item(into: &builder)
            case .quote:
                error("Invalid argument name", "Argument names must not be quoted.", at: token.range)
                recover()
            default:
                error(
                    "Argument or block definition required",
                    "An argument or block definition is required here, not \(shown(token)).", at: token.range)
                recover()
            }
        }
    }

    private mutating func item(into builder: inout BodyBuilder) {
        let name = token
        advance()
        switch token.kind {
        case .assign:
            guard let attribute = attribute(name) else { return recover() }
            if let first = builder.add(attribute) {
                error(
                    "Attribute redefined",
                    "The argument \"\(attribute.name)\" was already set at \(source.range(first)). "
                        + "Each argument may be set only once.", at: name.range)
            }
            switch token.kind {
            case .newline, .endOfFile, .closeBrace: return
            default:
                error(
                    "Missing newline after argument",
                    "An argument definition must end with a newline; \(shown(token)) is on the same line.",
                    at: token.range)
                recover()
            }
        case .openBrace, .quote, .identifier: block(name, into: &builder)
        default:
            error(
                "Argument or block definition required",
                "An argument or block definition is required here. To set an argument, use the equals sign \"=\" "
                    + "to introduce the argument value.", at: name.range)
            recover()
        }
    }

    private mutating func attribute(_ name: Token) -> SyntaxAttribute? {
        advance()
        guard let value = expression() else { return nil }
        return SyntaxAttribute(name: text(name), nameRange: name.range, value: value)
    }

    private mutating func block(_ name: Token, into builder: inout BodyBuilder) {
        var labels: [SyntaxBlock.Label] = []
        while token.kind != .openBrace {
            switch token.kind {
            case .identifier:
                labels.append(SyntaxBlock.Label(value: text(token).normalized, range: token.range))
                advance()
            case .quote:
                guard let label = quotedLabel() else { return recover() }
                labels.append(label)
            case .assign where labels.isEmpty == false:
                error(
                    "Invalid argument definition",
                    "An argument has one name and no labels. To begin a block, write \"{\" after the labels.",
                    at: token.range)
                return recover()
            default:
                error(
                    "Invalid block definition",
                    "Either a quoted string block label or an opening brace (\"{\") is expected here, "
                        + "not \(shown(token)).", at: token.range)
                return recover()
            }
        }
        let brace = token.range
        guard let body = blockBody(name) else { return }
        builder.blocks.append(
            SyntaxBlock(type: text(name), typeRange: name.range, labels: labels, openingBrace: brace, body: body))
        switch token.kind {
        case .newline, .endOfFile, .closeBrace: return
        default:
            error(
                "Missing newline after block definition",
                "A block definition must end with a newline; \(shown(token)) is on the same line.", at: token.range)
            recover()
        }
    }

    private mutating func quotedLabel() -> SyntaxBlock.Label? {
        let start = token.start
        guard let node = quotedTemplate() else { return nil }
        guard let value = node.plainString else {
            error(
                "Invalid string literal", "Template sequences are not allowed in block labels.", at: node.range)
            return nil
        }
        return SyntaxBlock.Label(value: value, range: ByteRange(start, node.range.end))
    }

    /// The body of a block from its opening brace, the current token, over its closing brace.
    private mutating func blockBody(_ name: Token) -> SyntaxBody? {
        let start = token.start
        guard enter() else { return nil }
        defer { depth -= 1 }
        advance()
        var builder = BodyBuilder()
        if token.kind == .newline { items(into: &builder) } else { singleLine(into: &builder) }
        guard token.kind == .closeBrace else {
            // The innermost open block tells it; after a string without end there is no telling.
            guard !isCutOff else { return nil }
            isCutOff = true
            error(
                "Unclosed configuration block",
                "There is no closing brace for the block \"\(text(name))\" that begins at line "
                    + "\(source.position(name.start).line) before the end of the file. "
                    + "A brace is missing here or in a block inside it.", at: name.range)
            return nil
        }
        let end = token.end
        advance()
        return builder.body(range: ByteRange(start, end))
    }

    /// `{ }` or `{ name = value }`.
    private mutating func singleLine(into builder: inout BodyBuilder) {
        if token.kind == .closeBrace || token.kind == .endOfFile { return }
        guard token.kind == .identifier else {
            error(
                "Invalid single-argument block definition",
                "A block on one line holds nothing or one argument; \(shown(token)) is neither.", at: token.range)
            return recoverBlock()
        }
        let name = token
        advance()
        guard token.kind == .assign else {
            error(
                "Invalid single-argument block definition",
                "A block on one line can't hold another block. Put the inner block on lines of its own.",
                at: token.range)
            return recoverBlock()
        }
        guard let attribute = attribute(name) else { return recoverBlock() }
        _ = builder.add(attribute)
        if token.kind == .closeBrace || token.kind == .endOfFile { return }
        error(
            "Invalid single-argument block definition",
            "A block on one line may hold one argument only. Put each argument, and the closing brace, "
                + "on a line of its own.", at: token.range)
        recoverBlock()
    }
}

/// Collects the items of one body.
struct BodyBuilder {
    var attributes: [SyntaxAttribute] = []
    var blocks: [SyntaxBlock] = []
    /// Places in `attributes` by name, once there are many: few names are compared faster than hashed.
    private var places: [String: Int] = [:]
    private static let comparedMax = 16

    /// Adds an attribute; answers the place of the first one if there is one of that name.
    mutating func add(_ attribute: SyntaxAttribute) -> ByteRange? {
        let name = attribute.name
        let known = places.isEmpty ? attributes.firstIndex { $0.name == name } : places[name]
        if let known { return attributes[known].nameRange }
        attributes.append(attribute)
        if attributes.count == Self.comparedMax {
            for (at, attribute) in attributes.enumerated() { places[attribute.name] = at }
        } else if attributes.count > Self.comparedMax {
            places[name] = attributes.count - 1
        }
        return nil
    }

    func body(range: ByteRange) -> SyntaxBody { SyntaxBody(attributes: attributes, blocks: blocks, range: range) }
}

extension [UInt8] {
    /// The offset of the first byte that is not part of a UTF-8 character.
    var firstInvalidUTF8: Int? {
        var at = 0
        while at < count {
            let byte = self[at]
            if byte < 0x80 {
                at += 1
                continue
            }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
            guard byte >= 0xC2, byte <= 0xF4, at + length <= count else { return at }
            var value = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
            for next in self[(at + 1)..<(at + length)] {
                guard next & 0xC0 == 0x80 else { return at }
                value = value << 6 | UInt32(next & 0x3F)
            }
            let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
            guard value >= smallest, Unicode.Scalar(value) != nil else { return at }
            at += length
        }
        return nil
    }
}
