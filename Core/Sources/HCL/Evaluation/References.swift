extension Expression {
    /// A variable that an expression refers to, with the attributes that follow it.
    public struct Reference: Hashable, Sendable {
        /// The root and the attribute names directly after it, such as `["local", "prefix"]`.
        public var path: [String]
        public var range: SourceRange
    }

    /// All variables that the expression refers to, in the order of the text, without those that a `for` of its own
    /// or a `dynamic` iterator defines. For finding out which locals depend on which.
    public var references: [Reference] {
        var collector = ReferenceCollector(source: source)
        var iterator = scope
        while let found = iterator {
            collector.hidden.append(found.name)
            iterator = found.parent
        }
        collector.visit(node)
        return collector.references
    }

    /// The name if the expression is a plain name, or a quoted string with nothing to evaluate in it.
    public var keyword: String? {
        if case .variable(let name) = node.kind { return name }
        return node.plainString
    }

    /// Whether the expression is an object written out, `{ a = 1 }`, as opposed to one that is computed.
    public var isObjectConstructor: Bool {
        if case .object = node.kind { true } else { false }
    }

    /// The text if the expression is a string with nothing to evaluate in it.
    public var literalString: String? { node.plainString }
}

private struct ReferenceCollector {
    var source: SourceFile
    var hidden: [String] = []
    var references: [Expression.Reference] = []

    init(source: SourceFile) { self.source = source }

    mutating func visit(_ node: SyntaxNode) {
        switch node.kind {
        case .literal: break
        case .variable: add(node, [])
        case .postfix(let base, let steps):
            if case .variable = base.kind { add(base, steps) } else { visit(base) }
            for step in steps { if case .index(let key) = step.kind { visit(key) } }
        case .template(let parts): visit(parts)
        case .wrapped(let inner), .parentheses(let inner), .unary(_, let inner): visit(inner)
        case .tuple(let nodes): for node in nodes { visit(node) }
        case .object(let items):
            for item in items {
                if case .variable = item.key.kind {} else { visit(item.key) }
                visit(item.value)
            }
        case .call(let call): for argument in call.arguments { visit(argument) }
        case .binary(let first, let operations):
            visit(first)
            for operation in operations { visit(operation.operand) }
        case .conditional(let condition, let positive, let negative):
            for node in [condition, positive, negative] { visit(node) }
        case .forTuple(let clause, let value): loop(clause) { $0.visit(value) }
        case .forObject(let clause, let key, let value, _):
            loop(clause) {
                $0.visit(key)
                $0.visit(value)
            }
        case .embedded(let embedded, let inner):
            let outer = source
            source = embedded.file
            visit(inner)
            source = outer
        }
    }

    private mutating func visit(_ parts: [TemplatePart]) {
        for part in parts {
            switch part {
            case .literal: break
            case .interpolation(let node, _): visit(node)
            case .conditional(let condition, let then, let otherwise, _):
                visit(condition)
                visit(then)
                visit(otherwise)
            case .loop(let clause, let body, _): loop(clause) { $0.visit(body) }
            }
        }
    }

    private mutating func loop(_ clause: SyntaxNode.ForClause, _ body: (inout ReferenceCollector) -> Void) {
        visit(clause.collection)
        let outer = hidden.count
        hidden += [clause.keyName, clause.valueName].compactMap { $0 }
        if let condition = clause.condition { visit(condition) }
        body(&self)
        hidden.removeLast(hidden.count - outer)
    }

    private mutating func add(_ base: SyntaxNode, _ steps: [SyntaxNode.Step]) {
        guard case .variable(let name) = base.kind, !hidden.contains(name) else { return }
        var path = [name]
        var range = base.range
        for step in steps {
            guard case .attribute(let attribute) = step.kind else { break }
            path.append(attribute)
            range = range.through(step.range)
        }
        references.append(Expression.Reference(path: path, range: source.range(range)))
    }
}
