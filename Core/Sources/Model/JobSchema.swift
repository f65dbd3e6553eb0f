public import Base

/// The job language and its JSON form in one table.
///
/// Every block with its attributes and nested blocks, each with its name in job files, its name in the API, its
/// kind, and what it is when nobody sets it. Reading job files, suggestions for misspelt names, the form of
/// incoming JSON, defaults and writing job files all work from this table, so a name is written down once.
public enum JobSchema {}

/// One block of the job language: an object of the API. A class, so that readers can remember what they
/// derived from it under its identity.
public final class BlockSchema: Sendable {
    /// The block's type in job files, `group`.
    public let name: String
    /// What the label of the block means and the field that takes it; nil for blocks without label.
    public let label: BlockLabel?
    public let fields: [FieldSchema]
    /// The block with nothing set, as the API shows it before defaults are filled in.
    public let unset: JSONObject
    /// What reading a block of a job file begins with: nothing set.
    public let parsed: JSONObject
    /// The block with nothing set after defaults are filled in that don't depend on what stands around it.
    let filled: JSONObject
    /// By field: its place in `unset`; nil for fields that the API doesn't have.
    public let places: [Int?]
    private let byHCL: [String: Int]
    private let byJSON: NameTable

    public init(_ name: String, label: BlockLabel? = nil, _ fields: [FieldSchema]) {
        self.name = name
        self.label = label
        self.fields = fields
        var byHCL: [String: Int] = [:]
        var byJSON = NameTable()
        for (at, field) in fields.enumerated() {
            if let name = field.hcl { byHCL[name] = at }
            for alias in field.hclAliases { byHCL[alias] = at }
            if let name = field.json { byJSON.add(name, at) }
            for alias in field.jsonAliases { byJSON.add(alias, at) }
        }
        self.byHCL = byHCL
        self.byJSON = byJSON
        let unset = JSONObject(fields.compactMap { field in field.json.map { ($0, field.unset) } })
        precondition(
            unset.count == fields.count(where: { $0.json != nil }), "two fields of \(name) have one name in the API")
        self.unset = unset
        places = fields.map { field in field.json.flatMap { unset.position(of: $0) } }
        var filled = unset
        var parsed = unset
        for field in fields {
            guard let name = field.json else { continue }
            if let canonical = field.canonical { filled[name] = canonical }
            if let value = field.parsed { parsed[name] = value }
        }
        self.filled = filled
        self.parsed = parsed
    }

    /// The field with this name in job files.
    public func field(hcl name: String) -> FieldSchema? { byHCL[name].map { fields[$0] } }

    /// Which of the fields has this name in job files.
    public func number(hcl name: String) -> Int? { byHCL[name] }

    /// The field with this name in the API; upper and lower case are the same there.
    public func field(json name: String) -> FieldSchema? { number(json: name).map { fields[$0] } }

    /// Which of the fields has this name in the API.
    func number(json name: String) -> Int? { byJSON[name] }

    /// Names that job files may use for attributes.
    public var attributeNames: [String] { fields.filter(\.kind.isAttribute).compactMap(\.hcl) }
    /// Names that job files may use for nested blocks.
    public var blockNames: [String] { fields.filter(\.kind.isBlock).compactMap(\.hcl) }
}

/// What the label of a block names.
public struct BlockLabel: Sendable {
    /// The word for messages: `name`, `label`.
    public let word: String
    /// The field that holds the label; nil when the label becomes the key of a map and nothing more.
    public let json: String?

    public init(_ word: String, json: String?) {
        self.word = word
        self.json = json
    }
}

/// One attribute or nested block. A class, so that it is handed around for nothing.
public final class FieldSchema: Sendable {
    /// Name in job files; nil for what only the API has.
    public let hcl: String?
    public let hclAliases: [String]
    /// Name in the API; nil for what job files translate into other fields.
    public let json: String?
    /// Further names that the API takes, from later or earlier versions of it.
    public let jsonAliases: [String]
    public let kind: FieldKind
    /// What the API shows when the field isn't set.
    public let unset: JSON
    /// What reading a job file makes of it when the file doesn't set it; nil is the same as `unset`.
    public let parsed: JSON?
    /// What the canonical form makes of null, whatever stands around it; nil leaves null.
    public let canonical: JSON?
    /// Whether a job file that leaves it out is refused.
    public let isRequired: Bool

    init(
        hcl: String?, hclAliases: [String], json: String?, jsonAliases: [String], kind: FieldKind, unset: JSON,
        parsed: JSON?, canonical: JSON?, isRequired: Bool
    ) {
        (self.hcl, self.hclAliases, self.json, self.jsonAliases) = (hcl, hclAliases, json, jsonAliases)
        (self.kind, self.unset, self.parsed, self.canonical) = (kind, unset, parsed, canonical)
        self.isRequired = isRequired
    }
}

/// What a field holds.
public indirect enum FieldKind: Sendable {
    case text, integer, flag
    /// A whole number that the API keeps in few bits.
    case bounded(ClosedRange<Int64>)
    /// A text such as `1h30m`, or a number of nanoseconds.
    case duration
    case texts
    /// Names to texts; a block. Other scalars become texts.
    case textMap
    /// Names to texts; a block or an attribute, `meta = { … }`.
    case openTextMap
    /// Names to lists of texts.
    case textListMap
    /// Any tree; a block whose nested blocks become lists of objects.
    case free
    /// Any JSON; not part of job files.
    case any
    /// At most one block.
    case block(BlockSchema)
    /// Any number of blocks, a list.
    case blocks(BlockSchema)
    /// Any number of blocks, an object whose names are the labels.
    case labelled(BlockSchema)

    /// Whether job files may write it with an equals sign.
    public var isAttribute: Bool {
        switch self {
        case .block, .blocks, .labelled, .textMap, .textListMap, .free: false
        default: true
        }
    }

    /// Whether job files may write it as a block.
    public var isBlock: Bool {
        switch self {
        case .block, .blocks, .labelled, .textMap, .openTextMap, .textListMap, .free: true
        default: false
        }
    }

    /// The nested block's table.
    public var block: BlockSchema? {
        switch self {
        case .block(let schema), .blocks(let schema), .labelled(let schema): schema
        default: nil
        }
    }

    /// What the API shows for an unset field that can't be null.
    var zero: JSON {
        switch self {
        case .text: ""
        case .integer, .bounded, .duration: 0
        case .flag: false
        default: .null
        }
    }

    /// What is due, in words, for messages.
    public var description: String {
        switch self {
        case .text: "a string"
        case .integer: "a whole number"
        case .bounded(let range): "a whole number between \(range.lowerBound) and \(range.upperBound)"
        case .flag: "true or false"
        case .duration: "a duration such as \"30s\""
        case .texts: "a list of strings"
        case .textMap, .openTextMap: "a map of strings"
        case .textListMap: "a map of lists of strings"
        case .free, .any: "any value"
        case .block, .labelled: "an object"
        case .blocks: "a list of objects"
        }
    }
}

extension FieldSchema {
    /// A field that is never null: unset it is "", 0, false, or for lists and blocks null.
    static func value(
        _ hcl: String?, _ json: String?, _ kind: FieldKind, canonical: JSON? = nil, parsed: JSON? = nil,
        required: Bool = false, aliases: [String] = []
    ) -> FieldSchema {
        FieldSchema(
            hcl: hcl, hclAliases: [], json: json, jsonAliases: aliases, kind: kind, unset: kind.zero, parsed: parsed,
            canonical: canonical, isRequired: required)
    }

    /// A field that is null when unset, so that "not set" and "set to zero" differ.
    static func option(
        _ hcl: String?, _ json: String?, _ kind: FieldKind, _ canonical: JSON? = nil, parsed: JSON? = nil,
        required: Bool = false, aliases: [String] = []
    ) -> FieldSchema {
        FieldSchema(
            hcl: hcl, hclAliases: [], json: json, jsonAliases: aliases, kind: kind, unset: .null, parsed: parsed,
            canonical: canonical, isRequired: required)
    }
}
