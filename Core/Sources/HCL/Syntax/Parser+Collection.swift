extension Parser {
    private var isFor: Bool { token.kind == .identifier && text(token) == "for" }

    /// `[a, b]` or `[for …]`.
    mutating func tuple() -> SyntaxNode? {
        let start = token.start
        let outer = open()
        if isFor { return forTuple(start, outer) }
        var elements: [SyntaxNode] = []
        while token.kind != .closeBracket {
            guard let element = expression() else { return nil }
            elements.append(element)
            if token.kind == .comma {
                advance()
            } else if token.kind != .closeBracket {
                if token.kind == .endOfFile {
                    error(
                        "Unterminated tuple constructor expression",
                        "There is no closing bracket for this list before the end of the file.",
                        at: ByteRange(start, start + 1))
                } else {
                    error(
                        "Missing item separator",
                        "Expected a comma to mark the beginning of the next item, not \(shown(token)).",
                        at: token.range)
                }
                return nil
            }
        }
        let end = close(restoring: outer)
        return SyntaxNode(range: ByteRange(start, end), kind: .tuple(elements))
    }

    /// `{ a = 1 }` or `{for …}`. Newlines separate items, so they count between items.
    mutating func object() -> SyntaxNode? {
        let start = token.start
        let outer = open(skippingNewlines: false)
        skipNewlines()
        if isFor, !isAssignedFor {
            skipsNewlines = true
            return forObject(start, outer)
        }
        var items: [SyntaxNode.ObjectItem] = []
        while true {
            skipNewlines()
            if token.kind == .closeBrace { break }
            guard let item = objectItem(start) else { return nil }
            items.append(item)
            switch token.kind {
            case .comma, .newline: advance()
            case .closeBrace: break
            case .endOfFile: return unterminatedObject(start)
            default:
                error(
                    "Missing attribute separator",
                    "Expected a newline or comma to mark the beginning of the next attribute, not \(shown(token)).",
                    at: token.range)
                return nil
            }
        }
        let end = close(restoring: outer)
        return SyntaxNode(range: ByteRange(start, end), kind: .object(items))
    }

    private mutating func skipNewlines() { while token.kind == .newline { advance() } }

    /// Whether `for` is a key here and not the keyword.
    private var isAssignedFor: Bool {
        var ahead = lexer
        let following = ahead.next().kind
        return following == .assign || following == .colon
    }

    private mutating func unterminatedObject(_ start: Int) -> SyntaxNode? {
        error(
            "Unterminated object constructor expression",
            "There is no closing brace for this object before the end of the file.", at: ByteRange(start, start + 1))
        return nil
    }

    private mutating func objectItem(_ start: Int) -> SyntaxNode.ObjectItem? {
        if token.kind == .endOfFile {
            _ = unterminatedObject(start)
            return nil
        }
        guard let key = expression() else { return nil }
        if case .postfix(let base, _) = key.kind, case .variable = base.kind {
            error(
                "Ambiguous attribute key",
                "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended "
                    + "as a literal name containing periods, wrap it in quotes to create a string literal.",
                at: key.range)
            return nil
        }
        guard token.kind == .assign || token.kind == .colon else {
            let hint =
                token.kind == .newline || token.kind == .comma || token.kind == .closeBrace
                ? "The key has no value. " : "Found \(shown(token)). "
            error(
                "Missing attribute value",
                hint + "Use the equals sign \"=\" or a colon to introduce the value of the key.", at: key.range)
            return nil
        }
        advance()
        guard let value = expression() else { return nil }
        return SyntaxNode.ObjectItem(key: key, value: value)
    }

    /// `for k, v in collection :` with the colon passed over.
    private mutating func forHead() -> SyntaxNode.ForClause? {
        advance()
        guard let clause = forVariables() else { return nil }
        guard token.kind == .colon else {
            error(
                "Invalid 'for' expression",
                "A colon is required after the collection of a 'for' expression, not \(shown(token)).",
                at: token.range)
            return nil
        }
        advance()
        return clause
    }

    /// `k, v in collection`, also used by the `for` directive of templates.
    mutating func forVariables() -> SyntaxNode.ForClause? {
        var names: [String] = []
        while true {
            guard token.kind == .identifier else {
                error(
                    "Invalid 'for' expression",
                    "A 'for' expression needs one or two variable names after 'for', not \(shown(token)).",
                    at: token.range)
                return nil
            }
            names.append(text(token).normalized)
            advance()
            guard token.kind == .comma, names.count < 2 else { break }
            advance()
        }
        guard token.kind == .identifier, text(token) == "in" else {
            error(
                "Invalid 'for' expression",
                "The keyword 'in' is required after the variable names, not \(shown(token)).", at: token.range)
            return nil
        }
        advance()
        guard let collection = expression() else { return nil }
        let key = names.count == 2 ? names.first : nil
        return SyntaxNode.ForClause(keyName: key, valueName: names.last ?? "", collection: collection, condition: nil)
    }

    /// `if condition`, if it is there. False after a reported problem.
    private mutating func forCondition(_ clause: inout SyntaxNode.ForClause) -> Bool {
        guard token.kind == .identifier, text(token) == "if" else { return true }
        advance()
        clause.condition = expression()
        return clause.condition != nil
    }

    private mutating func forTuple(_ start: Int, _ outer: Bool) -> SyntaxNode? {
        guard var clause = forHead(), let value = expression() else { return nil }
        if token.kind == .arrow {
            error(
                "Invalid 'for' expression",
                "A key (with =>) is allowed only when the result is an object: use braces instead of brackets.",
                at: token.range)
            return nil
        }
        guard forCondition(&clause) else { return nil }
        guard token.kind == .closeBracket else {
            error(
                "Invalid 'for' expression",
                "Extra characters after the end of the 'for' expression: \(shown(token)).", at: token.range)
            return nil
        }
        let end = close(restoring: outer)
        return SyntaxNode(range: ByteRange(start, end), kind: .forTuple(clause, value))
    }

    private mutating func forObject(_ start: Int, _ outer: Bool) -> SyntaxNode? {
        guard var clause = forHead(), let key = expression() else { return nil }
        guard token.kind == .arrow else {
            error(
                "Invalid 'for' expression",
                "An object 'for' expression needs a key and a value with \"=>\" between them, not \(shown(token)).",
                at: token.range)
            return nil
        }
        advance()
        guard let value = expression() else { return nil }
        let groups = token.kind == .ellipsis
        if groups { advance() }
        guard forCondition(&clause) else { return nil }
        guard token.kind == .closeBrace else {
            error(
                "Invalid 'for' expression",
                "Extra characters after the end of the 'for' expression: \(shown(token)).", at: token.range)
            return nil
        }
        let end = close(restoring: outer)
        return SyntaxNode(
            range: ByteRange(start, end), kind: .forObject(clause, key: key, value: value, groups: groups))
    }
}
