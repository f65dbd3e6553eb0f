extension Parser {
    /// `${ … }` or `%{ … }` at the position. False if something was wrong (and reported); the position is then
    /// behind the sequence or at the end of the line, so that the string can be read to its end.
    mutating func sequence(_ items: inout TemplateItems, mayBreakLine: Bool) -> Bool {
        let start = lexer.position
        let isDirective = lexer.peek() == UInt8(ascii: "%")
        lexer.position += 2
        if lexer.peek() == UInt8(ascii: "~") {
            items.trimLast()
            lexer.position += 1
        }
        let inner = lexer.position
        let outer = skipsNewlines
        let opened = openers.count
        openers.append(.openBrace)
        skipsNewlines = true
        advance()
        let item = isDirective ? directive(start) : interpolation(inner)
        let isWhole = item != nil && closesSequence(isDirective)
        if isWhole, let item {
            items.append(item)
            items.trimsNext = token.kind == .trimmingCloseBrace
        } else {
            let end = lineEnd(start)
            if !mayBreakLine, token.start > end {
                lexer.position = end
            } else {
                skipSequence(pending: max(1, openers.count - opened), mayBreakLine: mayBreakLine)
            }
        }
        // After too deep nesting there are none left.
        openers.removeSubrange(min(opened, openers.count)...)
        skipsNewlines = outer
        if isWhole { lexer.position = token.end }
        return isWhole
    }

    private mutating func interpolation(_ inner: Int) -> TemplateItems.Item? {
        if token.kind == .closeBrace || token.kind == .trimmingCloseBrace {
            error(
                "Invalid expression", "An expression is required between \"${\" and \"}\".",
                at: ByteRange(inner - 2, token.end))
            return nil
        }
        guard let node = expression() else { return nil }
        return .interpolation(node, between: ByteRange(inner, token.start))
    }

    private mutating func closesSequence(_ isDirective: Bool) -> Bool {
        switch token.kind {
        case .closeBrace, .trimmingCloseBrace: return true
        case .endOfFile where isCutOff: break
        case .endOfFile:
            error(
                "Unterminated template sequence", "There is no closing brace for this sequence.", at: token.range)
        default:
            error(
                isDirective ? "Extra characters in directive" : "Extra characters after interpolation expression",
                "Expected a closing brace to end the template sequence, but found \(shown(token)).",
                at: token.range)
        }
        return false
    }

    private mutating func directive(_ start: Int) -> TemplateItems.Item? {
        let keyword = token.kind == .identifier ? text(token) : ""
        let name = token
        guard !keyword.isEmpty else {
            error(
                "Invalid template directive",
                "A template directive keyword (\"if\", \"for\", …) is expected after \"%{\", not \(shown(token)).",
                at: token.range)
            return nil
        }
        advance()
        let range = ByteRange(start, name.end)
        switch keyword {
        case "if":
            guard let condition = expression() else { return nil }
            return .ifStart(condition, range)
        case "else": return .elseMark(range)
        case "endif": return .endIf(range)
        case "for":
            guard let clause = forVariables() else { return nil }
            return .forStart(clause, range)
        case "endfor": return .endFor(range)
        default:
            let near = Suggestion.sentence(for: keyword, among: ["if", "else", "endif", "for", "endfor"])
            error(
                "Invalid template control keyword", "\"\(keyword)\" is not a valid template control keyword.\(near)",
                at: name.range)
            return nil
        }
    }

    /// Goes behind the brace that closes a broken sequence; in a quoted string not beyond the line.
    private mutating func skipSequence(pending open: Int, mayBreakLine: Bool) {
        var pending = open
        skipsNewlines = false
        while true {
            switch token.kind {
            case .endOfFile:
                lexer.position = lexer.limit
                return
            case .newline where !mayBreakLine:
                lexer.position = token.start
                return
            case .openBrace, .openBracket, .openParenthesis: pending += 1
            case .closeBrace, .trimmingCloseBrace, .closeBracket, .closeParenthesis:
                pending -= 1
                if pending <= 0 {
                    lexer.position = token.end
                    return
                }
            case .quote: skipString()
            default: break
            }
            advance()
        }
    }
}
