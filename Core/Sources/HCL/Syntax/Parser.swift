/// Parses the native syntax: one pass, one token of look-ahead, goes on after errors.
///
/// Functions that answer an optional have reported the reason when they answer nil.
struct Parser {
    let source: SourceFile
    let limits: Limits
    var lexer: Lexer
    var token = Token(kind: .endOfFile, start: 0, end: 0)
    /// Inside brackets, newlines mean nothing.
    var skipsNewlines = false
    var depth = 0
    /// Brackets that are open in the expression being read.
    var openers: [Token.Kind] = []
    var diagnostics = Diagnostics()
    /// The end of the file came too early, and that has been reported.
    var isCutOff = false

    init(source: SourceFile, limits: Limits, from start: Int = 0, to limit: Int? = nil) {
        self.source = source
        self.limits = limits
        lexer = Lexer(bytes: source.bytes, from: start, limit: limit)
    }

    mutating func advance() {
        repeat { token = lexer.next() } while skipsNewlines && token.kind == .newline
    }

    mutating func error(_ summary: String, _ detail: String, at range: ByteRange) {
        diagnostics.error(summary, detail, at: source.range(range))
    }

    /// Counts one level of nesting; false, with everything else skipped, where there are too many.
    mutating func enter() -> Bool {
        depth += 1
        if depth <= limits.nestingMax { return true }
        isCutOff = true
        error("Nested too deeply", "At most \(limits.nestingMax) levels of nesting are accepted.", at: token.range)
        // Nothing more is read, wherever the callers set the position.
        lexer.limit = 0
        openers = []
        skipsNewlines = false
        advance()
        return false
    }

    /// Enters brackets: the opening token is the current one.
    mutating func open(skippingNewlines: Bool = true) -> Bool {
        let outer = skipsNewlines
        openers.append(token.kind)
        skipsNewlines = skippingNewlines
        advance()
        return outer
    }

    /// Leaves brackets: the closing token is the current one. Answers where it ended.
    mutating func close(restoring outer: Bool) -> Int {
        let end = token.end
        if !openers.isEmpty { openers.removeLast() }
        skipsNewlines = outer
        advance()
        return end
    }

    func text(_ token: Token) -> String { source.text(token.range) }

    /// The token in words, for messages.
    func shown(_ token: Token) -> String {
        switch token.kind {
        case .endOfFile: "the end of the file"
        case .newline: "a newline"
        default: "\"\(text(token))\""
        }
    }

    /// A whole text that is one expression; newlines around it don't count.
    mutating func wholeExpression() -> SyntaxNode? {
        skipsNewlines = true
        advance()
        guard let node = expression() else { return nil }
        if token.kind != .endOfFile {
            error(
                "Extra characters after expression",
                "An expression was read, but \(shown(token)) follows it.", at: token.range)
            return nil
        }
        return node
    }
}
