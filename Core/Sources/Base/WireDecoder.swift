/// Reads a value from the JSON tree of an API request or a stored record.
///
/// Lenient where the API is: field names match without regard to case, unknown fields are passed over, and
/// a missing or null field of a non-optional property gives its zero value ("" 0 false [] [:]).
/// Strict about kinds: a string where a number is due is an error that names the path.
public struct WireDecoder {
    public init() {}

    /// Decodes a value; throws `WireError` with the path of the field that doesn't fit.
    public func decode<T: Decodable>(_ type: T.Type, from tree: JSON) throws(WireError) -> T {
        do {
            return try readAny(type, tree, WirePath.root)
        } catch let error as WireError {
            throw error
        } catch DecodingError.dataCorrupted(let context) {
            throw WireError(path: context.codingPath, reason: context.debugDescription)
        } catch DecodingError.keyNotFound(let key, let context) {
            throw WireError(path: context.codingPath + [key], reason: "is missing")
        } catch {
            throw WireError(path: [], reason: "\(error)")
        }
    }
}

/// A field of a request or record that has the wrong kind or an impossible value.
public struct WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `TaskGroups[0].Count`.
    public var path: String
    public var reason: String

    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }

    init(path: [any CodingKey], reason: String) {
        var text = ""
        for key in path {
            if let at = key.intValue {
                text += "[\(at)]"
            } else {
                text += (text.isEmpty ? "" : ".") + WireKey.name(of: key.stringValue)
            }
        }
        self.path = text
        self.reason = reason
    }

    public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}

/// A type that has a zero value, which a missing field takes.
private protocol ZeroValued { init() }
extension Array: ZeroValued {}
extension Dictionary: ZeroValued {}
extension Set: ZeroValued {}
extension JSONObject: ZeroValued {}
extension Int32: ZeroValued {}
extension Int16: ZeroValued {}
extension Int8: ZeroValued {}
extension UInt8: ZeroValued {}
extension UInt16: ZeroValued {}
extension UInt32: ZeroValued {}
extension UInt64: ZeroValued {}
extension Float: ZeroValued {}
extension TimeSpan: ZeroValued { fileprivate init() { self = .zero } }
extension Instant: ZeroValued { fileprivate init() { self = .zero } }
extension ID: ZeroValued { fileprivate init() { self = .zero } }

private struct Position: CodingKey {
    let intValue: Int?
    let stringValue: String
    init(intValue: Int) {
        self.intValue = intValue
        stringValue = "\(intValue)"
    }
    init?(stringValue: String) { return nil }
}

/// Where the decoder stands. Made once a container and spelt out only for errors: most requests have none.
private final class WirePath {
    private let parent: WirePath?
    private let key: (any CodingKey)?

    static var root: WirePath { WirePath(nil, nil) }

    private init(_ parent: WirePath?, _ key: (any CodingKey)?) {
        self.parent = parent
        self.key = key
    }

    func adding(_ key: any CodingKey) -> WirePath { WirePath(self, key) }

    var keys: [any CodingKey] { (parent?.keys ?? []) + (key.map { [$0] } ?? []) }
}

private func mismatch(_ wanted: String, _ tree: JSON, _ path: WirePath) -> WireError {
    let article = tree.kind == "array" || tree.kind == "object" ? "an" : "a"
    return WireError(path: path.keys, reason: "must be \(wanted), not \(article) \(tree.kind)")
}

/// The kinds of value that most fields have come first: each of the casts further down costs more than all of them.
private func readAny<T: Decodable>(_ type: T.Type, _ tree: JSON, _ path: @autoclosure () -> WirePath) throws -> T {
    if type == String.self, let value = try readString(tree, path()) as? T { return value }
    if type == [String].self, let value = try readStrings(tree, path()) as? T { return value }
    if type == [String: String].self, let value = try readStringMap(tree, path()) as? T { return value }
    if type == TimeSpan.self, case .int(let number) = tree, let value = TimeSpan(nanoseconds: number) as? T {
        return value
    }
    if type == Int.self, let value = try readInteger(Int.self, tree, path()) as? T { return value }
    if type == UInt64.self, let value = try readInteger(UInt64.self, tree, path()) as? T { return value }
    if type == JSON.self, let tree = tree as? T { return tree }
    if type == JSONObject.self {
        if tree.isNull, let empty = JSONObject() as? T { return empty }
        guard let object = tree.objectValue as? T else { throw mismatch("an object", tree, path()) }
        return object
    }
    if tree.isNull, let zero = (type as? any ZeroValued.Type)?.init() as? T { return zero }
    switch tree {
    case .object, .array: break
    default:
        if let integer = type as? any FixedWidthInteger.Type, let value = try readInteger(integer, tree, path()) as? T {
            return value
        }
    }
    if case .object(let object) = tree, let map = type as? any TextKeyedMap.Type,
        let value = try map.read(object, path()) as? T
    {
        return value
    }
    let keys = (type as? any CustomWireKeys.Type)?.wireKeys ?? [:]
    return try T(from: WireReader(tree: tree, path: path(), keys: keys))
}

/// A dictionary with text keys: its keys are data and no names of properties.
private protocol TextKeyedMap {
    static func read(_ object: JSONObject, _ path: WirePath) throws -> Self
}

extension Dictionary: TextKeyedMap where Key == String, Value: Decodable {
    fileprivate static func read(_ object: JSONObject, _ path: WirePath) throws -> [String: Value] {
        var result = [String: Value](minimumCapacity: object.count)
        for (name, value) in object.members {
            result[name] = try readAny(Value.self, value, path.adding(MapKey(stringValue: name)))
        }
        return result
    }
}

private func readStrings(_ tree: JSON, _ path: @autoclosure () -> WirePath) throws -> [String] {
    if tree.isNull { return [] }
    guard let elements = tree.arrayValue else { throw mismatch("an array", tree, path()) }
    var result: [String] = []
    result.reserveCapacity(elements.count)
    for (at, element) in elements.enumerated() {
        result.append(try readString(element, path().adding(Position(intValue: at))))
    }
    return result
}

private func readStringMap(_ tree: JSON, _ path: @autoclosure () -> WirePath) throws -> [String: String] {
    if tree.isNull { return [:] }
    guard let object = tree.objectValue else { throw mismatch("an object", tree, path()) }
    var result = [String: String](minimumCapacity: object.count)
    for (name, value) in object.members {
        result[name] = try readString(value, path().adding(MapKey(stringValue: name)))
    }
    return result
}

private struct MapKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
}

private struct WireReader: Decoder {
    let tree: JSON
    let path: WirePath
    let keys: [String: String]
    var codingPath: [any CodingKey] { path.keys }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let object = tree.objectValue ?? (tree.isNull ? JSONObject() : nil) else {
            throw mismatch("an object", tree, path)
        }
        return KeyedDecodingContainer(KeyedReader<Key>(object: object, path: path, keys: keys))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = tree.arrayValue ?? (tree.isNull ? [] : nil) else {
            throw mismatch("an array", tree, path)
        }
        return UnkeyedReader(elements: elements, containerPath: path)
    }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension WireReader: SingleValueDecodingContainer {
    func decodeNil() -> Bool { tree.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try readBool(tree, path) }
    func decode(_ type: String.Type) throws -> String { try readString(tree, path) }
    func decode(_ type: Double.Type) throws -> Double { try readDouble(tree, path) }
    func decode(_ type: Int.Type) throws -> Int { try readInteger(type, tree, path) }
    func decode(_ type: Int64.Type) throws -> Int64 { try readInteger(type, tree, path) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try readAny(type, tree, path) }
}

private func readBool(_ tree: JSON, _ path: @autoclosure () -> WirePath) throws -> Bool {
    if tree.isNull { return false }
    guard let value = tree.boolValue else { throw mismatch("a bool", tree, path()) }
    return value
}
private func readString(_ tree: JSON, _ path: @autoclosure () -> WirePath) throws -> String {
    if tree.isNull { return "" }
    guard let value = tree.stringValue else { throw mismatch("a string", tree, path()) }
    return value
}
private func readDouble(_ tree: JSON, _ path: @autoclosure () -> WirePath) throws -> Double {
    if tree.isNull { return 0 }
    guard let value = tree.doubleValue else { throw mismatch("a number", tree, path()) }
    return value
}
private func readInteger<T: FixedWidthInteger>(
    _ type: T.Type, _ tree: JSON, _ path: @autoclosure () -> WirePath
) throws -> T {
    if tree.isNull { return 0 }
    guard tree.doubleValue != nil else { throw mismatch("a whole number", tree, path()) }
    guard let value = tree.intValue, let fitting = T(exactly: value) else {
        throw WireError(path: path().keys, reason: "\(tree.text) is not a whole number of \(T.bitWidth) bits")
    }
    return fitting
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let path: WirePath
    let keys: [String: String]

    var codingPath: [any CodingKey] { path.keys }
    var allKeys: [Key] { object.names.compactMap { Key(stringValue: $0) } }
    private func value(_ key: Key) -> JSON {
        let property = key.stringValue
        let name = keys.isEmpty ? WireKey.name(of: property) : keys[property] ?? WireKey.name(of: property)
        return object[name] ?? object[property] ?? object.caseInsensitive(name) ?? .null
    }
    func contains(_ key: Key) -> Bool { !value(key).isNull }
    func decodeNil(forKey key: Key) throws -> Bool { value(key).isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try readBool(value(key), path.adding(key)) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try readString(value(key), path.adding(key)) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try readDouble(value(key), path.adding(key)) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try readInteger(type, value(key), path.adding(key)) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try readInteger(type, value(key), path.adding(key))
    }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try readInteger(type, value(key), path.adding(key))
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try readAny(type, value(key), path.adding(key))
    }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        let value = value(key)
        return value.isNull ? nil : try readAny(type, value, path.adding(key))
    }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        let value = value(key)
        return value.isNull ? nil : try readBool(value, path.adding(key))
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        let value = value(key)
        return value.isNull ? nil : try readString(value, path.adding(key))
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        let value = value(key)
        return value.isNull ? nil : try readInteger(type, value, path.adding(key))
    }
    func nestedContainer<K: CodingKey>(keyedBy type: K.Type, forKey key: Key) throws -> KeyedDecodingContainer<K> {
        try WireReader(tree: value(key), path: path.adding(key), keys: [:]).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try WireReader(tree: value(key), path: path.adding(key), keys: [:]).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { WireReader(tree: .object(object), path: path, keys: keys) }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        WireReader(tree: value(key), path: path.adding(key), keys: [:])
    }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
    let elements: [JSON]
    let containerPath: WirePath
    var currentIndex = 0

    init(elements: [JSON], containerPath: WirePath) {
        self.elements = elements
        self.containerPath = containerPath
    }

    var codingPath: [any CodingKey] { containerPath.keys }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }
    private var path: WirePath { containerPath.adding(Position(intValue: currentIndex)) }
    private var current: JSON { isAtEnd ? .null : elements[currentIndex] }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, current.isNull else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        defer { currentIndex += 1 }
        return try readAny(type, current, path)
    }
    mutating func nestedContainer<K: CodingKey>(keyedBy type: K.Type) throws -> KeyedDecodingContainer<K> {
        defer { currentIndex += 1 }
        return try WireReader(tree: current, path: path, keys: [:]).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        defer { currentIndex += 1 }
        return try WireReader(tree: current, path: path, keys: [:]).unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder {
        defer { currentIndex += 1 }
        return WireReader(tree: current, path: path, keys: [:])
    }
}
