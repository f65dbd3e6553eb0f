/// A JSON value as a tree.
///
/// Used at the edge (HTTP, CLI, job files) and for free-form maps such as a driver's `config`.
/// Numbers keep whether they were written as integers: `5` is `.int`, `5.0` and `5e3` are `.double`.
public enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object in the order they were written or set; names are unique.
///
/// Equality and hashing ignore the order. Look-ups are linear for small objects (short names are compared faster than
/// hashed) and use an index above 48 members, so a large map costs no more than a dictionary.
public struct JSONObject: Sendable {
    /// The members in insertion order.
    public private(set) var members: [(name: String, value: JSON)] = []
    private var index: [String: Int] = [:]
    private static let indexThreshold = 48

    public init() {}

    /// Makes an object from pairs; a later pair with the same name replaces the earlier one.
    public init(_ pairs: some Sequence<(String, JSON)>) {
        for (name, value) in pairs { self[name] = value }
    }

    /// Makes an object from members whose names are known to be different. O(count).
    public init(unique members: [(name: String, value: JSON)]) {
        self.members = members
        reindex()
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    /// Member names in insertion order.
    public var names: [String] { members.map(\.name) }
    /// Members ordered by the bytes of their names: the order in which JSON is written.
    public var sorted: [(name: String, value: JSON)] {
        members.sorted { Self.precedes($0.name, $1.name) }
    }

    /// Whether a name comes before another in the order of bytes.
    static func precedes(_ a: String, _ b: String) -> Bool {
        let fast = a.utf8.withContiguousStorageIfAvailable { x in
            b.utf8.withContiguousStorageIfAvailable { y in x.lexicographicallyPrecedes(y) }
        }
        return (fast ?? nil) ?? a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    /// The place of a member among `members`.
    public func position(of name: String) -> Int? {
        index.isEmpty ? members.firstIndex { $0.name == name } : index[name]
    }

    /// Gives the member at a place another value.
    public mutating func set(_ value: JSON, at position: Int) { members[position].value = value }

    /// The value of a member; setting nil removes it, setting `.null` keeps it as null.
    public subscript(name: String) -> JSON? {
        get { position(of: name).map { members[$0].value } }
        set {
            switch (position(of: name), newValue) {
            case (let at?, let value?): members[at].value = value
            case (let at?, nil):
                members.remove(at: at)
                reindex()
            case (nil, let value?):
                members.append((name, value))
                if members.count > Self.indexThreshold {
                    if index.isEmpty { reindex() } else { index[name] = members.count - 1 }
                }
            case (nil, nil): break
            }
        }
    }

    /// Appends a member if its name comes after all others', as in JSON that a program wrote: then it is new, and nothing
    /// is looked up. Says whether it did.
    mutating func appendAscending(_ name: String, _ value: JSON, after last: String?) -> Bool {
        guard members.count < Self.indexThreshold, last.map({ $0 < name }) ?? members.isEmpty else { return false }
        members.append((name, value))
        return true
    }

    /// The first member whose name equals `name` without regard to ASCII case, exact match first.
    public func caseInsensitive(_ name: String) -> JSON? {
        if let exact = self[name] { return exact }
        return members.first { Self.areEqualInAnyCase($0.name, name) }?.value
    }

    private static func areEqualInAnyCase(_ a: String, _ b: String) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        return zip(a.utf8, b.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private mutating func reindex() {
        index = [:]
        guard members.count > Self.indexThreshold else { return }
        for (at, member) in members.enumerated() { index[member.name] = at }
    }
}

extension JSONObject: Hashable {
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.count == b.count && a.members.allSatisfy { b[$0.name] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        for member in sorted {
            hasher.combine(member.name)
            hasher.combine(member.value)
        }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
    public init(integerLiteral value: Int64) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }
}

extension JSON {
    /// The member of an object; nil for other kinds and missing members.
    public subscript(name: String) -> JSON? {
        get { objectValue?[name] }
        set {
            guard case .object(var object) = self else { return }
            self = .null  // gives up the second reference, so that the change happens in place
            object[name] = newValue
            self = .object(object)
        }
    }

    /// The element of an array; nil for other kinds and positions outside it.
    public subscript(position: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(position) else { return nil }
        return elements[position]
    }

    public var isNull: Bool { if case .null = self { true } else { false } }
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var arrayValue: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var objectValue: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The number as an integer; a double counts if it is integral and in range.
    public var intValue: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }
    public var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The kind of value in words, for error messages: "string", "number", …
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSON: Codable {
    /// Only `WireDecoder` hands over trees; it does so before this is asked.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .int(number)
        } else if let number = try? container.decode(Double.self) {
            self = .double(number)
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let elements = try? container.decode([JSON].self) {
            self = .array(elements)
        } else {
            self = .object(JSONObject(try container.decode([String: JSON].self).map { ($0.key, $0.value) }))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .int(let number): try container.encode(number)
        case .double(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let object):
            try container.encode(Dictionary(uniqueKeysWithValues: object.members.map { ($0.name, $0.value) }))
        }
    }
}

extension JSONObject: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try [String: JSON](from: decoder).map { ($0.key, $0.value) })
    }
    public func encode(to encoder: any Encoder) throws { try JSON.object(self).encode(to: encoder) }
}
