/// An instant that the API shows as RFC 3339 text with its fraction; zero is `0001-01-01T00:00:00Z`.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var instant: Instant

    public init(_ instant: Instant) { self.instant = instant }
    public static let zero = Timestamp(.zero)
    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.instant < b.instant }

    private static let unset = "0001-01-01T00:00:00Z"
    public var text: String { instant == .zero ? Self.unset : instant.rfc3339(fraction: true) }
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        if text.isEmpty || text == Self.unset {
            self = .zero
        } else if let instant = Instant(rfc3339: text) {
            self.init(instant)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not an RFC 3339 time")
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
