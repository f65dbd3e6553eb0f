extension Parser {
    /// A whole expression, with the conditional operator.
    mutating func expression() -> SyntaxNode? {
        guard enter() else { return nil }
        defer { depth -= 1 }
        guard let condition = binary(0) else { return nil }
        guard token.kind == .question else { return condition }
        advance()
        guard let positive = expression() else { return nil }
        guard token.kind == .colon else {
            error(
                "Missing false expression in conditional",
                "The conditional operator (…?…:…) requires a false expression, delimited by a colon, "
                    + "not \(shown(token)).", at: token.range)
            return nil
        }
        advance()
        guard let negative = expression() else { return nil }
        return SyntaxNode(
            range: condition.range.through(negative.range), kind: .conditional(condition, positive, negative))
    }

    /// Binary operators from a precedence level up. Operators of one level are collected into one node.
    private mutating func binary(_ level: Int) -> SyntaxNode? {
        guard var left = unary() else { return nil }
        while case .binary(let symbol) = token.kind, symbol.level >= level {
            let group = symbol.level
            var operations: [SyntaxNode.Operation] = []
            while case .binary(let symbol) = token.kind, symbol.level == group {
                advance()
                guard let operand = group == BinaryOperator.levelMax ? unary() : binary(group + 1) else { return nil }
                operations.append(SyntaxNode.Operation(symbol: symbol, operand: operand))
            }
            let range = left.range.through(operations.last?.operand.range ?? left.range)
            left = SyntaxNode(range: range, kind: .binary(left, operations))
        }
        return left
    }

    private mutating func unary() -> SyntaxNode? {
        let symbol: UnaryOperator
        switch token.kind {
        case .binary(.subtract): symbol = .negate
        case .not: symbol = .not
        default: return postfix()
        }
        guard enter() else { return nil }
        defer { depth -= 1 }
        let start = token.start
        advance()
        guard let operand = unary() else { return nil }
        return SyntaxNode(range: ByteRange(start, operand.range.end), kind: .unary(symbol, operand))
    }

    mutating func term() -> SyntaxNode? {
        let start = token
        switch token.kind {
        case .number:
            guard let number = Number(parsing: lexer.bytes[start.start..<start.end]) else {
                error("Invalid number literal", "The number is too large, too small or too long.", at: start.range)
                return nil
            }
            advance()
            return SyntaxNode(range: start.range, kind: .literal(.number(number)))
        case .identifier: return name()
        case .quote: return quotedTemplate()
        case .heredoc: return heredocTemplate()
        case .openBracket: return tuple()
        case .openBrace: return object()
        case .openParenthesis:
            let outer = open()
            guard let inner = expression() else { return nil }
            guard token.kind == .closeParenthesis else {
                error(
                    "Unbalanced parentheses",
                    "Expected a closing parenthesis to end the expression, "
                        + "not \(shown(token)).", at: token.range)
                return nil
            }
            let end = close(restoring: outer)
            return SyntaxNode(range: ByteRange(start.start, end), kind: .parentheses(inner))
        default:
            error("Invalid expression", invalidStart(start), at: start.range)
            return nil
        }
    }

    private func invalidStart(_ token: Token) -> String {
        guard token.kind == .invalid else {
            return "Expected the start of an expression, but found \(shown(token))."
        }
        switch text(token) {
        case "'": return "Single quotes are not valid. Use double quotes (\") to enclose strings."
        case "`": return "Backquotes are not valid. Use double quotes (\"), or a heredoc for several lines."
        case "/": return "The comment that begins here is not closed with \"*/\"."
        case let text where text.hasPrefix("<<"):
            return "A heredoc begins with << or <<-, a marker directly after it, and a newline."
        default: return "The character \(shown(token)) can't stand here."
        }
    }

    /// `true`, `false`, `null`, a function call or a variable.
    private mutating func name() -> SyntaxNode? {
        let name = token
        advance()
        if token.kind == .openParenthesis { return call(name) }
        let text = text(name)
        switch text {
        case "true": return SyntaxNode(range: name.range, kind: .literal(.bool(true)))
        case "false": return SyntaxNode(range: name.range, kind: .literal(.bool(false)))
        case "null": return SyntaxNode(range: name.range, kind: .literal(.null))
        default: return SyntaxNode(range: name.range, kind: .variable(text.normalized))
        }
    }

    private mutating func call(_ name: Token) -> SyntaxNode? {
        let outer = open()
        var arguments: [SyntaxNode] = []
        var expandsLast = false
        while token.kind != .closeParenthesis {
            guard let argument = expression() else { return nil }
            arguments.append(argument)
            if token.kind == .ellipsis {
                expandsLast = true
                advance()
                if token.kind == .comma { advance() }
                guard token.kind == .closeParenthesis else {
                    error(
                        "Missing closing parenthesis",
                        "An expanded argument (with \"...\" after it) must be followed by the closing parenthesis, "
                            + "not \(shown(token)).", at: token.range)
                    return nil
                }
                break
            }
            if token.kind == .comma {
                advance()
            } else if token.kind != .closeParenthesis {
                error(
                    "Missing argument separator",
                    "A comma is required to separate each function argument from the next; "
                        + "found \(shown(token)).", at: token.range)
                return nil
            }
        }
        let closing = token.range
        let end = close(restoring: outer)
        let call = SyntaxNode.Call(
            name: text(name), nameRange: name.range, arguments: arguments, expandsLast: expandsLast, closing: closing)
        return SyntaxNode(range: ByteRange(name.start, end), kind: .call(call))
    }
}
