/// A request as handlers see it: free of any HTTP library.
public struct APIRequest: Sendable {
    /// `GET`, `PUT`, …
    public var method: String
    /// The path with percent escapes undone, without the query: `/v1/job/a/b`.
    public var path: String
    /// The query's parameters in order, escapes undone. A bare `?pretty` has an empty value.
    public var query: [QueryItem]
    /// Header fields; names in lower case.
    public var headers: [String: String]
    /// The whole body; empty when there is none.
    public var body: [UInt8]
    /// The target as it came, for forwarding: `/v1/job/a%2Fb?pretty`.
    public var target: String

    public init(
        method: String = "GET", target: String, headers: [String: String] = [:], body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = PercentCoding.decode(parts.first.map(String.init) ?? "/", plusIsSpace: false)
        query = parts.count > 1 ? QueryItem.parse(parts[1]) : []
    }

    /// The first value of a parameter; nil if it isn't there.
    public func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// All values of a parameter that may be given several times.
    public func parameters(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
}

/// One `name=value` of a query.
public struct QueryItem: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    static func parse(_ text: Substring) -> [QueryItem] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return QueryItem(
                PercentCoding.decode(String(parts[0]), plusIsSpace: true),
                parts.count > 1 ? PercentCoding.decode(String(parts[1]), plusIsSpace: true) : "")
        }
    }
}

/// Percent escapes of paths and queries (RFC 3986).
enum PercentCoding {
    /// Undoes escapes; a `%` that begins none stays as it is.
    static func decode(_ text: String, plusIsSpace: Bool) -> String {
        let bytes = Array(text.utf8)
        guard bytes.contains(UInt8(ascii: "%")) || plusIsSpace && bytes.contains(UInt8(ascii: "+")) else {
            return text
        }
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "%"), at + 2 < bytes.count,
                let high = digit(bytes[at + 1]), let low = digit(bytes[at + 2])
            {
                out.append(high << 4 | low)
                at += 3
            } else {
                out.append(plusIsSpace && bytes[at] == UInt8(ascii: "+") ? 0x20 : bytes[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
