extension Evaluator {
    /// Evaluates all elements, also after one failed, so that all problems are found.
    mutating func tuple(_ nodes: [SyntaxNode], _ range: ByteRange) -> Value? {
        var elements: [Value] = []
        elements.reserveCapacity(nodes.count)
        var isWhole = true
        for node in nodes {
            if let value = evaluate(node) { elements.append(value) } else { isWhole = false }
        }
        return isWhole ? charged(.tuple(elements), range) : nil
    }

    mutating func object(_ items: [SyntaxNode.ObjectItem], _ range: ByteRange) -> Value? {
        var members: [String: Value] = [:]
        var isWhole = true
        for item in items {
            let key = self.key(item.key)
            let value = evaluate(item.value)
            if let key, let value { members[key] = value } else { isWhole = false }
        }
        return isWhole ? charged(.object(members), range) : nil
    }

    /// A bare name is itself; anything else is evaluated.
    private mutating func key(_ node: SyntaxNode) -> String? {
        switch node.kind {
        case .variable(let name): return name
        case .literal(.null): return "null"
        default: break
        }
        guard let value = evaluate(node) else { return nil }
        if value.isNull {
            fail("Null value as key", "Can't use a null value as a key.", node.range)
            return nil
        }
        guard case .string(let text)? = try? value.converted(to: .string) else {
            fail("Incorrect key type", "Can't use a \(value.kind) as a key: a string is required.", node.range)
            return nil
        }
        return text
    }

    /// What a `for` walks over: keys and values.
    private mutating func pairs(_ clause: SyntaxNode.ForClause) -> [(key: Value, value: Value)]? {
        guard let collection = evaluate(clause.collection) else { return nil }
        switch collection {
        case .list(let items), .tuple(let items):
            return items.elements.enumerated().map { (Value($0.offset), $0.element) }
        case .set(let items): return items.elements.map { ($0, $0) }
        case .map(let items), .object(let items): return items.members.map { (.string($0.key), $0.value) }
        case .null:
            fail(
                "Iteration over null value", "A null value cannot be used as the collection in a 'for' expression.",
                clause.collection.range)
        case .bool, .number, .string:
            fail(
                "Iteration over non-iterable value",
                "A value of type \(collection.kind) cannot be used as the collection in a 'for' expression.",
                clause.collection.range)
        }
        return nil
    }

    /// Calls `body` for every element that meets the condition; stops when it answers false.
    mutating func loop(
        _ clause: SyntaxNode.ForClause, _ body: (inout Evaluator) -> Bool
    ) -> Bool {
        guard let pairs = pairs(clause) else { return false }
        let outer = locals.count
        defer { locals.removeLast(locals.count - outer) }
        for pair in pairs {
            locals.removeLast(locals.count - outer)
            if let name = clause.keyName { locals.append((name, pair.key)) }
            locals.append((clause.valueName, pair.value))
            guard spend(1, clause.collection.range) else { return false }
            if let condition = clause.condition {
                guard let value = evaluate(condition) else { return false }
                guard case .bool(let include)? = try? value.converted(to: .bool) else {
                    fail(
                        "Invalid 'for' condition",
                        "The value of the 'if' clause must be true or false, not \(value.kind).", condition.range)
                    return false
                }
                if !include { continue }
            }
            guard body(&self) else { return false }
        }
        return true
    }

    mutating func forTuple(_ clause: SyntaxNode.ForClause, _ node: SyntaxNode, _ range: ByteRange) -> Value? {
        var elements: [Value] = []
        var size = 0
        let isWhole = loop(clause) { evaluator in
            guard let value = evaluator.evaluate(node) else { return false }
            elements.append(value)
            size += value.size
            return size <= evaluator.context.budget.valueSizeMax
        }
        if !isWhole, size <= context.budget.valueSizeMax { return nil }
        return charged(.tuple(elements), range)
    }

    mutating func forObject(
        _ clause: SyntaxNode.ForClause, _ keyNode: SyntaxNode, _ node: SyntaxNode, groups: Bool, _ range: ByteRange
    ) -> Value? {
        var members: [String: [Value]] = [:]
        var size = 0
        let isWhole = loop(clause) { evaluator in
            guard let key = evaluator.forKey(keyNode), let value = evaluator.evaluate(node) else { return false }
            if !groups, members[key] != nil {
                evaluator.fail(
                    "Duplicate object key",
                    "Two different items produced the key \"\(key)\" in this 'for' expression. If duplicates are "
                        + "expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                    keyNode.range)
                return false
            }
            members[key, default: []].append(value)
            size += value.size
            return size <= evaluator.context.budget.valueSizeMax
        }
        if !isWhole, size <= context.budget.valueSizeMax { return nil }
        if groups { return charged(.object(members.mapValues { .tuple($0) }), range) }
        return charged(.object(members.compactMapValues(\.first)), range)
    }

    private mutating func forKey(_ node: SyntaxNode) -> String? {
        guard let value = evaluate(node) else { return nil }
        if case .string(let text)? = try? value.converted(to: .string) { return text }
        fail(
            "Invalid object key",
            value.isNull
                ? "The key expression in a 'for' expression must not produce a null value."
                : "The key expression produced a \(value.kind); a string is required.", node.range)
        return nil
    }
}
