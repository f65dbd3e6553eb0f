import Base
import HCL
import Model

/// Reads blocks of a job file by the table of the job language into the complete JSON form.
///
/// Reports everything that doesn't fit and goes on; what was reported is left out of the answer.
struct BlockDecoder {
    let context: EvaluationContext
    var diagnostics = Diagnostics()
    /// Whether the file is in the JSON syntax, where driver configuration is taken as it stands.
    let isJSON: Bool
    /// The block that was read last, if places are kept.
    private(set) var place: JobPlaces.Node?
    private let keepsPlaces: Bool
    private var schemas: [ObjectIdentifier: BodySchema] = [:]

    init(context: EvaluationContext, isJSON: Bool, keepsPlaces: Bool = false) {
        self.context = context
        self.isJSON = isJSON
        self.keepsPlaces = keepsPlaces
    }

    /// The fields of a block, and the values that its table knows by their names in job files only.
    struct Fields {
        var object: JSONObject
        var others: [String: JSON] = [:]
        /// By number in the table: what has set a field that may be set once.
        fileprivate var taken: [(number: Int, by: Setter)] = []

        init(object: JSONObject) { self.object = object }
    }

    /// What has set a field, for the message about a second one.
    fileprivate enum Setter {
        case attribute(Attribute)
        case block(Block)

        var name: String {
            switch self {
            case .attribute(let attribute): attribute.name
            case .block(let block): block.type
            }
        }

        var range: SourceRange {
            switch self {
            case .attribute(let attribute): attribute.nameRange
            case .block(let block): block.typeRange
            }
        }
    }

    /// Reads one block: its label, attributes and nested blocks, and applies the block's own rules.
    mutating func decode(_ block: Block, _ schema: BlockSchema) -> JSONObject {
        var outer = place
        if keepsPlaces { place = JobPlaces.Node(block) }
        var fields = self.fields(of: block.body, schema)
        if keepsPlaces, schema === JobSchema.task { markOwnIdentity(fields.object) }
        if let inner = place, outer != nil {
            outer?.blocks.append(inner)
            place = outer
        }
        if let name = schema.label?.json, let label = block.labels.first {
            // An attribute may say the name too; then it wins.
            if fields.object[name]?.stringValue?.isEmpty ?? true { fields.object[name] = .string(label.value) }
        }
        BlockRules.apply(&fields, block, schema, &diagnostics)
        return fields.object
    }

    /// The API keeps the task's own identity apart from the others.
    private mutating func markOwnIdentity(_ task: JSONObject) {
        let own = task["Identities"]?.arrayValue?.firstIndex(where: BlockRules.isOwnIdentity)
        let written = (place?.blocks.indices ?? 0..<0).filter { place?.blocks[$0].type == "identity" }
        if let own, written.indices.contains(own) { place?.blocks[written[own]].type = JobPlaces.ownIdentity }
    }

    private mutating func fields(of body: Body, _ schema: BlockSchema) -> Fields {
        let content = body.content(bodySchema(schema), in: context, &diagnostics)
        var fields = Fields(object: schema.parsed)
        for attribute in content.attributes {
            guard let number = schema.number(hcl: attribute.name),
                let value = self.value(attribute, schema.fields[number])
            else { continue }
            let field = schema.fields[number]
            if field.kind.isBlock { fields.taken.append((number, .attribute(attribute))) }
            if let name = field.hcl { place?.attributes[name] = attribute.expression.range }
            if let place = schema.places[number] {
                fields.object.set(value, at: place)
            } else {
                set(value, field, &fields)
            }
        }
        for block in content.blocks {
            guard let number = schema.number(hcl: block.type), isAllowed(block, schema, number, &fields) else {
                continue
            }
            add(block, schema.fields[number], &fields)
        }
        return fields
    }

    /// What the language reader has to know about a block; made once per table.
    private mutating func bodySchema(_ schema: BlockSchema) -> BodySchema {
        let key = ObjectIdentifier(schema)
        if let known = schemas[key] { return known }
        let made = BodySchema(
            attributes: schema.fields.filter(\.kind.isAttribute).compactMap { field in
                field.hcl.map { BodySchema.Attribute($0, isRequired: field.isRequired) }
            },
            blocks: schema.fields.filter(\.kind.isBlock).compactMap { field in
                field.hcl.map { name in
                    BodySchema.BlockType(name, labels: field.kind.block?.label.map { [$0.word] } ?? [])
                }
            })
        schemas[key] = made
        return made
    }

    /// A block that may stand once is reported when it stands twice, or beside an attribute of its name.
    private mutating func isAllowed(
        _ block: Block, _ schema: BlockSchema, _ number: Int, _ fields: inout Fields
    ) -> Bool {
        switch schema.fields[number].kind {
        case .blocks, .labelled: return true
        default: break
        }
        if let other = fields.taken.last(where: { $0.number == number && $0.by.name == block.type })?.by.range {
            diagnostics.error(
                "Duplicate \(block.type) block",
                "Only one \(block.type) block is allowed. Another was defined at \(other).", at: block.typeRange)
            return false
        }
        fields.taken.append((number, .block(block)))
        return true
    }

    private func set(_ value: JSON, _ field: FieldSchema, _ fields: inout Fields) {
        if let name = field.json {
            fields.object[name] = value
        } else if let name = field.hcl {
            fields.others[name] = value
        }
    }

    private mutating func add(_ block: Block, _ field: FieldSchema, _ fields: inout Fields) {
        switch field.kind {
        case .block(let schema): set(.object(decode(block, schema)), field, &fields)
        case .blocks(let schema):
            let decoded = JSON.object(decode(block, schema))
            if let name = field.json {
                fields.object.append(decoded, to: name)
            } else {
                var known = fields.others.removeValue(forKey: block.type)?.arrayValue ?? []
                known.append(decoded)
                fields.others[block.type] = .array(known)
            }
        case .labelled(let schema):
            guard let label = block.labels.first, let name = field.json else { return }
            let known = fields.object[name]?.objectValue?[label.value]
            if known != nil {
                diagnostics.error(
                    "Duplicate \(block.type) block", "A \(block.type) named \"\(label.value)\" was already defined.",
                    at: label.range)
                return
            }
            var object = fields.object[name]?.objectValue ?? JSONObject()
            // Gives up the second reference, so that the object grows in place.
            fields.object[name] = .null
            object[label.value] = .object(decode(block, schema))
            fields.object[name] = .object(object)
        case .textMap, .openTextMap:
            if keepsPlaces { place?.blocks.append(JobPlaces.Node(block)) }
            set(.object(textMap(block.body)), field, &fields)
        case .textListMap:
            if keepsPlaces { place?.blocks.append(JobPlaces.Node(block)) }
            set(.object(textListMap(block.body)), field, &fields)
        case .free:
            if keepsPlaces { place?.blocks.append(JobPlaces.Node(block)) }
            set(.object(freeForm(block.body)), field, &fields)
        default: break
        }
    }
}
