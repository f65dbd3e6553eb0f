public import Base

/// A value of the language. Collections are immutable and shared, copying is cheap.
public enum Value: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Number)
    /// In Unicode normalisation form C.
    case string(String)
    case list(Collection)
    /// Elements are distinct and in the canonical order of `Value.precedes`.
    case set(Collection)
    case map(Members)
    case tuple(Collection)
    case object(Members)
}

extension Value {
    /// Elements of a list, set or tuple.
    public struct Collection: Hashable, Sendable {
        private final class Storage: Sendable {
            let elements: [Value]
            let elementType: ValueType
            let size: Int

            init(_ elements: [Value], _ elementType: ValueType) {
                self.elements = elements
                self.elementType = elementType
                size = elements.reduce(Value.cellSize) { $0 + $1.size }
            }
        }

        private let storage: Storage

        /// The element type means nothing for tuples.
        init(_ elements: [Value], of elementType: ValueType = .any) { storage = Storage(elements, elementType) }

        public var elements: [Value] { storage.elements }
        var elementType: ValueType { storage.elementType }
        var size: Int { storage.size }

        public static func == (a: Collection, b: Collection) -> Bool {
            a.storage === b.storage || (a.elements == b.elements && a.elementType == b.elementType)
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(storage.elements) }
    }

    /// Members of a map or object, ordered by key.
    public struct Members: Hashable, Sendable {
        public struct Member: Hashable, Sendable {
            public let key: String
            public let value: Value
        }

        private final class Storage: Sendable {
            let members: [Member]
            let elementType: ValueType
            let size: Int

            init(_ members: [Member], _ elementType: ValueType) {
                self.members = members
                self.elementType = elementType
                size = members.reduce(Value.cellSize) { $0 + $1.value.size + $1.key.utf8.count + Value.cellSize }
            }
        }

        private let storage: Storage

        /// Takes members in any order; keys must be distinct. The element type means nothing for objects.
        init(_ members: [Member], of elementType: ValueType = .any) {
            storage = Storage(members.sorted { $0.key < $1.key }, elementType)
        }

        init(_ members: [String: Value], of elementType: ValueType = .any) {
            self.init(members.map { Member(key: $0.key, value: $0.value) }, of: elementType)
        }

        public var members: [Member] { storage.members }
        public var keys: [String] { storage.members.map(\.key) }
        var elementType: ValueType { storage.elementType }
        var size: Int { storage.size }

        /// O(log count).
        public subscript(key: String) -> Value? {
            let members = storage.members
            var low = 0
            var high = members.count
            while low < high {
                let middle = (low + high) / 2
                if members[middle].key < key { low = middle + 1 } else { high = middle }
            }
            return low < members.count && members[low].key == key ? members[low].value : nil
        }

        public static func == (a: Members, b: Members) -> Bool {
            a.storage === b.storage || (a.members == b.members && a.elementType == b.elementType)
        }

        public func hash(into hasher: inout Hasher) { hasher.combine(storage.members) }
    }
}

extension Value {
    /// A string value; the text is brought into normalisation form C.
    public init(_ text: String) { self = .string(text.normalized) }
    public init(_ number: Int) { self = .number(Number(number)) }

    public static func tuple(_ elements: [Value]) -> Value { .tuple(Collection(elements)) }
    public static func object(_ members: [String: Value]) -> Value { .object(Members(members)) }
    /// A list whose elements all have the type `of`.
    public static func list(_ elements: [Value], of type: ValueType) -> Value { .list(Collection(elements, of: type)) }
    /// A map whose elements all have the type `of`.
    public static func map(_ members: [String: Value], of type: ValueType) -> Value {
        .map(Members(members, of: type))
    }
    /// A set of elements that all have the type `of`; duplicates are dropped.
    public static func set(_ elements: [Value], of type: ValueType) -> Value {
        var distinct: [Value] = []
        for element in elements.sorted(by: Value.precedes) where distinct.last != element { distinct.append(element) }
        return .set(Collection(distinct, of: type))
    }

    public var isNull: Bool { if case .null = self { true } else { false } }
    public var stringValue: String? { if case .string(let text) = self { text } else { nil } }
    public var boolValue: Bool? { if case .bool(let flag) = self { flag } else { nil } }
    public var numberValue: Number? { if case .number(let number) = self { number } else { nil } }

    /// The elements of a list, set or tuple, nil for others.
    public var elements: [Value]? {
        switch self {
        case .list(let value), .set(let value), .tuple(let value): value.elements
        default: nil
        }
    }

    /// The members of a map or object ordered by key, nil for others.
    public var members: [Members.Member]? {
        switch self {
        case .map(let value), .object(let value): value.members
        default: nil
        }
    }

    /// The member of a map or object; nil for other kinds and missing members.
    public subscript(key: String) -> Value? {
        switch self {
        case .map(let value), .object(let value): value[key]
        default: nil
        }
    }

    static let cellSize = 16

    /// Bytes that the value would take if nothing in it were shared; O(1). What budgets count.
    var size: Int {
        switch self {
        case .null, .bool, .number: Value.cellSize
        case .string(let text): Value.cellSize + text.utf8.count
        case .list(let value), .set(let value), .tuple(let value): value.size
        case .map(let value), .object(let value): value.size
        }
    }

    /// The type. O(size).
    public var type: ValueType {
        switch self {
        case .null: .any
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .list(let value): .list(value.elementType)
        case .set(let value): .set(value.elementType)
        case .map(let value): .map(value.elementType)
        case .tuple(let value): .tuple(value.elements.map(\.type))
        case .object(let value): .object(value.members.map { ValueType.Attribute($0.key, $0.value.type) })
        }
    }

    /// The kind in words, for messages: "string", "list of number", "object", "null".
    public var kind: String { isNull ? "null" : type.friendlyName }

    /// A total order: by kind, then by value. The order in which sets are walked.
    public static func precedes(_ a: Value, _ b: Value) -> Bool { order(a, b) < 0 }

    private static func order(_ a: Value, _ b: Value) -> Int {
        switch (a, b) {
        case (.bool(let x), .bool(let y)): return x == y ? 0 : x ? 1 : -1
        case (.number(let x), .number(let y)): return Number.compare(x, y)
        case (.string(let x), .string(let y)): return x == y ? 0 : x < y ? -1 : 1
        default: break
        }
        if let x = a.elements, let y = b.elements {
            for (p, q) in zip(x, y) {
                let found = order(p, q)
                if found != 0 { return found }
            }
            return x.count - y.count
        }
        if let x = a.members, let y = b.members {
            for (p, q) in zip(x, y) {
                let found = p.key == q.key ? order(p.value, q.value) : p.key < q.key ? -1 : 1
                if found != 0 { return found }
            }
            return x.count - y.count
        }
        return a.rank - b.rank
    }

    private var rank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .number: 2
        case .string: 3
        case .list, .set, .tuple: 4
        case .map, .object: 5
        }
    }
}

extension Value {
    /// The JSON form: integers that fit 64 bits are `.int`, other numbers the nearest `.double`.
    public var json: JSON {
        switch self {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let number): number.int64.map(JSON.int) ?? .double(number.double)
        case .string(let text): .string(text)
        case .list(let value), .set(let value), .tuple(let value): .array(value.elements.map(\.json))
        case .map(let value), .object(let value):
            .object(JSONObject(value.members.map { ($0.key, $0.value.json) }))
        }
    }

    /// The value of a JSON document: arrays are tuples, objects are objects.
    public init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .number(Number(number))
        case .double(let number): self = Number(number).map(Value.number) ?? .null
        case .string(let text): self.init(text)
        case .array(let elements): self = .tuple(elements.map { Value($0) })
        case .object(let object):
            var members: [String: Value] = [:]
            for (name, value) in object.members { members[name.normalized] = Value(value) }
            self = .object(members)
        }
    }
}
