/// A token as the formatter sees it: strings, heredocs and comments are tokens like others and stay as they are.
struct FormatToken {
    enum Kind: Hashable {
        case newline, comment, string, heredoc
        /// `for`, `in` or `if` where it may be the keyword.
        case word
        case symbol(Token.Kind)
    }

    let kind: Kind
    private let bytes: ByteRange
    private var blanks: UInt32 = 0

    init(kind: Kind, range: Range<Int>) {
        self.kind = kind
        bytes = ByteRange(range.lowerBound, range.upperBound)
    }

    var range: Range<Int> { bytes.start..<bytes.end }

    var blanksBefore: Int {
        get { Int(blanks) }
        set { blanks = UInt32(newValue) }
    }

    func isSymbol(_ kind: Token.Kind) -> Bool { self.kind == .symbol(kind) }

    /// How many brackets it leaves open.
    var bracketChange: Int {
        switch kind {
        case .symbol(.openBrace), .symbol(.openBracket), .symbol(.openParenthesis): 1
        case .symbol(.closeBrace), .symbol(.closeBracket), .symbol(.closeParenthesis): -1
        default: 0
        }
    }
}

/// Cuts a text that is known to be correct into tokens, without losing anything but blanks.
struct FormatTokenizer {
    private let bytes: [UInt8]
    private var lexer: Lexer
    private var parser: Parser
    private(set) var tokens: [FormatToken] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        lexer = Lexer(bytes: bytes)
        parser = Parser(source: SourceFile(name: "", bytes: bytes), limits: .standard)
    }

    mutating func run() -> [FormatToken] {
        while true {
            while lexer.peek() == 0x20 || lexer.peek() == 0x09 || lexer.peek() == 0x0D { lexer.position += 1 }
            let start = lexer.position
            guard start < bytes.count else { return tokens }
            let kind = next(start)
            tokens.append(FormatToken(kind: kind, range: start..<lexer.position))
        }
    }

    private mutating func next(_ start: Int) -> FormatToken.Kind {
        switch (bytes[start], lexer.peek(1)) {
        case (UInt8(ascii: "#"), _), (UInt8(ascii: "/"), UInt8(ascii: "/")):
            while lexer.position < bytes.count, bytes[lexer.position] != UInt8(ascii: "\n") { lexer.position += 1 }
            while lexer.position > start, bytes[lexer.position - 1] <= 0x20 { lexer.position -= 1 }
            return .comment
        case (UInt8(ascii: "/"), UInt8(ascii: "*")):
            lexer.position += 2
            while lexer.position < bytes.count,
                bytes[lexer.position] != UInt8(ascii: "*") || lexer.peek(1) != UInt8(ascii: "/")
            { lexer.position += 1 }
            lexer.position = min(lexer.position + 2, bytes.count)
            return .comment
        case (UInt8(ascii: "\""), _):
            string()
            return .string
        default: break
        }
        let token = lexer.next()
        switch token.kind {
        case .newline: return .newline
        case .heredoc:
            heredoc(token)
            return .heredoc
        case .identifier where tokens.last?.isSymbol(.dot) != true:
            let text = String(decoding: bytes[token.start..<token.end], as: UTF8.self)
            return ["for", "in", "if"].contains(text) ? .word : .symbol(.identifier)
        default: return .symbol(token.kind)
        }
    }

    /// Over the string with the strings inside its interpolations.
    private mutating func string() {
        enum Mode { case string, braces }
        var modes: [Mode] = []
        repeat {
            let byte = lexer.peek()
            let following = lexer.peek(1)
            lexer.position += 1
            switch (modes.last, byte) {
            case (.string, UInt8(ascii: "\\")): lexer.position += 1
            case (.string, UInt8(ascii: "\"")): modes.removeLast()
            case (.string, UInt8(ascii: "$")), (.string, UInt8(ascii: "%")):
                if following == UInt8(ascii: "{") {
                    lexer.position += 1
                    modes.append(.braces)
                } else if following == byte, lexer.peek(1) == UInt8(ascii: "{") {
                    lexer.position += 2
                }
            case (.string, _): break
            case (_, UInt8(ascii: "\"")): modes.append(.string)
            case (_, UInt8(ascii: "{")): modes.append(.braces)
            case (_, UInt8(ascii: "}")): modes.removeLast()
            default: break
            }
        } while !modes.isEmpty && lexer.position < bytes.count
        lexer.position = min(lexer.position, bytes.count)
    }

    /// Over the heredoc to the end of its marker.
    private mutating func heredoc(_ introducer: Token) {
        parser.token = introducer
        parser.lexer.position = introducer.end
        parser.skipHeredoc()
        lexer.position = parser.lexer.position
    }
}
