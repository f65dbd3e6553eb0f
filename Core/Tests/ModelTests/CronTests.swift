import Base
import Testing

@testable import Model

@Suite struct CronTests {
    private func at(_ text: String) throws -> Instant { try #require(Instant(rfc3339: text)) }

    @Test(arguments: [
        ("* * * * *", "2026-11-22T18:00:30Z", "2026-11-22T18:01:00Z"),
        ("*/15 * * * *", "2026-11-22T18:00:00Z", "2026-11-22T18:15:00Z"),
        ("0 0 1 1 *", "2026-11-22T18:00:00Z", "2027-01-01T00:00:00Z"),
        ("@hourly", "2026-11-22T18:59:59Z", "2026-11-22T19:00:00Z"),
        ("@yearly", "2026-11-22T18:59:59Z", "2027-01-01T00:00:00Z"),
        ("@weekly", "2026-11-22T18:00:00Z", "2026-11-29T00:00:00Z"),
        ("30 4 * * MON-FRI", "2026-11-20T05:00:00Z", "2026-11-23T04:30:00Z"),
        ("0 12 L * *", "2026-02-01T00:00:00Z", "2026-02-28T12:00:00Z"),
        ("0 12 15W * *", "2026-11-01T00:00:00Z", "2026-11-16T12:00:00Z"),
        ("0 12 LW * *", "2026-05-01T00:00:00Z", "2026-05-29T12:00:00Z"),
        ("0 0 * * 5L", "2026-11-01T00:00:00Z", "2026-11-27T00:00:00Z"),
        ("0 0 * * MON#2", "2026-11-01T00:00:00Z", "2026-11-09T00:00:00Z"),
        ("0 0 13 * FRI", "2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"),
        ("0 0 29 2 *", "2026-11-01T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 1 1 * 2031", "2026-11-01T00:00:00Z", "2031-01-01T00:00:00Z"),
        ("*/10 * * * * * *", "2026-11-22T18:00:01Z", "2026-11-22T18:00:10Z"),
        ("0 0 * * 7", "2026-11-23T00:00:00Z", "2026-11-29T00:00:00Z"),
        ("0 0 1 JAN,jul ?", "2026-02-01T00:00:00Z", "2026-07-01T00:00:00Z"),
        ("5-20/5 3 * * *", "2026-11-22T03:11:00Z", "2026-11-22T03:15:00Z"),
    ])
    func fires(_ line: String, after: String, next: String) throws {
        #expect(try Cron(line).next(after: at(after)) == at(next))
    }

    @Test(arguments: [
        "", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *",
        "5-1 * * * *", "a * * * *", "* * * FOO *", "1,,2 * * * *", "* * * * MON#6", "1/2/3 * * * *",
    ])
    func refuses(_ line: String) {
        #expect(throws: CronError.self) { try Cron(line) }
    }

    @Test func neverFires() throws {
        #expect(try Cron("0 0 31 2 *").next(after: at("2026-01-01T00:00:00Z")) == nil)
        #expect(try Cron("0 0 1 1 * 2020").next(after: at("2026-01-01T00:00:00Z")) == nil)
    }

    /// Central Europe in 2026: summer time from 29 March 01:00 UTC to 25 October 01:00 UTC.
    private func berlin() throws -> TimeZoneRules {
        TimeZoneRules(
            initialOffsetSeconds: 3600,
            transitions: [
                .init(at: try at("2026-03-29T01:00:00Z"), offsetSeconds: 7200),
                .init(at: try at("2026-10-25T01:00:00Z"), offsetSeconds: 3600),
            ])
    }

    @Test(arguments: [
        ("0 9 * * *", "2026-01-10T00:00:00Z", "2026-01-10T08:00:00Z"),
        ("0 9 * * *", "2026-07-10T00:00:00Z", "2026-07-10T07:00:00Z"),
        // The hour that spring skips does not come; the next day's does.
        ("30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-30T00:30:00Z"),
        ("*/30 2 * * *", "2026-03-29T00:30:00Z", "2026-03-30T00:00:00Z"),
        ("0 * * * *", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
        // The hour that autumn repeats comes twice.
        ("30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
        ("30 2 * * *", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"),
        ("*/30 * * * *", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"),
        ("*/30 * * * *", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z"),
        ("*/30 * * * *", "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"),
        ("59 59 2 * * * *", "2026-10-25T00:59:58Z", "2026-10-25T00:59:59Z"),
        ("* * 2 * * * *", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z"),
    ])
    func firesInAZone(_ line: String, after: String, next: String) throws {
        #expect(try Cron(line).next(after: at(after), zone: berlin()) == at(next))
    }
}
