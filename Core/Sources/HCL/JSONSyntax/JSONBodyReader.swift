/// Reads a body of the JSON syntax: the schema says which members are blocks.
struct JSONBodyReader {
    let body: Body
    let limits: Limits
    let context: EvaluationContext
    var diagnostics: Diagnostics

    /// A member name that holds a comment.
    private static let commentName = "//"

    /// The members of all objects in file order; arrays of objects are taken apart.
    private mutating func members(_ nodes: [JSONNode]) -> [JSONNode.Member] {
        var all: [JSONNode.Member] = []
        for node in nodes {
            switch node.kind {
            case .object(let members): all += members.filter { $0.name != Self.commentName }
            case .array(let elements): all += members(elements)
            default:
                diagnostics.error(
                    "Incorrect JSON value type", "An object is required here, not \(node.kindName).",
                    at: body.source.range(node.range))
            }
        }
        return all
    }

    private mutating func attribute(_ member: JSONNode.Member) -> Attribute {
        let node = member.value.expression(in: body.source, limits: limits, &diagnostics)
        return Attribute(
            name: member.name, nameBytes: member.nameRange,
            expression: Expression(source: body.source, node: node, scope: body.scope))
    }

    mutating func attributes(_ nodes: [JSONNode]) -> BodyContent {
        var content = BodyContent(source: body.source, missingBytes: body.bytes)
        var places: [String: ByteRange] = [:]
        for member in members(nodes) where isFirst(member, &places) { content.attributes.append(attribute(member)) }
        return content
    }

    private mutating func isFirst(_ member: JSONNode.Member, _ places: inout [String: ByteRange]) -> Bool {
        guard let first = places[member.name] else {
            places[member.name] = member.nameRange
            return true
        }
        diagnostics.error(
            "Attribute redefined",
            "The argument \"\(member.name)\" was already set at \(body.source.range(first)). "
                + "Each argument may be set only once.", at: body.source.range(member.nameRange))
        return false
    }

    mutating func content(_ nodes: [JSONNode], _ schema: BodySchema, dynamicBlocks: Bool) -> BodyContent {
        var content = BodyContent(source: body.source, missingBytes: body.bytes)
        var places: [String: ByteRange] = [:]
        let names = schema.attributeNames
        let types = schema.types
        for member in members(nodes) {
            if let type = types[member.name] {
                // A name that may be both is an attribute when its value can't be a block.
                if names.contains(member.name), !member.value.isBlockLike(labels: type.labelNames.count) {
                    if isFirst(member, &places) { content.attributes.append(attribute(member)) }
                } else {
                    blocks(member, type, member.value, [], &content)
                }
            } else if names.contains(member.name) {
                if isFirst(member, &places) { content.attributes.append(attribute(member)) }
            } else if member.name == "dynamic", dynamicBlocks {
                dynamic(member, types, &content)
            } else {
                let near = Suggestion.sentence(for: member.name, among: names.union(types.keys))
                diagnostics.error(
                    "Extraneous JSON object property",
                    "No argument or block type is named \"\(member.name)\".\(near)",
                    at: body.source.range(member.nameRange))
            }
        }
        reportMissing(schema, content)
        return content
    }

    private mutating func reportMissing(_ schema: BodySchema, _ content: BodyContent) {
        for attribute in schema.attributes where attribute.isRequired && content[attribute.name] == nil {
            diagnostics.error(
                "Missing required argument",
                "The argument \"\(attribute.name)\" is required, but no definition was found.", at: body.range)
        }
    }

    /// Blocks under a member: each label is a level of objects, and an array anywhere stands for several.
    private mutating func blocks(
        _ member: JSONNode.Member, _ type: BodySchema.BlockType, _ node: JSONNode, _ labels: [Block.Label],
        _ content: inout BodyContent
    ) {
        switch node.kind {
        case .array(let elements):
            for element in elements { blocks(member, type, element, labels, &content) }
        case .object(let members) where labels.count < type.labelNames.count:
            for inner in members where inner.name != Self.commentName {
                let label = Block.Label(
                    value: inner.name.normalized, bytes: inner.nameRange, source: body.source)
                blocks(member, type, inner.value, labels + [label], &content)
            }
        case .object:
            content.blocks.append(
                Block(
                    type: type.type, typeBytes: member.nameRange, labels: labels,
                    body: Body(source: body.source, syntax: .json([node], limits), scope: body.scope)))
        case .null: break
        default:
            let missing =
                labels.count < type.labelNames.count
                ? " whose member names are the \(type.labelNames[labels.count])s of the blocks" : ""
            diagnostics.error(
                "Incorrect JSON value type",
                "An object, or an array of objects,\(missing) is required to represent \"\(type.type)\" blocks, "
                    + "not \(node.kindName).", at: body.source.range(node.range))
        }
    }

    private mutating func dynamic(
        _ member: JSONNode.Member, _ types: [String: BodySchema.BlockType], _ content: inout BodyContent
    ) {
        for inner in members([member.value]) {
            guard let type = types[inner.name] else {
                diagnostics.error(
                    "Unsupported block type",
                    "Blocks of type \"\(inner.name)\" are not expected here."
                        + Suggestion.sentence(for: inner.name, among: types.keys),
                    at: body.source.range(inner.nameRange))
                continue
            }
            var definitions: [JSONNode] = [inner.value]
            if case .array(let elements) = inner.value.kind { definitions = elements }
            for definition in definitions {
                var expansion = DynamicExpansion(
                    type: type.type, labelNames: type.labelNames, typeBytes: inner.nameRange,
                    outer: body.scope, context: context, diagnostics: diagnostics)
                let inner = Body(source: body.source, syntax: .json([definition], limits), scope: body.scope)
                content.blocks += expansion.blocks(of: inner)
                diagnostics = expansion.diagnostics
            }
        }
    }
}

extension JSONNode {
    /// Whether the value has the form of blocks with so many labels.
    fileprivate func isBlockLike(labels: Int) -> Bool {
        switch kind {
        case .array(let elements): !elements.isEmpty && elements.allSatisfy { $0.isBlockLike(labels: labels) }
        case .object(let members): labels == 0 || members.allSatisfy { $0.value.isBlockLike(labels: labels - 1) }
        default: false
        }
    }
}
