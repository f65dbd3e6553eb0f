/// A point in time: nanoseconds since 1970-01-01T00:00:00Z. Zero means "not set" where a field may be unset.
public struct Instant: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Instant(nanoseconds: 0)
    public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (a: Instant, b: TimeSpan) -> Instant {
        Instant(nanoseconds: Bounded.sum(a.nanoseconds, b.nanoseconds))
    }
    public static func - (a: Instant, b: TimeSpan) -> Instant {
        Instant(nanoseconds: Bounded.difference(a.nanoseconds, b.nanoseconds))
    }
    public static func - (a: Instant, b: Instant) -> TimeSpan {
        TimeSpan(nanoseconds: Bounded.difference(a.nanoseconds, b.nanoseconds))
    }

    /// Whole seconds since the epoch.
    public var seconds: Int64 { nanoseconds / 1_000_000_000 }
}

/// A length of time in nanoseconds. (Swift owns the names `Duration` and `Span`.)
public struct TimeSpan: Hashable, Comparable, Sendable {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = TimeSpan(nanoseconds: 0)
    public static func seconds(_ n: Int64) -> TimeSpan { TimeSpan(nanoseconds: 1_000_000_000) * n }
    public static func milliseconds(_ n: Int64) -> TimeSpan { TimeSpan(nanoseconds: 1_000_000) * n }
    public static func minutes(_ n: Int64) -> TimeSpan { seconds(60) * n }
    public static func hours(_ n: Int64) -> TimeSpan { seconds(3600) * n }

    public static func < (a: TimeSpan, b: TimeSpan) -> Bool { a.nanoseconds < b.nanoseconds }
    public static func + (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: Bounded.sum(a.nanoseconds, b.nanoseconds))
    }
    public static func - (a: TimeSpan, b: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: Bounded.difference(a.nanoseconds, b.nanoseconds))
    }
    public static func * (a: TimeSpan, b: Int64) -> TimeSpan {
        TimeSpan(nanoseconds: Bounded.product(a.nanoseconds, b))
    }
}

/// Arithmetic that stops at the ends of its numbers: a deadline of three hundred years lies in the far future, not in
/// the past.
private enum Bounded {
    static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, isOver) = a.addingReportingOverflow(b)
        return isOver ? (b > 0 ? .max : .min) : sum
    }

    static func difference(_ a: Int64, _ b: Int64) -> Int64 {
        let (difference, isOver) = a.subtractingReportingOverflow(b)
        return isOver ? (b < 0 ? .max : .min) : difference
    }

    static func product(_ a: Int64, _ b: Int64) -> Int64 {
        let (product, isOver) = a.multipliedReportingOverflow(by: b)
        return isOver ? ((a < 0) == (b < 0) ? .max : .min) : product
    }
}

extension TimeSpan {
    /// Reads the duration text of job files and the API: `300ms`, `1h30m`, `-1.5h`, units `ns us µs ms s m h`.
    /// Nil when the text is not a duration or does not fit 63 bits. `0` needs no unit.
    public init?(text: String) {
        var rest = Substring(text)
        var negative = false
        if let sign = rest.first, sign == "-" || sign == "+" {
            negative = sign == "-"
            rest = rest.dropFirst()
        }
        if rest == "0" {
            self = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        var exact: Int64 = 0
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard !number.isEmpty, number != "." else { return nil }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest.dropFirst(unit.count)
            guard let scale = Self.scale(of: unit) else { return nil }
            if let whole = Int64(number) {
                let (product, over) = whole.multipliedReportingOverflow(by: scale)
                let (sum, over2) = exact.addingReportingOverflow(product)
                if over || over2 { return nil }
                exact = sum
            } else {
                guard number.filter({ $0 == "." }).count == 1,
                    let value = Double("0" + number + (number.hasSuffix(".") ? "0" : ""))
                else { return nil }
                total += value * Double(scale)
            }
        }
        guard total < 9.2e18, let fraction = Int64(exactly: total.rounded()) else { return nil }
        let (sum, over) = exact.addingReportingOverflow(fraction)
        if over { return nil }
        self.init(nanoseconds: negative ? -sum : sum)
    }

    private static func scale(of unit: Substring) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "µs", "μs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }

    /// The text in the form the field uses: `1h30m0s`, `1.5s`, `300ms`, `0s`.
    public var text: String {
        if nanoseconds == 0 { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let size = nanoseconds.magnitude
        if size < 1_000 { return "\(sign)\(size)ns" }
        if size < 1_000_000 { return sign + Self.decimal(size, 1_000) + "µs" }
        if size < 1_000_000_000 { return sign + Self.decimal(size, 1_000_000) + "ms" }
        let seconds = size / 1_000_000_000
        let last = Self.decimal(size % 60_000_000_000, 1_000_000_000) + "s"
        if seconds < 60 { return sign + last }
        let minutes = seconds / 60
        if minutes < 60 { return "\(sign)\(minutes)m\(last)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(last)"
    }

    /// `value / unit` with as many decimals as needed and no trailing zeros.
    private static func decimal(_ value: UInt64, _ unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction > 0 else { return "\(value / unit)" }
        var digits = String(unit + fraction).dropFirst()
        while digits.last == "0" { digits = digits.dropLast() }
        return "\(value / unit).\(digits)"
    }
}

extension Instant: Codable {
    public init(from decoder: any Decoder) throws {
        nanoseconds = try decoder.singleValueContainer().decode(Int64.self)
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}

extension TimeSpan: Codable {
    /// A number is nanoseconds; a text such as `30s` is taken too, since clients send both.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
            guard let span = TimeSpan(text: text) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "invalid duration \"\(text)\"")
            }
            self = span
        } else {
            nanoseconds = try container.decode(Int64.self)
        }
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(nanoseconds)
    }
}
