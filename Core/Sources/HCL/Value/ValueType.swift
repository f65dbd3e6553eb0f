/// The type of a value, or a constraint on types.
public indirect enum ValueType: Hashable, Sendable {
    /// As a constraint: whatever the value is. As a type: that of a null nobody gave a type to.
    case any
    case bool
    case number
    case string
    case list(ValueType)
    case set(ValueType)
    case map(ValueType)
    case tuple([ValueType])
    case object([Attribute])

    /// An attribute of an object type. The attributes of a type are ordered by name.
    public struct Attribute: Hashable, Sendable {
        public var name: String
        public var type: ValueType
        /// A missing attribute is filled with `defaultValue`, or null.
        public var isOptional: Bool
        public var defaultValue: Value?

        public init(_ name: String, _ type: ValueType, isOptional: Bool = false, defaultValue: Value? = nil) {
            self.name = name
            self.type = type
            self.isOptional = isOptional
            self.defaultValue = defaultValue
        }
    }

    /// An object type with its attributes ordered by name.
    public static func object(of attributes: [Attribute]) -> ValueType {
        .object(attributes.sorted { $0.name < $1.name })
    }

    public var isPrimitive: Bool {
        switch self {
        case .bool, .number, .string: true
        default: false
        }
    }

    /// Whether `any` occurs nowhere in it.
    public var isExact: Bool {
        switch self {
        case .any: false
        case .bool, .number, .string: true
        case .list(let element), .set(let element), .map(let element): element.isExact
        case .tuple(let elements): elements.allSatisfy(\.isExact)
        case .object(let attributes): attributes.allSatisfy(\.type.isExact)
        }
    }

    /// The kind in words: "string", "list of number", "object", "tuple".
    public var friendlyName: String {
        switch self {
        case .any: "any type"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .list(let element): "list of \(element.friendlyName)"
        case .set(let element): "set of \(element.friendlyName)"
        case .map(let element): "map of \(element.friendlyName)"
        case .tuple: "tuple"
        case .object: "object"
        }
    }
}

extension ValueType: CustomStringConvertible {
    /// The type as it is written in a file: `map(list(string))`.
    public var description: String {
        switch self {
        case .any: "any"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .list(let element): "list(\(element))"
        case .set(let element): "set(\(element))"
        case .map(let element): "map(\(element))"
        case .tuple(let elements): "tuple([\(elements.map(\.description).joined(separator: ", "))])"
        case .object(let attributes):
            "object({"
                + attributes.map { attribute in
                    let type =
                        attribute.isOptional
                        ? "optional(\(attribute.type)\(attribute.defaultValue.map { ", \($0)" } ?? ""))"
                        : attribute.type.description
                    return "\(attribute.name) = \(type)"
                }.joined(separator: ", ") + "})"
        }
    }
}
