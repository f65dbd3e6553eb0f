/// A date and time of day in UTC (proleptic Gregorian calendar), for RFC 3339 texts without Foundation.
public struct CalendarTime: Hashable, Sendable {
    public var year: Int
    /// 1 to 12.
    public var month: Int
    /// 1 to 31.
    public var day: Int
    public var hour: Int
    public var minute: Int
    public var second: Int
    public var nanosecond: Int

    public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, nanosecond: Int = 0) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.nanosecond) = (hour, minute, second, nanosecond)
    }

    public init(_ instant: Instant) {
        var seconds = instant.nanoseconds / 1_000_000_000
        var rest = instant.nanoseconds % 1_000_000_000
        if rest < 0 {
            rest += 1_000_000_000
            seconds -= 1
        }
        var days = seconds / 86400
        var time = seconds % 86400
        if time < 0 {
            time += 86400
            days -= 1
        }
        // Days to civil date: Howard Hinnant, "chrono-compatible low-level date algorithms".
        let z = days + 719468
        let era = (z >= 0 ? z : z - 146096) / 146097
        let dayOfEra = z - era * 146097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shifted + 2) / 5 + 1)
        month = Int(shifted < 10 ? shifted + 3 : shifted - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        (hour, minute, second) = (Int(time / 3600), Int(time / 60 % 60), Int(time % 60))
        nanosecond = Int(rest)
    }

    /// Days since 1970-01-01.
    public var daysSinceEpoch: Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146097 + dayOfEra - 719468
    }

    /// Times before 1678 and after 2261 don't fit 64 bits of nanoseconds: they become the nearest that does.
    public var instant: Instant {
        let seconds = Int64(daysSinceEpoch) * 86400 + Int64(hour * 3600 + minute * 60 + second)
        let (nanoseconds, over) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, over2) = nanoseconds.addingReportingOverflow(Int64(nanosecond))
        return Instant(nanoseconds: over || over2 ? (seconds < 0 ? .min : .max) : sum)
    }

    /// 0 is Sunday.
    public var weekday: Int { ((daysSinceEpoch + 4) % 7 + 7) % 7 }
}

extension Instant {
    /// RFC 3339 in UTC: seconds only, or with the fraction (trailing zeros cut) when `fraction` is true.
    public func rfc3339(fraction: Bool = false) -> String {
        String(unsafeUninitializedCapacity: Self.rfc3339BytesMax) { writeRFC3339(to: $0, fraction: fraction) }
    }

    /// Bytes that `writeRFC3339` wants room for.
    public static let rfc3339BytesMax = 30

    /// Writes RFC 3339 in UTC to a place that has room for it.
    /// - Returns: how many bytes it is.
    public func writeRFC3339(to buffer: UnsafeMutableBufferPointer<UInt8>, fraction: Bool) -> Int {
        // An instant's year has four digits: 63 bits of nanoseconds end in 2262.
        let t = CalendarTime(self)
        var at = 0
        func put(_ value: Int, _ width: Int, _ end: UInt8) {
            var rest = value
            for place in stride(from: at + width - 1, through: at, by: -1) {
                buffer[place] = 48 + UInt8(rest % 10)
                rest /= 10
            }
            buffer[at + width] = end
            at += width + 1
        }
        put(t.year, 4, UInt8(ascii: "-"))
        put(t.month, 2, UInt8(ascii: "-"))
        put(t.day, 2, UInt8(ascii: "T"))
        put(t.hour, 2, UInt8(ascii: ":"))
        put(t.minute, 2, UInt8(ascii: ":"))
        put(t.second, 2, UInt8(ascii: "Z"))
        guard fraction, t.nanosecond > 0 else { return at }
        buffer[at - 1] = UInt8(ascii: ".")
        put(t.nanosecond, 9, UInt8(ascii: "Z"))
        // No trailing zeros.
        while buffer[at - 2] == UInt8(ascii: "0") {
            buffer[at - 2] = UInt8(ascii: "Z")
            at -= 1
        }
        return at
    }

    /// Reads RFC 3339 with `Z` or a numeric offset; nil for anything else.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        let marks = [4: 45, 7: 45, 13: 58, 16: 58]
        guard bytes.count >= 20, marks.allSatisfy({ bytes[$0.key] == UInt8($0.value) }), bytes[10] | 32 == 116,
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var at = 19
        var nanosecond = 0
        if bytes[at] == 46 {
            at += 1
            var scale = 100_000_000
            let start = at
            while at < bytes.count, (48...57).contains(bytes[at]) {
                nanosecond += Int(bytes[at] - 48) * scale
                scale /= 10
                at += 1
            }
            if at == start { return nil }
        }
        guard at < bytes.count else { return nil }
        var offset = 0
        if bytes[at] | 32 == 122 {
            guard at + 1 == bytes.count else { return nil }
        } else {
            guard at + 6 == bytes.count, bytes[at] == 43 || bytes[at] == 45, bytes[at + 3] == 58,
                let hours = number(at + 1..<at + 3), let minutes = number(at + 4..<at + 6)
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[at] == 45 ? -1 : 1)
        }
        let local = CalendarTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, nanosecond: nanosecond)
        self = local.instant - .seconds(Int64(offset))
    }
}
