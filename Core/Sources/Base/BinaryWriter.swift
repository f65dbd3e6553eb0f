/// Appends values to a byte buffer in the journal's binary form.
///
/// Integers are zigzag varints, texts and byte strings carry their length. The form is positional: a reader
/// must ask for the same types in the same order. Formats are versioned by whoever frames the bytes.
public struct BinaryWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func write(_ value: Int64) { write(UInt64(bitPattern: value << 1 ^ value >> 63)) }
    public mutating func write(_ value: Int) { write(Int64(value)) }
    public mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }
    public mutating func write(_ value: Double) { fixed(value.bitPattern) }

    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            write(UInt64(utf8.count))
            bytes.append(contentsOf: utf8)
        }
    }

    public mutating func write(_ id: ID<some Any>) {
        fixed(id.high)
        fixed(id.low)
    }

    /// Eight bytes, least significant first.
    public mutating func fixed(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Bytes as they are, without a count.
    public mutating func raw(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// Bytes with their count in front.
    public mutating func write(_ blob: [UInt8]) {
        write(UInt64(blob.count))
        bytes.append(contentsOf: blob)
    }

    /// Takes what has been written so far and empties the buffer.
    public mutating func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }

    /// A value with synthesized `Codable`: its properties in order, no names. For records that are written rarely;
    /// what is written by the thousand has a `BinaryForm`.
    public mutating func encode(_ value: some Encodable) throws {
        // The buffer is handed over, not shared: a second owner would make the first byte copy all of it.
        let encoder = BinaryEncoder(writer: self)
        self = BinaryWriter()
        defer { self = encoder.writer }
        try encoder.box(value)
    }
}

/// Adapts `Encodable` to `BinaryWriter`; see there.
final class BinaryEncoder: Encoder {
    var writer: BinaryWriter
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(writer: BinaryWriter) { self.writer = writer }

    func box(_ value: some Encodable) throws {
        switch value {
        case let text as String: writer.write(text)
        case let flag as Bool: writer.write(flag)
        case let number as Int: writer.write(number)
        case let number as Double: writer.write(number)
        case let form as any BinaryForm: form.write(to: &writer)
        case let special as any BinaryCodable: try special.write(to: self)
        case let number as any FixedWidthInteger:
            number is UInt64 ? writer.write(UInt64(clamping: number)) : writer.write(Int64(clamping: number))
        default: try value.encode(to: self)
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(Keyed<Key>(encoder: self))
    }
    func unkeyedContainer() -> any UnkeyedEncodingContainer { Plain(encoder: self) }
    func singleValueContainer() -> any SingleValueEncodingContainer { Plain(encoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: BinaryEncoder
        var codingPath: [any CodingKey] { [] }
        func encodeNil(forKey key: Key) throws { encoder.writer.write(false) }
        func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try encoder.box(value) }
        func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try optional(value) }
        func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try optional(value) }
        func encodeIfPresent(_ value: String?, forKey key: Key) throws { try optional(value) }
        func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try optional(value) }
        func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try optional(value) }
        func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try optional(value) }
        func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try optional(value) }
        private func optional(_ value: (some Encodable)?) throws {
            encoder.writer.write(value != nil)
            if let value { try encoder.box(value) }
        }
        func nestedContainer<K: CodingKey>(keyedBy type: K.Type, forKey key: Key) -> KeyedEncodingContainer<K> {
            encoder.container(keyedBy: type)
        }
        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder.unkeyedContainer() }
        func superEncoder() -> any Encoder { encoder }
        func superEncoder(forKey key: Key) -> any Encoder { encoder }
    }

    private struct Plain: UnkeyedEncodingContainer, SingleValueEncodingContainer {
        let encoder: BinaryEncoder
        var codingPath: [any CodingKey] { [] }
        var count: Int { 0 }
        func encodeNil() throws { encoder.writer.write(false) }
        func encode<T: Encodable>(_ value: T) throws { try encoder.box(value) }
        func nestedContainer<K: CodingKey>(keyedBy type: K.Type) -> KeyedEncodingContainer<K> {
            encoder.container(keyedBy: type)
        }
        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
        func superEncoder() -> any Encoder { encoder }
    }
}

/// Types whose `Codable` is made for JSON, or that need a count in front.
protocol BinaryCodable {
    func write(to encoder: BinaryEncoder) throws
    static func read(from decoder: BinaryDecoder) throws -> Self
}

extension JSONObject: BinaryForm {
    public func write(to writer: inout BinaryWriter) { JSON.object(self).write(to: &writer) }
    public init(from reader: inout BinaryReader) throws(BinaryError) {
        self = try JSON(from: &reader).objectValue ?? JSONObject()
    }
}

extension Array: BinaryCodable where Element: Codable {
    func write(to encoder: BinaryEncoder) throws {
        encoder.writer.write(UInt64(count))
        for element in self { try encoder.box(element) }
    }
    static func read(from decoder: BinaryDecoder) throws -> [Element] {
        let count = try decoder.reader.count()
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try decoder.unbox(Element.self)) }
        return elements
    }
}

extension Dictionary: BinaryCodable where Key == String, Value: Codable {
    func write(to encoder: BinaryEncoder) throws {
        encoder.writer.write(UInt64(count))
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            encoder.writer.write(key)
            try encoder.box(value)
        }
    }
    static func read(from decoder: BinaryDecoder) throws -> [String: Value] {
        let count = try decoder.reader.count()
        var pairs: [String: Value] = [:]
        for _ in 0..<count {
            let key = try decoder.reader.string()
            pairs[key] = try decoder.unbox(Value.self)
        }
        return pairs
    }
}
