import Testing

@testable import Model

struct CronExpressionTests {
    @Test(arguments: [
        "* * * * *", "15 3 * * 1-5", "*/10 8-18/2 1,15 JAN-MAR MON", "0 0 L * ?", "0 0 15W * *", "0 0 * * FRI#2",
        "0 0 * * 5L", "0 12 1 1 * 2030", "30 0 12 1 1 * 2030", "@hourly", "@daily", "0 0 * * sunday",
        "0 0 1 december *",
    ]) func taken(line: String) throws {
        let expression = try CronExpression(line)
        #expect(!expression.minutes.isEmpty)
    }

    @Test(arguments: [
        ("", "missing field(s)"), ("every day at noon", "missing field(s)"), ("60 * * * *", "minute"),
        ("* 24 * * *", "hour"),
        ("* * 0 * *", "day of month"), ("* * * 13 *", "month"), ("* * * * 8", "day of week"), ("5-1 * * * *", "minute"),
        ("*/0 * * * *", "minute"), ("* * * * FRI#6", "#1 to #5"), ("* * * * * 1960", "year"),
        ("1 2 3 4 5 6 7 8", "too many"),
        ("x * * * *", "minute"),
    ]) func refused(line: String, word: String) {
        let problem = #expect(throws: CronProblem.self) { try CronExpression(line) }
        #expect(problem?.reason.contains(word) == true)
    }

    @Test func fields() throws {
        let expression = try CronExpression("*/20 8-10 1,L 2 FRI,0,7")
        #expect(expression.seconds == [0])
        #expect(expression.minutes == [0, 20, 40])
        #expect(expression.hours == [8, 9, 10])
        #expect(expression.days.plain == [1])
        #expect(expression.days.last)
        #expect(expression.months == [2])
        #expect(expression.weekdays.plain == [5, 0])
        #expect(try CronExpression("0 0 * * *").days.isRestricted == false)
    }

    @Test(arguments: [
        ("UTC", true), ("Europe/Berlin", true), ("America/Argentina/Buenos_Aires", true), ("Local", true), ("", true),
        ("Mars/Olympus", false), ("Europe/Atlantis", false), ("europe/berlin", false),
    ]) func timeZones(name: String, known: Bool) { #expect(TimeZoneNames.contains(name) == known) }
}
