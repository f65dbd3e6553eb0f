/// One field of a cron line, before it is understood.
struct CronField {
    let text: String
    let name: String
    let range: ClosedRange<Int>
    /// Whole names; their first three letters go as well.
    let names: [String]
    /// The number of the first name.
    let firstName: Int
    let line: String

    /// The numbers that the field allows, ascending.
    func values() throws(CronError) -> [Int] {
        var result: Set<Int> = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            result.formUnion(try span(part))
        }
        return result.sorted()
    }

    /// Rules for days of a month; nil when every day goes.
    func daysOfMonth() throws(CronError) -> [Cron.DayOfMonth]? {
        if isAny { return nil }
        var rules: [Cron.DayOfMonth] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part == "L" {
                rules.append(.last)
            } else if part == "LW" || part == "WL" {
                rules.append(.weekdayNear(0))
            } else if part.hasSuffix("W") {
                rules.append(.weekdayNear(try number(part.dropLast())))
            } else {
                rules.append(contentsOf: try span(part).sorted().map { .day($0) })
            }
        }
        return rules
    }

    /// Rules for days of a week, 0 to 6 from Sunday; nil when every day goes.
    func daysOfWeek() throws(CronError) -> [Cron.DayOfWeek]? {
        if isAny { return nil }
        var rules: [Cron.DayOfWeek] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if let hash = part.firstIndex(of: "#") {
                guard let week = Int(part[part.index(after: hash)...]), (1...5).contains(week) else { throw error() }
                rules.append(.nth(try number(part[..<hash]) % 7, week))
            } else if part == "L" {
                rules.append(.day(6))
            } else if part.hasSuffix("L") {
                rules.append(.last(try number(part.dropLast()) % 7))
            } else {
                rules.append(contentsOf: try span(part).map { $0 % 7 }.sorted().map { .day($0) })
            }
        }
        return rules
    }

    private var isAny: Bool { text == "*" || text == "?" }

    /// `*`, `5`, `1-5`, each with `/step`.
    private func span(_ part: Substring) throws(CronError) -> Set<Int> {
        let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(pieces.count) else { throw error() }
        var step = 1
        if pieces.count == 2 {
            // A step beyond the field's end would never be taken.
            guard let given = Int(pieces[1]), (1...range.upperBound).contains(given) else { throw error() }
            step = given
        }
        let (low, high): (Int, Int)
        let bounds = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
        if pieces[0] == "*" || pieces[0] == "?" {
            // A week has its Sunday twice in 0...7.
            (low, high) = (range.lowerBound, range == 0...7 ? 6 : range.upperBound)
        } else if bounds.count == 2 {
            (low, high) = (try number(bounds[0]), try number(bounds[1]))
        } else {
            low = try number(pieces[0])
            high = pieces.count == 2 ? range.upperBound : low
        }
        guard bounds.count <= 2, low <= high else { throw error() }
        return Set(stride(from: low, through: high, by: step))
    }

    private func number(_ text: some StringProtocol) throws(CronError) -> Int {
        if let at = names.firstIndex(where: { $0 == text || $0.prefix(3) == text }) { return at + firstName }
        guard let value = Int(text), range.contains(value) else { throw error() }
        return value
    }

    private func error() -> CronError {
        CronError("Invalid cron spec \"\(line)\": syntax error in \(name) field: '\(text)'")
    }
}
