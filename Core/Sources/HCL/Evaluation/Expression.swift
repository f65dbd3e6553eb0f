/// An expression of a file, not evaluated yet.
public struct Expression: Sendable {
    public let source: SourceFile
    let node: SyntaxNode
    let scope: IteratorScope?

    init(source: SourceFile, node: SyntaxNode, scope: IteratorScope?) {
        self.source = source
        self.node = node
        self.scope = scope
    }

    /// Parses a text that is one expression, such as the value of a variable on a command line.
    public static func parse(
        _ text: String, name: String, limits: Limits = .standard, _ diagnostics: inout Diagnostics
    ) -> Expression? {
        let source = SourceFile(name: name, bytes: Array(text.utf8))
        var parser = Parser(source: source, limits: limits)
        let node = parser.wholeExpression()
        diagnostics.append(contentsOf: parser.diagnostics)
        guard let node, !parser.diagnostics.hasErrors else { return nil }
        return Expression(source: source, node: node, scope: nil)
    }

    public var range: SourceRange { source.range(node.range) }

    /// The text as it was written.
    public var text: String { source.text(node.range) }

    /// Evaluates; nil if that failed, with the reasons appended to `diagnostics`. Finds several problems at once.
    public func evaluate(in context: EvaluationContext, _ diagnostics: inout Diagnostics) -> Value? {
        var evaluator = Evaluator(context: context, source: source, scope: scope)
        let value = evaluator.evaluate(node)
        diagnostics.append(contentsOf: evaluator.diagnostics)
        return value
    }

    /// Evaluates and throws the reasons if that failed.
    public func value(in context: EvaluationContext) throws(Diagnostics) -> Value {
        var diagnostics = Diagnostics()
        guard let value = evaluate(in: context, &diagnostics) else { throw diagnostics }
        return value
    }

    /// Evaluates and converts to a type. A failed conversion is reported at this expression.
    public func evaluate(
        in context: EvaluationContext, as type: ValueType, _ diagnostics: inout Diagnostics
    ) -> Value? {
        guard let value = evaluate(in: context, &diagnostics) else { return nil }
        do {
            return try value.converted(to: type)
        } catch {
            diagnostics.error("Unsuitable value type", "Unsuitable value: \(error.message).", at: range)
            return nil
        }
    }
}
