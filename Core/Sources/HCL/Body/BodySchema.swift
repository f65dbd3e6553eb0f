/// What a body may contain. The JSON syntax needs it to tell attributes from blocks;
/// for both syntaxes it finds what doesn't belong.
public struct BodySchema: Sendable {
    public struct Attribute: Sendable, Hashable {
        public var name: String
        public var isRequired: Bool

        public init(_ name: String, isRequired: Bool = false) {
            self.name = name
            self.isRequired = isRequired
        }
    }

    public struct BlockType: Sendable, Hashable {
        public var type: String
        /// One name for each label that the block must have; used in messages.
        public var labelNames: [String]

        public init(_ type: String, labels labelNames: [String] = []) {
            self.type = type
            self.labelNames = labelNames
        }
    }

    public let attributes: [Attribute]
    public let blocks: [BlockType]
    let attributeNames: Set<String>
    /// The blocks by type.
    let types: [String: BlockType]

    /// Readers look names up all the time: a schema is made once and kept.
    public init(attributes: [Attribute] = [], blocks: [BlockType] = []) {
        self.attributes = attributes
        self.blocks = blocks
        attributeNames = Set(attributes.map(\.name))
        types = Dictionary(blocks.map { ($0.type, $0) }) { first, _ in first }
    }

    /// Attributes by their names, none required; blocks without labels by their types, and with one label (`name`).
    public init(_ attributes: [String], blocks: [String] = [], labelled: [String] = []) {
        self.init(
            attributes: attributes.map { Attribute($0) },
            blocks: blocks.map { BlockType($0) } + labelled.map { BlockType($0, labels: ["name"]) })
    }
}

/// What was found in a body: attributes and blocks in the order of the file, dynamic blocks expanded in their place.
public struct BodyContent: Sendable {
    public var attributes: [Attribute] = []
    public var blocks: [Block] = []
    let source: SourceFile
    let missingBytes: ByteRange

    init(source: SourceFile, missingBytes: ByteRange) {
        self.source = source
        self.missingBytes = missingBytes
    }

    /// Where a missing attribute or block would have to be written.
    public var missingRange: SourceRange { source.range(missingBytes) }

    public subscript(name: String) -> Attribute? { attributes.first { $0.name == name } }

    public func blocks(_ type: String) -> [Block] { blocks.filter { $0.type == type } }
}

/// `name = expression`.
public struct Attribute: Sendable {
    public let name: String
    public let expression: Expression
    let nameBytes: ByteRange

    init(name: String, nameBytes: ByteRange, expression: Expression) {
        self.name = name
        self.nameBytes = nameBytes
        self.expression = expression
    }

    public var nameRange: SourceRange { expression.source.range(nameBytes) }
}

/// `type "label" { … }`.
public struct Block: Sendable {
    public struct Label: Sendable {
        public let value: String
        let bytes: ByteRange
        let source: SourceFile

        public var range: SourceRange { source.range(bytes) }
    }

    public let type: String
    public let labels: [Label]
    public let body: Body
    let typeBytes: ByteRange
    let headerBytes: ByteRange

    init(type: String, typeBytes: ByteRange, labels: [Label], body: Body, headerBytes: ByteRange? = nil) {
        self.type = type
        self.typeBytes = typeBytes
        self.labels = labels
        self.body = body
        self.headerBytes = headerBytes ?? typeBytes
    }

    public var typeRange: SourceRange { body.source.range(typeBytes) }
    /// Type and labels: what a diagnostic about the whole block points at.
    public var headerRange: SourceRange { body.source.range(headerBytes) }
}
