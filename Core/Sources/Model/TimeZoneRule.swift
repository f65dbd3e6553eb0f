import Base

/// The rule by which a zone's clocks change every year, as the footer of a time zone file writes it (POSIX `TZ`
/// with the extensions of RFC 9636): `CET-1CEST,M3.5.0,M10.5.0/3`.
struct TimeZoneRule {
    private enum Day {
        /// The nth weekday of a month; the fifth is the last.
        case weekday(month: Int, week: Int, day: Int)
        /// From 1, the 29th of February never counted.
        case julian(Int)
        /// From 0, the 29th of February counted.
        case ordinal(Int)
    }

    private struct Change {
        var day: Day
        /// Seconds of local time after midnight; may lie on another day.
        var seconds: Int
    }

    private let standardOffset: Int
    private let summer: (offset: Int, start: Change, end: Change)?

    /// Nil for what is no such rule.
    init?(_ text: String) {
        var reader = TimeZoneRuleReader(text)
        guard reader.name(), let standard = reader.offset() else { return nil }
        standardOffset = -standard
        guard reader.name() else {
            guard reader.isAtEnd else { return nil }
            summer = nil
            return
        }
        var offset = standardOffset + 3600
        if !reader.peek(","), let given = reader.offset() { offset = -given }
        guard let start = Self.change(&reader), let end = Self.change(&reader), reader.isAtEnd else { return nil }
        summer = (offset, start, end)
    }

    private static func change(_ reader: inout TimeZoneRuleReader) -> Change? {
        guard reader.take(",") else { return nil }
        let day: Day
        if reader.take("M") {
            guard let month = reader.number(), reader.take("."), let week = reader.number(), reader.take("."),
                let weekday = reader.number(), (1...12).contains(month), (1...5).contains(week),
                (0...6).contains(weekday)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if reader.take("J") {
            guard let number = reader.number(), (1...365).contains(number) else { return nil }
            day = .julian(number)
        } else {
            guard let number = reader.number(), (0...365).contains(number) else { return nil }
            day = .ordinal(number)
        }
        guard reader.take("/") else { return Change(day: day, seconds: 7200) }
        return reader.offset().map { Change(day: day, seconds: $0) }
    }

    /// The changes of a year, in order of time. Without summer time the standard offset at the year's beginning.
    func transitions(in year: Int) -> [TimeZoneRules.Transition] {
        guard let summer else {
            let at = CalendarTime(year: year, month: 1, day: 1).instant - .seconds(Int64(standardOffset))
            return [.init(at: at, offsetSeconds: standardOffset)]
        }
        let start = Self.midnight(summer.start.day, year) + .seconds(Int64(summer.start.seconds - standardOffset))
        let end = Self.midnight(summer.end.day, year) + .seconds(Int64(summer.end.seconds - summer.offset))
        return [
            TimeZoneRules.Transition(at: start, offsetSeconds: summer.offset),
            TimeZoneRules.Transition(at: end, offsetSeconds: standardOffset),
        ].sorted { $0.at < $1.at }
    }

    private static func midnight(_ day: Day, _ year: Int) -> Instant {
        let newYear = CalendarTime(year: year, month: 1, day: 1).instant
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        switch day {
        case .julian(let number): return newYear + .hours(24 * Int64(number - 1 + (isLeap && number >= 60 ? 1 : 0)))
        case .ordinal(let number): return newYear + .hours(24 * Int64(number))
        case .weekday(let month, let week, let weekday):
            let first = CalendarTime(year: year, month: month, day: 1)
            var date = 1 + (weekday - first.weekday + 7) % 7 + 7 * (week - 1)
            let next =
                month == 12
                ? CalendarTime(year: year + 1, month: 1, day: 1) : CalendarTime(year: year, month: month + 1, day: 1)
            while date > next.daysSinceEpoch - first.daysSinceEpoch { date -= 7 }
            return CalendarTime(year: year, month: month, day: date).instant
        }
    }
}

private struct TimeZoneRuleReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { at == bytes.count }

    func peek(_ character: Unicode.Scalar) -> Bool { at < bytes.count && bytes[at] == UInt8(ascii: character) }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek(character) else { return false }
        at += 1
        return true
    }

    /// `CET`, or `<+0330>`; passed over.
    mutating func name() -> Bool {
        let start = at
        if take("<") {
            while at < bytes.count, !peek(">") { at += 1 }
            return take(">")
        }
        while at < bytes.count, bytes[at] | 0x20 >= UInt8(ascii: "a"), bytes[at] | 0x20 <= UInt8(ascii: "z") { at += 1 }
        return at > start
    }

    mutating func number() -> Int? {
        let start = at
        while at < bytes.count, at - start < 4, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        return at == start ? nil : bytes[start..<at].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// `-1`, `5:30`, `+02:00:00`, in seconds.
    mutating func offset() -> Int? {
        let sign = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number() else { return nil }
        var seconds = hours * 3600
        if take(":") {
            guard let minutes = number() else { return nil }
            seconds += minutes * 60
            if take(":") {
                guard let rest = number() else { return nil }
                seconds += rest
            }
        }
        return sign * seconds
    }
}
