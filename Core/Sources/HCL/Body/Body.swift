/// The inside of a block, or of a whole file, in either syntax.
///
/// Values of `dynamic` iterators belong to the body and reach its expressions by themselves.
public struct Body: Sendable {
    enum Syntax: Sendable {
        case native(SyntaxBody)
        /// One JSON object, or several that stand for one body.
        case json([JSONNode], Limits)
    }

    public let source: SourceFile
    let syntax: Syntax
    let scope: IteratorScope?

    /// Reads the body by a schema. Expands `dynamic` blocks of the schema's block types,
    /// unless `dynamicBlocks` is false.
    ///
    /// Reports unknown attributes and block types (with what was probably meant), attributes written as blocks and
    /// the other way round, missing required attributes, missing and superfluous labels.
    /// Nothing of what is reported is in the answer.
    public func content(
        _ schema: BodySchema, in context: EvaluationContext, dynamicBlocks: Bool = true,
        _ diagnostics: inout Diagnostics
    ) -> BodyContent {
        switch syntax {
        case .native(let body):
            var reader = NativeBodyReader(body: self, context: context, diagnostics: diagnostics)
            let content = reader.content(body, schema, dynamicBlocks: dynamicBlocks)
            diagnostics = reader.diagnostics
            return content
        case .json(let nodes, let limits):
            var reader = JSONBodyReader(body: self, limits: limits, context: context, diagnostics: diagnostics)
            let content = reader.content(nodes, schema, dynamicBlocks: dynamicBlocks)
            diagnostics = reader.diagnostics
            return content
        }
    }

    /// Reads everything without a schema: for driver configuration and other free-form bodies.
    ///
    /// `dynamic` blocks are expanded. In the JSON syntax every member is an attribute.
    public func freeForm(in context: EvaluationContext, _ diagnostics: inout Diagnostics) -> BodyContent {
        switch syntax {
        case .native(let body):
            var reader = NativeBodyReader(body: self, context: context, diagnostics: diagnostics)
            let content = reader.content(body, nil, dynamicBlocks: true)
            diagnostics = reader.diagnostics
            return content
        case .json(let nodes, let limits):
            var reader = JSONBodyReader(body: self, limits: limits, context: context, diagnostics: diagnostics)
            let content = reader.attributes(nodes)
            diagnostics = reader.diagnostics
            return content
        }
    }

    /// Reads a body that may hold attributes only (`env`, `meta`, `locals`); blocks are reported.
    public func attributes(_ diagnostics: inout Diagnostics) -> [Attribute] {
        switch syntax {
        case .native(let body):
            for block in body.blocks {
                diagnostics.error(
                    "Unexpected block; only arguments are allowed here",
                    "Blocks are not allowed here: \"\(block.type)\" must be written as an argument, \(block.type) = ….",
                    at: source.range(block.typeRange))
            }
            return body.attributes.map { attribute($0) }
        case .json(let nodes, let limits):
            var reader = JSONBodyReader(
                body: self, limits: limits, context: EvaluationContext(), diagnostics: diagnostics)
            let content = reader.attributes(nodes)
            diagnostics = reader.diagnostics
            return content.attributes
        }
    }

    /// The whole body.
    public var range: SourceRange { source.range(bytes) }

    var bytes: ByteRange {
        switch syntax {
        case .native(let body): body.range
        case .json(let nodes, _): nodes.first?.range ?? ByteRange(0, 0)
        }
    }

    /// Whether nothing at all is written in it.
    public var isEmpty: Bool {
        switch syntax {
        case .native(let body): body.attributes.isEmpty && body.blocks.isEmpty
        case .json(let nodes, _): nodes.allSatisfy(\.isEmptyObject)
        }
    }

    func attribute(_ syntax: SyntaxAttribute) -> Attribute {
        Attribute(
            name: syntax.name, nameBytes: syntax.nameRange,
            expression: Expression(source: source, node: syntax.value, scope: scope))
    }
}

/// Values of `dynamic` iterators, inner ones first.
final class IteratorScope: Sendable {
    let name: String
    let value: Value
    let parent: IteratorScope?

    init(name: String, value: Value, parent: IteratorScope?) {
        self.name = name
        self.value = value
        self.parent = parent
    }
}
