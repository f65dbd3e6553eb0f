/// Expands one `dynamic` block: a block for every element of `for_each`.
struct DynamicExpansion {
    let type: String
    /// nil in free-form bodies, where any labels go.
    let labelNames: [String]?
    /// The place of the type in the source of the body that is expanded.
    let typeBytes: ByteRange
    let outer: IteratorScope?
    let context: EvaluationContext
    var diagnostics: Diagnostics

    private static let schema = BodySchema(
        attributes: [.init("for_each", isRequired: true), .init("iterator"), .init("labels")],
        blocks: [.init("content")])

    mutating func blocks(of body: Body) -> [Block] {
        let typeRange = body.source.range(typeBytes)
        let before = diagnostics.errors.count
        let content = body.content(Self.schema, in: context, dynamicBlocks: false, &diagnostics)
        guard diagnostics.errors.count == before, let collection = content["for_each"] else { return [] }
        let inner = content.blocks("content")
        guard let template = inner.first, inner.count == 1 else {
            diagnostics.error(
                inner.isEmpty ? "Missing \"content\" block" : "Extraneous \"content\" block",
                "A dynamic block must have exactly one nested block of type \"content\" "
                    + "to describe the blocks to be made.", at: inner.last?.typeRange ?? typeRange)
            return []
        }
        guard let iterator = iteratorName(content["iterator"]),
            let value = collection.expression.evaluate(in: context, &diagnostics),
            let pairs = pairs(value, collection.expression.range)
        else { return [] }
        var blocks: [Block] = []
        for (key, element) in pairs {
            guard context.budget.generateBlock() else {
                // Said once: every dynamic block that follows meets the same end.
                guard context.budget.reportBlocks() else { return blocks }
                diagnostics.error(
                    "Too many blocks",
                    "The dynamic blocks of this file make more than \(context.budget.generatedBlocksMax) blocks.",
                    at: typeRange)
                return blocks
            }
            guard context.budget.spend(key.size + element.size) else {
                diagnostics.error(
                    "Evaluation takes too long", "This dynamic block makes too many blocks.", at: typeRange)
                return blocks
            }
            let scope = IteratorScope(
                name: iterator, value: .object(["key": key, "value": element]), parent: outer)
            guard let labels = labels(content["labels"], scope, typeRange) else { return blocks }
            blocks.append(
                Block(
                    type: type, typeBytes: typeBytes, labels: labels,
                    body: Body(source: template.body.source, syntax: template.body.syntax, scope: scope)))
        }
        return blocks
    }

    private mutating func iteratorName(_ attribute: Attribute?) -> String? {
        guard let attribute else { return type }
        if case .variable(let name) = attribute.expression.node.kind { return name }
        if let name = attribute.expression.node.plainString, Lexer.isIdentifier(name) { return name }
        diagnostics.error(
            "Invalid iterator name", "The iterator must be a plain name, such as: iterator = item.",
            at: attribute.expression.range)
        return nil
    }

    private mutating func pairs(_ value: Value, _ range: SourceRange) -> [(Value, Value)]? {
        switch value {
        case .list(let collection), .tuple(let collection):
            return collection.elements.enumerated().map { (Value($0.offset), $0.element) }
        case .set(let collection): return collection.elements.map { ($0, $0) }
        case .map(let members), .object(let members): return members.members.map { (.string($0.key), $0.value) }
        case .null, .bool, .number, .string:
            diagnostics.error(
                "Invalid dynamic for_each value",
                "Cannot use a \(value.kind) value in for_each. A list, set, map or object is required.", at: range)
            return nil
        }
    }

    private mutating func labels(
        _ attribute: Attribute?, _ scope: IteratorScope, _ typeRange: SourceRange
    ) -> [Block.Label]? {
        var labels: [Block.Label] = []
        let range = attribute?.expression.range ?? typeRange
        if let attribute {
            let expression = Expression(
                source: attribute.expression.source, node: attribute.expression.node, scope: scope)
            guard let value = expression.evaluate(in: context, &diagnostics) else { return nil }
            guard let elements = value.elements else {
                diagnostics.error(
                    "Invalid dynamic block labels", "The labels must be a list of strings, not \(value.kind).",
                    at: range)
                return nil
            }
            for element in elements {
                guard case .string(let text)? = try? element.converted(to: .string) else {
                    diagnostics.error(
                        "Invalid dynamic block label", "A label must be a string, not \(element.kind).", at: range)
                    return nil
                }
                labels.append(
                    Block.Label(value: text, bytes: expression.node.range, source: expression.source))
            }
        }
        if let labelNames, labels.count != labelNames.count {
            let expected =
                labelNames.isEmpty ? "no labels" : "\(labelNames.count) labels (\(labelNames.joined(separator: ", ")))"
            diagnostics.error(
                labels.count < labelNames.count
                    ? "Insufficient dynamic block labels" : "Extraneous dynamic block label",
                "Blocks of type \"\(type)\" have \(expected), but \(labels.count) were given.", at: range)
            return nil
        }
        return labels
    }
}
