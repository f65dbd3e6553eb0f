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
            return try unbox(type, tree, path: [])
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

private func unbox<T: Decodable>(_ type: T.Type, _ tree: JSON, path: [any CodingKey]) throws -> T {
    if type == JSON.self, let tree = tree as? T { return tree }
    if tree.isNull, let zero = (type as? any ZeroValued.Type)?.init() as? T { return zero }
    if type == JSONObject.self {
        guard let object = tree.objectValue as? T else { throw mismatch("an object", tree, path) }
        return object
    }
    let keys = (type as? any CustomWireKeys.Type)?.wireKeys ?? [:]
    return try T(from: WireReader(tree: tree, codingPath: path, keys: keys))
}

private func mismatch(_ wanted: String, _ tree: JSON, _ path: [any CodingKey]) -> WireError {
    let article = tree.kind == "array" || tree.kind == "object" ? "an" : "a"
    return WireError(path: path, reason: "must be \(wanted), not \(article) \(tree.kind)")
}

private struct WireReader: Decoder {
    let tree: JSON
    let codingPath: [any CodingKey]
    let keys: [String: String]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let object = tree.objectValue ?? (tree.isNull ? JSONObject() : nil) else {
            throw mismatch("an object", tree, codingPath)
        }
        return KeyedDecodingContainer(KeyedReader<Key>(object: object, codingPath: codingPath, keys: keys))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = tree.arrayValue ?? (tree.isNull ? [] : nil) else {
            throw mismatch("an array", tree, codingPath)
        }
        return UnkeyedReader(elements: elements, codingPath: codingPath)
    }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }
}

extension WireReader: SingleValueDecodingContainer {
    func decodeNil() -> Bool { tree.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try readBool(tree, codingPath) }
    func decode(_ type: String.Type) throws -> String { try readString(tree, codingPath) }
    func decode(_ type: Double.Type) throws -> Double { try readDouble(tree, codingPath) }
    func decode(_ type: Int.Type) throws -> Int { try readInteger(type, tree, codingPath) }
    func decode(_ type: Int64.Type) throws -> Int64 { try readInteger(type, tree, codingPath) }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try readAny(type, tree, codingPath) }
}

private func readBool(_ tree: JSON, _ path: [any CodingKey]) throws -> Bool {
    if tree.isNull { return false }
    guard let value = tree.boolValue else { throw mismatch("a bool", tree, path) }
    return value
}
private func readString(_ tree: JSON, _ path: [any CodingKey]) throws -> String {
    if tree.isNull { return "" }
    guard let value = tree.stringValue else { throw mismatch("a string", tree, path) }
    return value
}
private func readDouble(_ tree: JSON, _ path: [any CodingKey]) throws -> Double {
    if tree.isNull { return 0 }
    guard let value = tree.doubleValue else { throw mismatch("a number", tree, path) }
    return value
}
private func readInteger<T: FixedWidthInteger>(_ type: T.Type, _ tree: JSON, _ path: [any CodingKey]) throws -> T {
    if tree.isNull { return 0 }
    guard tree.doubleValue != nil else { throw mismatch("a whole number", tree, path) }
    guard let value = tree.intValue, let fitting = T(exactly: value) else {
        throw WireError(path: path, reason: "\(tree.text) is not a whole number of \(T.bitWidth) bits")
    }
    return fitting
}
private func readAny<T: Decodable>(_ type: T.Type, _ tree: JSON, _ path: [any CodingKey]) throws -> T {
    if let integer = type as? any FixedWidthInteger.Type,
        let value = try readInteger(integer, tree, path) as? T
    {
        return value
    }
    return try unbox(type, tree, path: path)
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let object: JSONObject
    let codingPath: [any CodingKey]
    let keys: [String: String]

    var allKeys: [Key] { object.names.compactMap { Key(stringValue: $0) } }
    private func value(_ key: Key) -> JSON {
        // The exact text first: dictionaries with text keys come this way too.
        object[key.stringValue]
            ?? object.caseInsensitive(keys[key.stringValue] ?? WireKey.name(of: key.stringValue)) ?? .null
    }
    func contains(_ key: Key) -> Bool { !value(key).isNull }
    func decodeNil(forKey key: Key) throws -> Bool { value(key).isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try readBool(value(key), codingPath + [key]) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try readString(value(key), codingPath + [key])
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try readDouble(value(key), codingPath + [key])
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try readInteger(type, value(key), codingPath + [key])
    }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try readInteger(type, value(key), codingPath + [key])
    }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try readAny(type, value(key), codingPath + [key])
    }
    func nestedContainer<K: CodingKey>(keyedBy type: K.Type, forKey key: Key) throws -> KeyedDecodingContainer<K> {
        try WireReader(tree: value(key), codingPath: codingPath + [key], keys: [:]).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try WireReader(tree: value(key), codingPath: codingPath + [key], keys: [:]).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder { WireReader(tree: .object(object), codingPath: codingPath, keys: keys) }
    func superDecoder(forKey key: Key) throws -> any Decoder {
        WireReader(tree: value(key), codingPath: codingPath + [key], keys: [:])
    }
}

private struct UnkeyedReader: UnkeyedDecodingContainer {
    let elements: [JSON]
    let codingPath: [any CodingKey]
    var currentIndex = 0

    init(elements: [JSON], codingPath: [any CodingKey]) {
        self.elements = elements
        self.codingPath = codingPath
    }

    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }
    private var path: [any CodingKey] { codingPath + [Position(intValue: currentIndex)] }
    private var current: JSON { isAtEnd ? .null : elements[currentIndex] }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, current.isNull else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        defer { currentIndex += 1 }
        if type == String.self, let value = try readString(current, path) as? T { return value }
        return try readAny(type, current, path)
    }
    mutating func nestedContainer<K: CodingKey>(keyedBy type: K.Type) throws -> KeyedDecodingContainer<K> {
        defer { currentIndex += 1 }
        return try WireReader(tree: current, codingPath: path, keys: [:]).container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        defer { currentIndex += 1 }
        return try WireReader(tree: current, codingPath: path, keys: [:]).unkeyedContainer()
    }
    mutating func superDecoder() throws -> any Decoder {
        defer { currentIndex += 1 }
        return WireReader(tree: current, codingPath: path, keys: [:])
    }
}
