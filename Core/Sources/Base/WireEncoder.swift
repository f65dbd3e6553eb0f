/// Turns a value into the JSON tree that the HTTP API shows.
///
/// Field names follow `WireKey`. Nil is written as null, an empty array or dictionary of a non-optional
/// property as null too (the API's canonical form); an optional that holds an empty list stays `[]`.
public struct WireEncoder {
    public init() {}

    /// Encodes a value; throws what the value's own `encode(to:)` throws.
    public func encode(_ value: some Encodable) throws -> JSON {
        try WireNode.box(value, path: [])
    }
}

/// Where containers write to; reference semantics are what `Encoder`'s containers need.
private final class WireNode: Encoder {
    var value: JSON = .null
    var members: JSONObject?
    var elements: [JSON]?
    var child: WireNode?
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]
    let keys: [String: String]
    let hidden: Set<String>

    init(path: [any CodingKey], keys: [String: String] = [:], hidden: Set<String> = []) {
        codingPath = path
        self.keys = keys
        self.hidden = hidden
    }

    static func box(_ value: some Encodable, path: [any CodingKey]) throws -> JSON {
        if let json = value as? JSON { return json }
        if let object = value as? JSONObject { return .object(object) }
        if let map = value as? any TextKeyed { return try map.boxed(path: path) }
        let type = type(of: value)
        let node = WireNode(
            path: path, keys: (type as? any CustomWireKeys.Type)?.wireKeys ?? [:],
            hidden: (type as? any HiddenWireKeys.Type)?.hiddenWireKeys ?? [])
        try value.encode(to: node)
        let tree = node.tree
        guard value is any OmitsZeroValues, case .object(let object) = tree else { return tree }
        return .object(JSONObject(object.members.filter { !$0.value.isZero }.map { ($0.name, $0.value) }))
    }

    var tree: JSON {
        if let child { return child.tree }
        if let members { return .object(members) }
        if let elements { return .array(elements) }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if members == nil { members = JSONObject() }
        return KeyedEncodingContainer(KeyedWriter<Key>(node: self))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if elements == nil { elements = [] }
        return UnkeyedWriter(node: self)
    }
    func singleValueContainer() -> any SingleValueEncodingContainer { SingleWriter(node: self) }
}

/// A dictionary with text keys: its keys are data, so `WireKey` must not touch them.
private protocol TextKeyed {
    func boxed(path: [any CodingKey]) throws -> JSON
}

extension Dictionary: TextKeyed where Key == String, Value: Encodable {
    fileprivate func boxed(path: [any CodingKey]) throws -> JSON {
        var object = JSONObject()
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            object[key] = try integer(value) ?? WireNode.box(value, path: path)
        }
        return .object(object)
    }
}

extension JSON {
    /// Null, false, zero, "", [] or {}.
    var isZero: Bool {
        switch self {
        case .null: true
        case .bool(let flag): !flag
        case .int(let number): number == 0
        case .double(let number): number == 0
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        }
    }
}

private struct KeyedWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: WireNode
    var codingPath: [any CodingKey] { node.codingPath }

    private func set(_ value: JSON, _ key: Key) {
        if node.hidden.contains(key.stringValue) { return }
        node.members?[node.keys[key.stringValue] ?? WireKey.name(of: key.stringValue)] = value
    }

    func encodeNil(forKey key: Key) throws { set(.null, key) }
    func encode(_ value: Bool, forKey key: Key) throws { set(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) throws { set(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) throws { set(.double(value), key) }
    func encode(_ value: Float, forKey key: Key) throws { set(.double(Double(value)), key) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        if node.hidden.contains(key.stringValue) { return }
        let tree = try integer(value) ?? WireNode.box(value, path: codingPath + [key])
        // A non-optional list that is empty is null on the wire; see the type's comment.
        if value is any Collection, !(value is JSONObject), tree.isZero { return set(.null, key) }
        set(tree, key)
    }
    func encode(_ value: Int, forKey key: Key) throws { set(.int(Int64(value)), key) }
    func encode(_ value: Int64, forKey key: Key) throws { set(.int(value), key) }
    func encode(_ value: UInt64, forKey key: Key) throws { set(.int(Int64(clamping: value)), key) }

    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { set(value.map { .bool($0) } ?? .null, key) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { set(value.map { .string($0) } ?? .null, key) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { set(value.map { .double($0) } ?? .null, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { set(value.map { .int(Int64($0)) } ?? .null, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { set(value.map { .int($0) } ?? .null, key) }
    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws {
        guard let value else { return set(.null, key) }
        if node.hidden.contains(key.stringValue) { return }
        set(try integer(value) ?? WireNode.box(value, path: codingPath + [key]), key)
    }

    func nestedContainer<K: CodingKey>(keyedBy type: K.Type, forKey key: Key) -> KeyedEncodingContainer<K> {
        superEncoder(forKey: key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        superEncoder(forKey: key).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { node }
    /// Nested containers by hand are not used by our types: the child is written where the parent stands.
    func superEncoder(forKey key: Key) -> any Encoder { node }
}

/// The value as a JSON number if it is one of the standard integers.
private func integer(_ value: some Encodable) -> JSON? {
    (value as? any FixedWidthInteger).map { .int(Int64(clamping: $0)) }
}

private struct UnkeyedWriter: UnkeyedEncodingContainer {
    let node: WireNode
    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int { node.elements?.count ?? 0 }

    func encodeNil() throws { node.elements?.append(.null) }
    func encode(_ value: Bool) throws { node.elements?.append(.bool(value)) }
    func encode(_ value: String) throws { node.elements?.append(.string(value)) }
    func encode(_ value: Double) throws { node.elements?.append(.double(value)) }
    func encode<T: Encodable>(_ value: T) throws {
        node.elements?.append(try integer(value) ?? WireNode.box(value, path: codingPath))
    }
    func nestedContainer<K: CodingKey>(keyedBy type: K.Type) -> KeyedEncodingContainer<K> {
        node.container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
    func superEncoder() -> any Encoder { node }
}

private struct SingleWriter: SingleValueEncodingContainer {
    let node: WireNode
    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil() throws { node.value = .null }
    func encode(_ value: Bool) throws { node.value = .bool(value) }
    func encode(_ value: String) throws { node.value = .string(value) }
    func encode(_ value: Double) throws { node.value = .double(value) }
    func encode<T: Encodable>(_ value: T) throws {
        node.value = try integer(value) ?? WireNode.box(value, path: codingPath)
    }
}
