public import Base

/// Why a cron line can't be used.
public struct CronError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}

/// A cron line: minute, hour, day of month, month, day of week; six fields add the year at the end, seven
/// also seconds at the start. Specials `* ? / , -`, `L` and `W` for days, `#` for weekdays, names of months
/// and days, and the macros from `@hourly` to `@yearly`.
///
/// If both days are restricted, either of them fires.
public struct Cron: Hashable, Sendable {
    private var seconds: [Int]
    private var minutes: [Int]
    private var hours: [Int]
    private var daysOfMonth: [DayOfMonth]?
    private var months: Set<Int>
    private var daysOfWeek: [DayOfWeek]?
    private var years: ClosedRange<Int> = 1970...2099
    private var chosenYears: Set<Int>?

    enum DayOfMonth: Hashable, Sendable {
        case day(Int)
        case last
        /// The weekday nearest to a day, within the month; 0 is the last weekday.
        case weekdayNear(Int)
    }

    enum DayOfWeek: Hashable, Sendable {
        case day(Int)
        case last(Int)
        case nth(Int, Int)
    }

    private static let macros = [
        "@annually": "0 0 1 1 *", "@yearly": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
        "@daily": "0 0 * * *", "@hourly": "0 * * * *",
    ]
    private static let monthNames = [
        "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER",
        "DECEMBER",
    ]
    private static let dayNames = [
        "SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY",
    ]

    /// Reads a line. - Throws: `CronError` that names the field.
    public init(_ line: String) throws(CronError) {
        let text = Self.macros[line.lowercased()] ?? line
        var fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { $0.uppercased() }
        guard (5...7).contains(fields.count) else {
            throw CronError("Invalid cron spec \"\(line)\": expected 5 to 7 fields, found \(fields.count)")
        }
        if fields.count < 7 { fields.insert("0", at: 0) }
        if fields.count < 7 { fields.append("*") }
        func field(_ at: Int, _ name: String, _ range: ClosedRange<Int>, _ names: [String] = [], first: Int = 0)
            throws(CronError) -> CronField
        {
            CronField(text: fields[at], name: name, range: range, names: names, firstName: first, line: line)
        }
        seconds = try field(0, "second", 0...59).values()
        minutes = try field(1, "minute", 0...59).values()
        hours = try field(2, "hour", 0...23).values()
        daysOfMonth = try field(3, "day of month", 1...31).daysOfMonth()
        months = Set(try field(4, "month", 1...12, Self.monthNames, first: 1).values())
        daysOfWeek = try field(5, "day of week", 0...7, Self.dayNames).daysOfWeek()
        if fields[6] != "*", fields[6] != "?" { chosenYears = Set(try field(6, "year", 1970...2099).values()) }
    }

    /// The first time after `instant` at which the line fires in a zone; nil if there is none before 2100.
    public func next(after instant: Instant, zone: TimeZoneRules = .utc) -> Instant? {
        let local = instant + .seconds(Int64(zone.offset(at: instant)))
        // An hour back: in autumn the clocks show times again that lie before `local`.
        var day = CalendarTime(local - .hours(2))
        (day.hour, day.minute, day.second, day.nanosecond) = (0, 0, 0, 0)
        while day.year <= years.upperBound {
            if !matches(month: day.month, year: day.year) {
                day = Self.firstOfNextMonth(day)
                continue
            }
            if matches(day), let time = firstTime(on: day, after: instant, zone: zone) { return time }
            day = CalendarTime(day.instant + .hours(24))
        }
        return nil
    }

    /// Of the hour that spring skips nothing; of the hour that autumn repeats every time twice.
    private func firstTime(on day: CalendarTime, after instant: Instant, zone: TimeZoneRules) -> Instant? {
        var day = day
        var best: Instant?
        for hour in hours {
            day.hour = hour
            (day.minute, day.second) = (59, 59)
            // Hours that are wholly over are not looked into.
            if let end = zone.instants(local: day.instant).last, end <= instant { continue }
            for minute in minutes {
                for second in seconds {
                    (day.minute, day.second) = (minute, second)
                    let times = zone.instants(local: day.instant)
                    // A later time of the clock can be an earlier one of the world only while the clock repeats.
                    if let best, let first = times.first, first >= best { return best }
                    guard let time = times.first(where: { $0 > instant }) else { continue }
                    best = min(best ?? time, time)
                }
            }
        }
        return best
    }

    private func matches(month: Int, year: Int) -> Bool {
        months.contains(month) && (chosenYears?.contains(year) ?? true)
    }

    private func matches(_ day: CalendarTime) -> Bool {
        let byDate = daysOfMonth?.contains { matches($0, day) }
        let byWeekday = daysOfWeek?.contains { matches($0, day) }
        return switch (byDate, byWeekday) {
        case (nil, nil): true
        case (let match?, nil), (nil, let match?): match
        case (let date?, let weekday?): date || weekday
        }
    }

    private func matches(_ rule: DayOfMonth, _ day: CalendarTime) -> Bool {
        let last = Self.daysInMonth(day)
        switch rule {
        case .day(let wanted): return day.day == wanted
        case .last: return day.day == last
        case .weekdayNear(let wanted):
            guard wanted <= last else { return false }
            var target = day
            target.day = wanted == 0 ? last : wanted
            // Saturday goes back, Sunday forward, but not out of the month.
            if target.weekday == 6 { target.day += target.day == 1 ? 2 : -1 }
            if target.weekday == 0 { target.day += target.day == last ? -2 : 1 }
            return day.day == target.day
        }
    }

    private func matches(_ rule: DayOfWeek, _ day: CalendarTime) -> Bool {
        switch rule {
        case .day(let wanted): day.weekday == wanted
        case .last(let wanted): day.weekday == wanted && day.day + 7 > Self.daysInMonth(day)
        case .nth(let wanted, let week): day.weekday == wanted && (day.day - 1) / 7 + 1 == week
        }
    }

    private static func firstOfNextMonth(_ day: CalendarTime) -> CalendarTime {
        CalendarTime(
            year: day.month == 12 ? day.year + 1 : day.year, month: day.month == 12 ? 1 : day.month + 1, day: 1)
    }

    private static func daysInMonth(_ day: CalendarTime) -> Int {
        firstOfNextMonth(day).daysSinceEpoch - CalendarTime(year: day.year, month: day.month, day: 1).daysSinceEpoch
    }
}
