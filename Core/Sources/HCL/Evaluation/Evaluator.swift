/// Evaluates one expression. A nil answer means that the reason is in `diagnostics`.
struct Evaluator {
    let context: EvaluationContext
    var source: SourceFile
    let scope: IteratorScope?
    var diagnostics = Diagnostics()
    /// Variables of `for` expressions, inner ones last.
    var locals: [(name: String, value: Value)] = []

    init(context: EvaluationContext, source: SourceFile, scope: IteratorScope?) {
        self.context = context
        self.source = source
        self.scope = scope
    }

    /// Work that a reported problem counts for: finding similar names and places costs that much.
    private static let failureWork = 20_000

    /// What was probably meant; not looked for where nobody will read it.
    func near(_ name: String, among candidates: () -> some Sequence<String>) -> String {
        isTrying ? "" : Suggestion.sentence(for: name, among: candidates())
    }

    /// Whether problems are only noticed, not reported.
    var isTrying = false

    mutating func fail(_ summary: String, _ detail: String, _ range: ByteRange) {
        if isTrying { return }
        _ = context.budget.spend(Self.failureWork)
        diagnostics.error(summary, detail, at: source.range(range))
    }

    mutating func evaluate(_ node: SyntaxNode) -> Value? {
        guard spend(1, node.range) else { return nil }
        switch node.kind {
        case .literal(let value): return value
        case .template(let parts): return template(parts, node.range)
        case .wrapped(let inner), .parentheses(let inner): return evaluate(inner)
        case .tuple(let nodes): return tuple(nodes, node.range)
        case .object(let items): return object(items, node.range)
        case .variable: return reference(node, [])
        case .postfix(let base, let steps): return postfix(base, steps)
        case .call(let call): return self.call(call, node.range)
        case .unary(let symbol, let operand): return unary(symbol, operand, node.range)
        case .binary(let first, let operations): return binary(first, operations)
        case .conditional(let condition, let positive, let negative):
            return conditional(condition, positive, negative, node.range)
        case .forTuple(let clause, let value): return forTuple(clause, value, node.range)
        case .forObject(let clause, let key, let value, let groups):
            return forObject(clause, key, value, groups: groups, node.range)
        case .embedded(let embedded, let inner):
            let outer = source
            source = embedded.file
            defer { source = outer }
            return evaluate(inner)
        }
    }

    /// Takes from the budget; reports when it is used up.
    mutating func spend(_ work: Int, _ range: ByteRange) -> Bool {
        if context.budget.spend(work) { return true }
        isTrying = false
        fail(
            "Evaluation takes too long",
            "The expressions of this file take more work than is allowed. Look for loops over large collections "
                + "and for values that double themselves.", range)
        return false
    }

    /// Checks a value that was just made against the limits.
    mutating func charged(_ value: Value, _ range: ByteRange) -> Value? {
        let size = value.size
        guard size <= context.budget.valueSizeMax else {
            fail(
                "Value too large",
                "This value would take more than \(context.budget.valueSizeMax) bytes.", range)
            return nil
        }
        return spend(size, range) ? value : nil
    }

    /// Evaluates without reporting, except that the budget is used up; nil on any error.
    mutating func attempt(_ node: SyntaxNode) -> Value? {
        let wasTrying = isTrying
        isTrying = true
        defer { isTrying = wasTrying }
        return evaluate(node)
    }

    /// The value of a variable.
    func variable(_ name: String) -> Value? {
        if let local = locals.last(where: { $0.name == name }) { return local.value }
        var iterator = scope
        while let found = iterator {
            if found.name == name { return found.value }
            iterator = found.parent
        }
        return context.variables[name]
    }

    private func variableNames() -> Set<String> {
        var names = Set(context.variables.keys).union(locals.map(\.name))
        var iterator = scope
        while let found = iterator {
            names.insert(found.name)
            iterator = found.parent
        }
        return names
    }

    /// A variable with steps; `between` is the text of the interpolation that holds nothing else.
    mutating func reference(
        _ base: SyntaxNode, _ steps: [SyntaxNode.Step], between: ByteRange? = nil
    ) -> Value? {
        guard case .variable(let name) = base.kind else { return nil }
        if let value = variable(name) { return apply(steps[...], to: value) }
        guard context.unknownRoot == .literal else {
            let near = near(name) { variableNames() }
            fail("Unknown variable", "There is no variable named \"\(name)\".\(near)", base.range)
            return nil
        }
        let literal = steps.prefix { $0.isLiteral }
        var range = base.range.through(literal.last?.range ?? base.range)
        if literal.count == steps.count, let between { range = between }
        let text = Value("${" + source.text(range) + "}")
        return apply(steps[literal.count...], to: text)
    }

    private mutating func postfix(_ base: SyntaxNode, _ steps: [SyntaxNode.Step]) -> Value? {
        if case .variable = base.kind { return reference(base, steps) }
        guard let value = evaluate(base) else { return nil }
        return apply(steps[...], to: value)
    }
}

extension SyntaxNode.Step {
    /// Whether the step says the same wherever it is evaluated, so that it may belong to a runtime reference.
    var isLiteral: Bool {
        switch kind {
        case .attribute, .legacyIndex: true
        case .index(let node):
            if case .literal = node.kind { true } else { node.plainString != nil }
        case .attributeSplat, .fullSplat: false
        }
    }
}
