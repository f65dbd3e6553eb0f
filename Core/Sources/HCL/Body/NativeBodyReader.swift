/// Reads a body of the native syntax against a schema.
struct NativeBodyReader {
    let body: Body
    let context: EvaluationContext
    var diagnostics: Diagnostics

    /// Without a schema everything is taken.
    mutating func content(_ syntax: SyntaxBody, _ schema: BodySchema?, dynamicBlocks: Bool) -> BodyContent {
        // The brace that opens the block: there the reader of a message begins to look.
        let start = ByteRange(syntax.range.start, syntax.range.start)
        var content = BodyContent(source: body.source, missingBytes: start)
        let names = schema?.attributeNames
        let types = schema?.types
        for attribute in syntax.attributes {
            if let names, !names.contains(attribute.name) {
                reportUnsupported(attribute, names, types ?? [:])
            } else {
                content.attributes.append(body.attribute(attribute))
            }
        }
        for block in syntax.blocks {
            if block.type == "dynamic", dynamicBlocks, types?["dynamic"] == nil {
                expand(block, types, &content)
            } else if let types {
                guard let type = types[block.type] else {
                    reportUnsupported(block, names ?? [], types)
                    continue
                }
                if hasLabels(block, type) { content.blocks.append(made(block)) }
            } else {
                content.blocks.append(made(block))
            }
        }
        if let schema { reportMissing(schema, syntax, content) }
        return content
    }

    private func made(_ block: SyntaxBlock) -> Block {
        let labels = block.labels.map { Block.Label(value: $0.value, bytes: $0.range, source: body.source) }
        let header = block.typeRange.through(block.labels.last?.range ?? block.typeRange)
        return Block(
            type: block.type, typeBytes: block.typeRange, labels: labels,
            body: Body(source: body.source, syntax: .native(block.body), scope: body.scope), headerBytes: header)
    }

    private mutating func expand(
        _ block: SyntaxBlock, _ types: [String: BodySchema.BlockType]?, _ content: inout BodyContent
    ) {
        guard block.labels.count == 1, let label = block.labels.first else {
            diagnostics.error(
                "Invalid dynamic block",
                "A dynamic block has one label, the type of the blocks to be made: dynamic \"port\" { … }.",
                at: body.source.range(block.typeRange))
            return
        }
        let range = body.source.range(label.range)
        if let types, types[label.value] == nil {
            let near = Suggestion.sentence(for: label.value, among: types.keys)
            diagnostics.error(
                "Unsupported block type", "Blocks of type \"\(label.value)\" are not expected here.\(near)", at: range)
            return
        }
        var expansion = DynamicExpansion(
            type: label.value, labelNames: types?[label.value]?.labelNames, typeBytes: label.range, outer: body.scope,
            context: context, diagnostics: diagnostics)
        content.blocks += expansion.blocks(
            of: Body(source: body.source, syntax: .native(block.body), scope: body.scope))
        diagnostics = expansion.diagnostics
    }

    private mutating func reportUnsupported(
        _ attribute: SyntaxAttribute, _ names: Set<String>, _ types: [String: BodySchema.BlockType]
    ) {
        let hint =
            types[attribute.name] != nil
            ? " Did you mean to define a block of type \"\(attribute.name)\"?"
            : Suggestion.sentence(for: attribute.name, among: names)
        diagnostics.error(
            "Unsupported argument", "An argument named \"\(attribute.name)\" is not expected here.\(hint)",
            at: body.source.range(attribute.nameRange))
    }

    private mutating func reportUnsupported(
        _ block: SyntaxBlock, _ names: Set<String>, _ types: [String: BodySchema.BlockType]
    ) {
        let hint =
            names.contains(block.type)
            ? " Did you mean to define argument \"\(block.type)\"? If so, use the equals sign to assign it a value."
            : Suggestion.sentence(for: block.type, among: types.keys)
        diagnostics.error(
            "Unsupported block type", "Blocks of type \"\(block.type)\" are not expected here.\(hint)",
            at: body.source.range(block.typeRange))
    }

    private mutating func hasLabels(_ block: SyntaxBlock, _ type: BodySchema.BlockType) -> Bool {
        let names = type.labelNames
        if block.labels.count < names.count {
            diagnostics.error(
                "Missing \(names[block.labels.count]) for \(type.type)",
                "All \(type.type) blocks must have \(names.count) labels (\(names.joined(separator: ", "))).",
                at: body.source.range(block.openingBrace))
            return false
        }
        if block.labels.count > names.count {
            let detail =
                names.isEmpty
                ? "No labels are expected for \(type.type) blocks."
                : "Only \(names.count) labels (\(names.joined(separator: ", "))) are expected for \(type.type) blocks."
            diagnostics.error(
                "Extraneous label for \(type.type)", detail, at: body.source.range(block.labels[names.count].range))
            return false
        }
        return true
    }

    private mutating func reportMissing(_ schema: BodySchema, _ syntax: SyntaxBody, _ content: BodyContent) {
        for attribute in schema.attributes where attribute.isRequired && content[attribute.name] == nil {
            diagnostics.error(
                "Missing required argument",
                "The argument \"\(attribute.name)\" is required, but no definition was found.",
                at: content.missingRange)
        }
    }
}
