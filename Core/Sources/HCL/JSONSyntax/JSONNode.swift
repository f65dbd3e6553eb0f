/// A JSON value with its place, for files in the JSON syntax.
struct JSONNode: Sendable {
    indirect enum Kind: Sendable {
        case null
        case bool(Bool)
        case number(Number)
        /// The decoded text; `isVerbatim` if the bytes between the quotes are the text (there were no escapes).
        case string(String, isVerbatim: Bool)
        case array([JSONNode])
        case object([Member])
    }

    struct Member: Sendable {
        var name: String
        var nameRange: ByteRange
        var value: JSONNode
    }

    var kind: Kind
    var range: ByteRange

    var isEmptyObject: Bool { if case .object(let members) = kind { members.isEmpty } else { false } }

    /// In words, for messages.
    var kindName: String {
        switch kind {
        case .null: "null"
        case .bool: "a bool"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
