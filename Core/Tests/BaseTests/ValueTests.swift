import Base
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("300ms", 300_000_000), ("1h30m", 5_400_000_000_000), ("1.5s", 1_500_000_000), ("-2m", -120_000_000_000),
        ("0", 0),
        ("1us", 1000), ("2µs", 2000), (".5s", 500_000_000),
    ])
    func durationsAreRead(_ text: String, _ nanoseconds: Int64) {
        #expect(TimeSpan(text: text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: ["", "5", "s", "1d", "1h30", "1 s", "--1s", "1.2.3s", "99999999999h"])
    func whatIsNoDurationIsRefused(_ text: String) {
        #expect(TimeSpan(text: text) == nil)
    }

    @Test(arguments: [
        (0, "0s"), (1, "1ns"), (1500, "1.5µs"), (300_000_000, "300ms"), (5_400_000_000_000, "1h30m0s"),
        (-90_000_000_000, "-1m30s"), (61_500_000_000, "1m1.5s"),
    ])
    func durationsAreWrittenAndReadBack(_ nanoseconds: Int64, _ text: String) {
        #expect(TimeSpan(nanoseconds: nanoseconds).text == text)
        #expect(TimeSpan(text: text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-22T17:36:35Z", 1_795_368_995),
        ("2000-02-29T12:00:00+02:00", 951_818_400),
        ("1969-12-31T23:59:59Z", -1),
    ])
    func timesAreRead(_ text: String, _ seconds: Int64) {
        #expect(Instant(rfc3339: text)?.nanoseconds == seconds * 1_000_000_000)
    }

    @Test func timesComeBackAsTheyWere() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<1000 {
            let instant = Instant(
                nanoseconds: Int64.random(in: -4_000_000_000_000_000_000...8_000_000_000_000_000_000, using: &generator)
            )
            #expect(Instant(rfc3339: instant.rfc3339(fraction: true)) == instant)
            #expect(CalendarTime(instant).instant == instant)
        }
        #expect(Instant(rfc3339: "0001-01-01T00:00:00Z") == Instant(nanoseconds: .min), "too far away for 64 bits")
    }

    /// What does not fit stays at the end of its range: a deadline in three hundred years has not passed.
    @Test func timesStopAtTheirEnds() {
        let (now, ever) = (Instant(nanoseconds: 1_700_000_000_000_000_000), TimeSpan(nanoseconds: .max))
        #expect(now + ever == Instant(nanoseconds: .max))
        #expect(now + TimeSpan(nanoseconds: .min) == Instant(nanoseconds: .min + now.nanoseconds))
        #expect(Instant(nanoseconds: -5) - ever == Instant(nanoseconds: .min))
        #expect(now - Instant(nanoseconds: .min) == ever)
        #expect(
            (ever + ever, ever * 2, ever * -2, TimeSpan.hours(.max)) == (ever, ever, TimeSpan(nanoseconds: .min), ever))
        #expect(now + .seconds(5) - now == .seconds(5))
    }

    @Test(arguments: ["2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "x"])
    func whatIsNoTimeIsRefused(_ text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test func idsAreUUIDs() throws {
        var generator = SeededGenerator(seed: 1)
        let id = ID<Int>(using: &generator)
        #expect(ID<Int>(id.text.uppercased()) == id)
        #expect(Array(id.text)[14] == "4")
        #expect("89ab".contains(Array(id.text)[19]))
        #expect(ID<Int>(String(id.text.dropLast())) == nil)
        #expect(ID<Int>(id.text.replacing("-", with: "x")) == nil)
    }

    @Test func aSeedGivesTheSameNumbersInEveryProcess() {
        var generator = SeededGenerator(seed: 42)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                1_546_998_764_402_558_742, 6_990_951_692_964_543_102, 12_544_586_762_248_559_009,
            ])
        var hash = StableHash()
        hash.combine("ab")
        hash.combine("c")
        var other = StableHash()
        other.combine("a")
        other.combine("bc")
        #expect(hash != other)
    }

    @Test(arguments: [
        #"{"a":[1,-2.5,1e3,"x\n\u00e9\ud83d\ude00",true,false,null,{}],"b":{"c":[]}}"#, "[]", "\"\"", "0", "-0.5",
    ])
    func jsonComesBackAsItWas(_ text: String) throws {
        let tree = try JSON(parsing: text)
        #expect(try JSON(parsing: tree.text) == tree)
        #expect(try JSON(parsing: tree.pretty()) == tree)
    }

    @Test(arguments: [
        ("", 1, 1), ("{", 1, 2), ("[1,]", 1, 4), ("{\"a\" 1}", 1, 6), ("\n\n tru", 3, 2), ("01", 1, 1), ("\"a", 1, 1),
        ("[1] x", 1, 5), ("\"\\q\"", 1, 2),
    ])
    func brokenJSONIsAnErrorWithItsPlace(_ text: String, _ line: Int, _ column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
        #expect(error.map { [$0.line, $0.column] } == [line, column], "\(String(describing: error))")
    }

    @Test func deepJSONIsAnErrorAndNoCrash() {
        let text = String(repeating: "[", count: 100_000)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    }
}
