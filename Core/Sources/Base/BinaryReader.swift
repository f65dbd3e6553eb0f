/// Why bytes of the journal can't be read.
public struct BinaryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Byte offset in what was read.
    public var offset: Int
    public var reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "byte \(offset): \(reason)" }
}

/// Reads what `BinaryWriter` wrote, in the same order. Never reads past the end, never traps on bad bytes.
public struct BinaryReader: Sendable {
    private let bytes: [UInt8]
    public private(set) var offset = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var isAtEnd: Bool { offset >= bytes.count }

    private func error(_ reason: String) -> BinaryError { BinaryError(offset: offset, reason: reason) }

    public mutating func byte() throws(BinaryError) -> UInt8 {
        guard offset < bytes.count else { throw error("the data ends too early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    public mutating func uint64() throws(BinaryError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        throw error("a number is longer than 64 bits")
    }

    public mutating func int64() throws(BinaryError) -> Int64 {
        let value = try uint64()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    public mutating func int() throws(BinaryError) -> Int { Int(try int64()) }
    public mutating func bool() throws(BinaryError) -> Bool { try byte() != 0 }
    public mutating func double() throws(BinaryError) -> Double { Double(bitPattern: try fixed()) }

    public mutating func fixed() throws(BinaryError) -> UInt64 {
        guard bytes.count - offset >= 8 else { throw error("the data ends too early") }
        defer { offset += 8 }
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    }

    /// A count of things that follow, each at least a byte long.
    public mutating func count() throws(BinaryError) -> Int {
        let value = try uint64()
        guard value <= UInt64(bytes.count - offset) else {
            throw error("a count of \(value) is more than the data holds")
        }
        return Int(value)
    }

    public mutating func string() throws(BinaryError) -> String {
        let count = try count()
        defer { offset += count }
        return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
    }

    /// Passes over bytes.
    public mutating func skip(_ count: Int) throws(BinaryError) {
        guard count >= 0, count <= bytes.count - offset else { throw error("the data ends too early") }
        offset += count
    }

    /// Bytes that carry their count.
    public mutating func blob() throws(BinaryError) -> [UInt8] {
        let count = try count()
        defer { offset += count }
        return Array(bytes[offset..<offset + count])
    }

    public mutating func id<Kind>() throws(BinaryError) -> ID<Kind> { ID(high: try fixed(), low: try fixed()) }

    /// A value written with `BinaryWriter.encode`.
    public mutating func decode<T: Decodable>(_ type: T.Type) throws(BinaryError) -> T {
        let decoder = BinaryDecoder(reader: self)
        defer { self = decoder.reader }
        do {
            return try decoder.unbox(type)
        } catch let error as BinaryError {
            throw error
        } catch {
            throw BinaryError(offset: decoder.reader.offset, reason: "\(type): \(error)")
        }
    }
}

/// Adapts `Decodable` to `BinaryReader`.
final class BinaryDecoder: Decoder {
    var reader: BinaryReader
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(reader: BinaryReader) { self.reader = reader }

    func unbox<T: Decodable>(_ type: T.Type) throws -> T {
        let value: Any? =
            if type == String.self {
                try reader.string()
            } else if type == Bool.self {
                try reader.bool()
            } else if type == Int.self {
                try reader.int()
            } else if type == Double.self {
                try reader.double()
            } else if let form = type as? any BinaryForm.Type {
                try form.init(from: &reader)
            } else if let special = type as? any BinaryCodable.Type {
                try special.read(from: self)
            } else if let integer = type as? any FixedWidthInteger.Type {
                try number(integer)
            } else {
                nil
            }
        if let value = value as? T { return value }
        return try T(from: self)
    }

    private func number<N: FixedWidthInteger>(_ type: N.Type) throws -> N {
        let value = type == UInt64.self ? N(exactly: try reader.uint64()) : N(exactly: try reader.int64())
        guard let value else { throw BinaryError(offset: reader.offset, reason: "a number does not fit \(type)") }
        return value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }
    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw BinaryError(offset: reader.offset, reason: "lists are read whole")
    }
    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: BinaryDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [] }
        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) throws -> Bool { try !decoder.reader.bool() }
        func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try decoder.unbox(type) }
        func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { try optional(type) }
        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try optional(type) }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try optional(type) }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try optional(type) }
        func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try optional(type) }
        func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try optional(type) }
        func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try optional(type) }
        private func optional<T: Decodable>(_ type: T.Type) throws -> T? {
            try decoder.reader.bool() ? try decoder.unbox(type) : nil
        }
        func nestedContainer<K: CodingKey>(keyedBy type: K.Type, forKey key: Key) throws -> KeyedDecodingContainer<K> {
            try decoder.container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try decoder.unkeyedContainer()
        }
        func superDecoder() throws -> any Decoder { decoder }
        func superDecoder(forKey key: Key) throws -> any Decoder { decoder }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: BinaryDecoder
        var codingPath: [any CodingKey] { [] }
        func decodeNil() -> Bool { false }
        func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.unbox(type) }
    }
}
