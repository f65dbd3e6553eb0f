/// A line of a periodic job's schedule: which minutes, hours, days… it names.
///
/// Five fields (minute, hour, day of month, month, day of week), six (a year at the end) or seven (seconds first,
/// year last), or one of the macros `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`. Lists, ranges and steps
/// (`1-5`, `*/10`, `MON,WED`), and for days `L` (last), `15W` (nearest weekday), `FRI#2`, `FRIL`.
public struct CronExpression: Hashable, Sendable {
    public var seconds: Set<Int> = [0]
    public var minutes: Set<Int> = []
    public var hours: Set<Int> = []
    public var months: Set<Int> = []
    public var years: Set<Int> = []
    public var days = Days()
    public var weekdays = Weekdays()

    /// Days of the month.
    public struct Days: Hashable, Sendable {
        public var plain: Set<Int> = []
        /// `L`: the month's last day.
        public var last = false
        /// `LW`: the month's last weekday, Monday to Friday.
        public var lastWeekday = false
        /// `15W`: the weekday nearest to the 15th, within the month.
        public var nearest: Set<Int> = []
        /// Whether the field says something: both this and the weekdays' field restrict, either may match.
        public var isRestricted = true

        public init() {}
    }

    /// Days of the week, 0 is Sunday.
    public struct Weekdays: Hashable, Sendable {
        public var plain: Set<Int> = []
        /// `FRIL`: the month's last Friday.
        public var last: Set<Int> = []
        /// `FRI#2`: the month's second Friday; day × 10 + which.
        public var numbered: Set<Int> = []
        public var isRestricted = true

        public init() {}
    }

    /// Reads a line; throws what is wrong with it, in words.
    public init(_ line: String) throws(CronProblem) {
        let macros = [
            "@annually": "0 0 0 1 1 * *", "@yearly": "0 0 0 1 1 * *", "@monthly": "0 0 0 1 * * *",
            "@weekly": "0 0 0 * * 0 *", "@daily": "0 0 0 * * * *", "@hourly": "0 0 * * * * *",
        ]
        let text = line.trimmedBlanks.lowercased()
        var fields = (macros[text] ?? text).split { $0 == " " || $0 == "\t" }.map(String.init)
        if fields.count < 5 {
            throw CronProblem(
                "missing field(s): a schedule has 5 fields (minute hour day month weekday), not \(fields.count)")
        }
        if fields.count > 7 { throw CronProblem("too many fields: at most 7 (second … year), not \(fields.count)") }
        if fields.count < 7 { fields.insert("0", at: 0) }
        if fields.count < 7 { fields.append("*") }
        seconds = try CronField(name: "second", range: 0...59).values(fields[0])
        minutes = try CronField(name: "minute", range: 0...59).values(fields[1])
        hours = try CronField(name: "hour", range: 0...23).values(fields[2])
        days = try Self.days(fields[3])
        months = try CronField(name: "month", range: 1...12, names: Self.monthNames).values(fields[4])
        weekdays = try Self.weekdays(fields[5])
        years = try CronField(name: "year", range: 1970...2099).values(fields[6])
    }

    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private static func days(_ text: String) throws(CronProblem) -> Days {
        var days = Days()
        days.isRestricted = text != "*" && text != "?"
        let field = CronField(name: "day of month", range: 1...31)
        for part in CronField.parts(text) {
            if part == "l" {
                days.last = true
            } else if part == "lw" {
                days.lastWeekday = true
            } else if part.hasSuffix("w") {
                days.nearest.formUnion(try field.values(String(part.dropLast())))
            } else {
                days.plain.formUnion(try field.values(part))
            }
        }
        return days
    }

    private static func weekdays(_ text: String) throws(CronProblem) -> Weekdays {
        var weekdays = Weekdays()
        weekdays.isRestricted = text != "*" && text != "?"
        let field = CronField(name: "day of week", range: 0...7, names: weekdayNames)
        for part in CronField.parts(text) {
            if part == "l" {
                weekdays.plain.insert(6)
            } else if part.hasSuffix("l") {
                weekdays.last.formUnion(try field.values(String(part.dropLast())).map { $0 % 7 })
            } else if let mark = part.firstIndex(of: "#") {
                let which = Int(part[part.index(after: mark)...]) ?? 0
                guard (1...5).contains(which) else {
                    throw CronProblem("syntax error in day of week field: \"\(part)\" (use #1 to #5)")
                }
                weekdays.numbered.formUnion(try field.values(String(part[..<mark])).map { $0 % 7 * 10 + which })
            } else {
                weekdays.plain.formUnion(try field.values(part).map { $0 % 7 })
            }
        }
        return weekdays
    }
}

/// What is wrong with a schedule line.
public struct CronProblem: Error, Hashable, Sendable {
    public let reason: String

    init(_ reason: String) { self.reason = reason }
}

/// One field of a line: numbers, names, ranges and steps.
private struct CronField {
    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []

    static func parts(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }

    func values(_ text: String) throws(CronProblem) -> Set<Int> {
        var result: Set<Int> = []
        for part in Self.parts(text) { result.formUnion(try values(ofPart: part)) }
        return result
    }

    private func values(ofPart part: String) throws(CronProblem) -> Set<Int> {
        let halves = part.split(separator: "/", omittingEmptySubsequences: false)
        let step = halves.count == 2 ? Int(halves[1]) ?? 0 : 1
        guard let first = halves.first, halves.count <= 2, step > 0 else { throw problem(part) }
        if first == "*" || first == "?" {
            return Set(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        let bounds = first.split(separator: "-", omittingEmptySubsequences: false)
        guard let low = bounds.first.flatMap(number), bounds.count <= 2 else { throw problem(part) }
        var high = halves.count == 2 ? range.upperBound : low
        if bounds.count == 2 {
            guard let end = number(bounds[1]) else { throw problem(part) }
            high = end
        }
        guard low <= high else { throw problem(part) }
        return Set(stride(from: low, through: high, by: step))
    }

    private func number(_ text: Substring) -> Int? {
        if let value = Int(text), text.first != "+" { return range.contains(value) ? value : nil }
        guard text.count >= 3 else { return nil }
        let long = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        let months = [
            "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
            "november", "december",
        ]
        guard let at = names.firstIndex(of: String(text.prefix(3))) else { return nil }
        guard text.count == 3 || (names.count == 12 ? months : long)[at] == text else { return nil }
        return at + (names.count == 12 ? 1 : 0)
    }

    private func problem(_ part: String) -> CronProblem {
        CronProblem(
            "syntax error in \(name) field: \"\(part)\" (numbers from \(range.lowerBound) to \(range.upperBound), lists, ranges, steps)"
        )
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmedBlanks: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}
