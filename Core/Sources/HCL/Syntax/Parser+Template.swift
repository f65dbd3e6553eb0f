extension Parser {
    enum TemplateMode {
        case quoted
        case heredoc(marker: ArraySlice<UInt8>, removesIndentation: Bool)
        /// The whole text is the template, without escapes: a string of a JSON document.
        case bare
    }

    /// A quoted string; its opening quote is the current token.
    mutating func quotedTemplate() -> SyntaxNode? { template(.quoted) }

    /// A heredoc; its introducer is the current token.
    mutating func heredocTemplate() -> SyntaxNode? {
        let (marker, removesIndentation) = heredocMarker(token)
        return template(.heredoc(marker: marker, removesIndentation: removesIndentation))
    }

    /// The whole text as a template.
    mutating func bareTemplate() -> SyntaxNode? {
        token = Token(kind: .quote, start: lexer.position, end: lexer.position)
        return template(.bare)
    }

    func heredocMarker(_ token: Token) -> (marker: ArraySlice<UInt8>, removesIndentation: Bool) {
        var marker = trimmed(token.start + 2, max(token.start + 2, token.end - 1))
        if lexer.bytes[token.end - 1] != UInt8(ascii: "\n") { marker = trimmed(token.start + 2, token.end) }
        let removesIndentation = marker.first == UInt8(ascii: "-")
        return (removesIndentation ? marker.dropFirst() : marker, removesIndentation)
    }

    private mutating func template(_ mode: TemplateMode) -> SyntaxNode? {
        guard enter() else { return nil }
        defer { depth -= 1 }
        let start = token.start
        var items = TemplateItems()
        lexer.position = token.end
        let isWhole: Bool
        switch mode {
        case .quoted: isWhole = quotedItems(&items, start)
        case .heredoc(let marker, _): isWhole = heredocItems(&items, marker, token.range)
        case .bare: isWhole = bareItems(&items)
        }
        let end = lexer.position
        advance()
        guard isWhole else { return nil }
        if case .heredoc(_, removesIndentation: true) = mode { items.removeIndentation() }
        var builder = TemplateBuilder(items: items.items, depthMax: limits.nestingMax - depth)
        let parts = builder.whole()
        if let problem = builder.problem {
            error(problem.summary, problem.detail, at: problem.range ?? ByteRange(start, end))
            return nil
        }
        let range = ByteRange(start, end)
        if parts.count == 1, case .interpolation(let node, let between) = parts[0] {
            // The reference that stays a literal needs the text with its blanks, so the part is kept for those.
            return SyntaxNode(
                range: range,
                kind: node.isReference ? .template([.interpolation(node, between: between)]) : .wrapped(node))
        }
        return SyntaxNode(range: range, kind: .template(parts))
    }

    /// Reads up to the closing quote and over it. False if something was wrong (and reported).
    private mutating func quotedItems(_ items: inout TemplateItems, _ start: Int) -> Bool {
        var isWhole = true
        var literal: [UInt8] = []
        while true {
            let at = lexer.position
            guard at < lexer.limit, lexer.bytes[at] != UInt8(ascii: "\n") else {
                if isWhole { unterminated(start) }
                return false
            }
            switch lexer.bytes[at] {
            case UInt8(ascii: "\""):
                items.append(literal: literal)
                lexer.position += 1
                return isWhole
            case UInt8(ascii: "\\"):
                if !escape(into: &literal) { isWhole = false }
            case UInt8(ascii: "$"), UInt8(ascii: "%"):
                guard dollar(&literal) else { continue }
                items.append(literal: literal)
                literal = []
                if !sequence(&items, mayBreakLine: false) { isWhole = false }
            default:
                let run = plainRun(at)
                literal.append(contentsOf: lexer.bytes[at..<run])
                lexer.position = run
            }
        }
    }

    private mutating func unterminated(_ start: Int) {
        if lexer.position >= lexer.limit {
            if isCutOff { return }
            isCutOff = true
            error(
                "Unterminated template string", "No closing quote was found for the string.",
                at: ByteRange(start, start + 1))
            return
        }
        error(
            "Invalid multi-line string",
            "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n "
                + "escape to represent a newline character or use the \"heredoc\" multi-line template syntax.",
            at: ByteRange(start, lexer.position))
    }

    /// The end of the stretch from `at` in which no byte means anything.
    private func plainRun(_ at: Int) -> Int {
        var end = at
        while end < lexer.limit {
            switch lexer.bytes[end] {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "\n"):
                return end
            default: end += 1
            }
        }
        return end
    }

    /// At `$` or `%`: true if a template sequence begins here; otherwise the character, or the escape `$${`, is taken.
    private mutating func dollar(_ literal: inout [UInt8]) -> Bool {
        let mark = lexer.peek()
        if lexer.peek(1) == UInt8(ascii: "{") { return true }
        literal.append(mark)
        lexer.position += 1
        if lexer.peek() == mark, lexer.peek(1) == UInt8(ascii: "{") {
            literal.append(UInt8(ascii: "{"))
            lexer.position += 2
        }
        return false
    }

    /// Reads whole lines up to the marker. The position ends after the marker, before the line ending.
    private mutating func heredocItems(
        _ items: inout TemplateItems, _ marker: ArraySlice<UInt8>, _ introducer: ByteRange
    ) -> Bool {
        var isWhole = true
        var isLineStart = true
        var literal: [UInt8] = []
        while lexer.position < lexer.limit {
            let at = lexer.position
            if isLineStart {
                let end = lineEnd(at)
                if trimmed(at, end).elementsEqual(marker) {
                    lexer.position = end
                    return isWhole
                }
                isLineStart = false
            }
            switch lexer.bytes[at] {
            case UInt8(ascii: "\n"):
                literal.append(UInt8(ascii: "\n"))
                items.append(literal: literal)
                literal = []
                lexer.position += 1
                isLineStart = true
            case UInt8(ascii: "$"), UInt8(ascii: "%"):
                guard dollar(&literal) else { continue }
                items.append(literal: literal)
                literal = []
                if !sequence(&items, mayBreakLine: true) { isWhole = false }
            default:
                let run = max(plainRun(at), at + 1)
                literal.append(contentsOf: lexer.bytes[at..<run])
                lexer.position = run
            }
        }
        if isCutOff { return false }
        isCutOff = true
        error(
            "Unterminated template string",
            "No closing marker was found for the heredoc. \"\(String(decoding: marker, as: UTF8.self))\" must stand "
                + "alone on a line.", at: introducer)
        return false
    }

    private mutating func bareItems(_ items: inout TemplateItems) -> Bool {
        var isWhole = true
        var literal: [UInt8] = []
        while lexer.position < lexer.limit {
            let at = lexer.position
            switch lexer.bytes[at] {
            case UInt8(ascii: "$"), UInt8(ascii: "%"):
                guard dollar(&literal) else { continue }
                items.append(literal: literal)
                literal = []
                if !sequence(&items, mayBreakLine: true) { isWhole = false }
            default:
                let run = max(plainRun(at), at + 1)
                literal.append(contentsOf: lexer.bytes[at..<run])
                lexer.position = run
            }
        }
        items.append(literal: literal)
        return isWhole
    }

    /// A backslash escape of a quoted string.
    private mutating func escape(into literal: inout [UInt8]) -> Bool {
        let start = lexer.position
        let selector = lexer.peek(1)
        lexer.position += 2
        switch selector {
        case UInt8(ascii: "n"): literal.append(0x0A)
        case UInt8(ascii: "r"): literal.append(0x0D)
        case UInt8(ascii: "t"): literal.append(0x09)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): literal.append(selector)
        case UInt8(ascii: "u"): return hexadecimal(4, start, into: &literal)
        case UInt8(ascii: "U"): return hexadecimal(8, start, into: &literal)
        default:
            // The selector may be the newline that ends a broken string, or part of a longer character.
            lexer.position = start + 1
            var end = start + 2
            while end < lexer.limit, lexer.bytes[end] & 0xC0 == 0x80 { end += 1 }
            let range = ByteRange(start, min(end, lexer.limit))
            error(
                "Invalid escape sequence",
                "\"\(source.text(range))\" is not a valid escape sequence. A backslash itself is written \\\\.",
                at: range)
            return false
        }
        return true
    }

    private mutating func hexadecimal(_ digits: Int, _ start: Int, into literal: inout [UInt8]) -> Bool {
        var value: UInt32 = 0
        var count = 0
        while count < digits, let digit = Character(UnicodeScalar(lexer.peek())).hexDigitValue {
            value = value << 4 | UInt32(digit)
            count += 1
            lexer.position += 1
        }
        guard count == digits, let scalar = Unicode.Scalar(value) else {
            error(
                "Invalid escape sequence",
                "\\\(digits == 4 ? "u" : "U") must be followed by \(digits) hexadecimal digits "
                    + "that name a Unicode character.", at: ByteRange(start, lexer.position))
            return false
        }
        literal.append(contentsOf: String(Character(scalar)).utf8)
        return true
    }
}
