extension Evaluator {
    /// The text of a template; a template that is one interpolation has the value of that.
    mutating func template(_ parts: [TemplatePart], _ range: ByteRange) -> Value? {
        if parts.isEmpty { return .string("") }
        if parts.count == 1 {
            switch parts[0] {
            case .literal(let text): return .string(text)
            case .interpolation(let node, let between): return interpolation(node, between)
            case .conditional, .loop: break
            }
        }
        var text = ""
        guard append(parts, to: &text, range) else { return nil }
        return charged(Value(text), range)
    }

    private mutating func interpolation(_ node: SyntaxNode, _ between: ByteRange) -> Value? {
        switch node.kind {
        case .variable: return reference(node, [], between: between)
        case .postfix(let base, let steps) where base.isReference:
            return reference(base, steps, between: between)
        default: return evaluate(node)
        }
    }

    private mutating func append(_ parts: [TemplatePart], to text: inout String, _ range: ByteRange) -> Bool {
        var isWhole = true
        for part in parts {
            switch part {
            case .literal(let literal): text += literal
            case .interpolation(let node, let between):
                if let piece = piece(node, between) { text += piece } else { isWhole = false }
            case .conditional(let condition, let then, let otherwise, let inner):
                guard let choice = choice(condition) else {
                    isWhole = false
                    continue
                }
                if !append(choice ? then : otherwise, to: &text, inner) { isWhole = false }
            case .loop(let clause, let body, let inner):
                var written = text
                text = ""
                if !loop(clause, { $0.append(body, to: &written, inner) }) { isWhole = false }
                text = written
            }
            guard text.utf8.count <= context.budget.valueSizeMax else {
                fail(
                    "Value too large",
                    "The text of this template would take more than \(context.budget.valueSizeMax) bytes.", range)
                return false
            }
            if context.budget.isExhausted { return false }
        }
        return isWhole
    }

    private mutating func choice(_ node: SyntaxNode) -> Bool? {
        guard let value = evaluate(node) else { return nil }
        if case .bool(let choice)? = try? value.converted(to: .bool) { return choice }
        fail(
            "Incorrect condition type",
            "The condition of an \"if\" directive must be of type bool, not \(value.kind).", node.range)
        return nil
    }

    private mutating func piece(_ node: SyntaxNode, _ between: ByteRange) -> String? {
        guard let value = interpolation(node, between) else { return nil }
        if value.isNull {
            fail(
                "Invalid template interpolation value",
                "The expression result is null. Cannot include a null value in a string template.", node.range)
            return nil
        }
        guard case .string(let text)? = try? value.converted(to: .string) else {
            fail(
                "Invalid template interpolation value",
                "Cannot include a value of type \(value.kind) in a string template: string required. "
                    + "Functions such as join and jsonencode make a string of it.", node.range)
            return nil
        }
        return spend(text.utf8.count, node.range) ? text : nil
    }
}
