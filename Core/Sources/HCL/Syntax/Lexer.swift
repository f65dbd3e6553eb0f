/// Cuts text into tokens, one at a time. Blanks and comments are passed over; a line comment ends in a newline token.
struct Lexer {
    let bytes: [UInt8]
    /// Nothing from here on is read.
    var limit: Int
    var position: Int
    /// From here on there is no end of a block comment; saves looking for one again and again.
    private var lastCommentEnd = Int.max

    init(bytes: [UInt8], from position: Int = 0, limit: Int? = nil) {
        self.bytes = bytes
        self.position = position
        self.limit = limit ?? bytes.count
    }

    @inline(__always)
    func peek(_ ahead: Int = 0) -> UInt8 {
        position + ahead < limit ? bytes[position + ahead] : 0
    }

    mutating func next() -> Token {
        skipBlanks()
        let start = position
        guard start < limit else { return Token(kind: .endOfFile, start: limit, end: limit) }
        let byte = bytes[start]
        switch byte {
        case UInt8(ascii: "\n"):
            position += 1
            return Token(kind: .newline, start: start, end: position)
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            scanNumber()
            return Token(kind: .number, start: start, end: position)
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), 0x80...:
            return identifier(start)
        case UInt8(ascii: "<") where peek(1) == UInt8(ascii: "<"):
            return heredoc(start)
        default:
            let (kind, length) = symbol(byte)
            position += length
            return Token(kind: kind, start: start, end: position)
        }
    }

    private mutating func skipBlanks() {
        while position < limit {
            switch bytes[position] {
            case 0x20, 0x09, 0x0D: position += 1
            case UInt8(ascii: "#"): skipToLineEnd()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): skipToLineEnd()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                guard let end = commentEnd() else { return }
                position = end
            default: return
            }
        }
    }

    private mutating func skipToLineEnd() {
        while position < limit, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    }

    /// The end of the block comment that starts here; nil if it isn't closed.
    private mutating func commentEnd() -> Int? {
        guard position < lastCommentEnd else { return nil }
        var at = position + 2
        while at + 1 < limit {
            if bytes[at] == UInt8(ascii: "*"), bytes[at + 1] == UInt8(ascii: "/") { return at + 2 }
            at += 1
        }
        lastCommentEnd = position
        return nil
    }

    private mutating func scanDigits() {
        while peek() >= UInt8(ascii: "0"), peek() <= UInt8(ascii: "9") { position += 1 }
    }

    private func isDigit(_ ahead: Int) -> Bool { peek(ahead) >= UInt8(ascii: "0") && peek(ahead) <= UInt8(ascii: "9") }

    private mutating func scanNumber() {
        scanDigits()
        if peek() == UInt8(ascii: "."), isDigit(1) {
            position += 1
            scanDigits()
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-") ? 1 : 0
            if isDigit(1 + sign) {
                position += 1 + sign
                scanDigits()
            }
        }
    }

    private mutating func identifier(_ start: Int) -> Token {
        var isFirst = true
        while position < limit {
            let byte = bytes[position]
            if byte >= 0x80 {
                guard let (scalar, length) = scalar(at: position) else { break }
                let properties = scalar.properties
                guard isFirst ? properties.isIDStart : properties.isIDContinue else { break }
                position += length
            } else if Lexer.isIdentifierByte(byte) {
                position += 1
            } else {
                break
            }
            isFirst = false
        }
        if position > start { return Token(kind: .identifier, start: start, end: position) }
        position += scalar(at: start)?.length ?? 1
        return Token(kind: .invalid, start: start, end: position)
    }

    static func isIdentifierByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether a text can be written as a name without quotes.
    static func isIdentifier(_ text: String) -> Bool {
        var lexer = Lexer(bytes: Array(text.utf8))
        let token = lexer.next()
        return token.kind == .identifier && token.start == 0 && token.end == lexer.limit
    }

    /// Decodes the scalar at an offset; nil if the bytes are not UTF-8.
    private func scalar(at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
        var decoder = UTF8()
        var iterator = bytes[offset..<min(offset + 4, limit)].makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return (scalar, String(Character(scalar)).utf8.count)
    }

    private mutating func heredoc(_ start: Int) -> Token {
        position += 2
        if peek() == UInt8(ascii: "-") { position += 1 }
        let marker = position
        guard peek() >= 0x80 || Lexer.isIdentifierByte(peek()), identifier(marker).kind == .identifier else {
            position = start + 2
            return Token(kind: .invalid, start: start, end: position)
        }
        if peek() == 0x0D { position += 1 }
        guard position >= limit || peek() == UInt8(ascii: "\n") else {
            return Token(kind: .invalid, start: start, end: position)
        }
        position = min(position + 1, limit)
        return Token(kind: .heredoc, start: start, end: position)
    }

    private func symbol(_ byte: UInt8) -> (Token.Kind, Int) {
        let following = peek(1)
        let isAssign = following == UInt8(ascii: "=")
        switch byte {
        case UInt8(ascii: "\""): return (.quote, 1)
        case UInt8(ascii: "{"): return (.openBrace, 1)
        case UInt8(ascii: "}"): return (.closeBrace, 1)
        case UInt8(ascii: "["): return (.openBracket, 1)
        case UInt8(ascii: "]"): return (.closeBracket, 1)
        case UInt8(ascii: "("): return (.openParenthesis, 1)
        case UInt8(ascii: ")"): return (.closeParenthesis, 1)
        case UInt8(ascii: ","): return (.comma, 1)
        case UInt8(ascii: ":"): return (.colon, 1)
        case UInt8(ascii: "?"): return (.question, 1)
        case UInt8(ascii: "+"): return (.binary(.add), 1)
        case UInt8(ascii: "-"): return (.binary(.subtract), 1)
        case UInt8(ascii: "*"): return (.binary(.multiply), 1)
        case UInt8(ascii: "/"): return (following == UInt8(ascii: "*") ? .invalid : .binary(.divide), 1)
        case UInt8(ascii: "%"): return (.binary(.remainder), 1)
        case UInt8(ascii: "!"): return isAssign ? (.binary(.notEqual), 2) : (.not, 1)
        case UInt8(ascii: "<"): return isAssign ? (.binary(.lessOrEqual), 2) : (.binary(.less), 1)
        case UInt8(ascii: ">"): return isAssign ? (.binary(.greaterOrEqual), 2) : (.binary(.greater), 1)
        case UInt8(ascii: "="):
            if isAssign { return (.binary(.equal), 2) }
            return following == UInt8(ascii: ">") ? (.arrow, 2) : (.assign, 1)
        case UInt8(ascii: "&"): return following == byte ? (.binary(.and), 2) : (.invalid, 1)
        case UInt8(ascii: "|"): return following == byte ? (.binary(.or), 2) : (.invalid, 1)
        case UInt8(ascii: "~"): return following == UInt8(ascii: "}") ? (.trimmingCloseBrace, 2) : (.invalid, 1)
        case UInt8(ascii: "."):
            return following == byte && peek(2) == byte ? (.ellipsis, 3) : (.dot, 1)
        default: return (.invalid, 1)
        }
    }
}
