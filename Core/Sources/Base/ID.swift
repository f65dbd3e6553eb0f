/// A 128-bit identifier, written as a UUID in lower case. `Kind` keeps the ids of different things apart.
public struct ID<Kind>: Sendable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id from a generator, with the version 4 and variant bits of RFC 9562 set.
    public init(using generator: inout some RandomNumberGenerator) {
        high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Reads the 36 characters of a UUID in either case; nil for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var digits = 0
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (at, byte) in bytes.enumerated() {
            if at == 8 || at == 13 || at == 18 || at == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.digit(byte) else { return nil }
            if digits < 16 { high = high << 4 | digit } else { low = low << 4 | digit }
            digits += 1
        }
        self.init(high: high, low: low)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The 36 characters of the UUID.
    public var text: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            write(to: buffer)
            return 36
        }
    }

    /// Writes the 36 characters of the UUID to a place that has room for them.
    public func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        var at = 0
        for word in [high, low] {
            for nibble in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - nibble * 4) & 15)
                buffer[at] = digit < 10 ? digit + 48 : digit + 87
                at += 1
                if at == 8 || at == 13 || at == 18 || at == 23 {
                    buffer[at] = UInt8(ascii: "-")
                    at += 1
                }
            }
        }
    }

    /// The first 8 characters, as the command line shows ids.
    public var short: String { String(text.prefix(8)) }

    /// Whether this is the all-zero id, which stands for "none" where a field may be unset.
    public var isZero: Bool { high == 0 && low == 0 }
    public static var zero: ID { ID(high: 0, low: 0) }
}

extension ID: Hashable, Comparable, CustomStringConvertible {
    public static func == (a: ID, b: ID) -> Bool { a.high == b.high && a.low == b.low }
    public static func < (a: ID, b: ID) -> Bool { a.high != b.high ? a.high < b.high : a.low < b.low }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
    public var description: String { text }
}

extension ID: Codable {
    /// The empty text is the zero id.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = text.isEmpty ? .zero : ID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "\"\(text)\" is not a UUID")
        }
        self = id
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(isZero ? "" : text)
    }
}
