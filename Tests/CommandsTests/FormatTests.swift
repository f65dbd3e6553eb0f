import Base
import Testing

@testable import Commands

@Suite("Tables, times and sizes")
struct FormatTests {
    @Test func columnsAreTwoBlanksApart() {
        var table = Table("ID", "Status", "Description")
        table.add("a", "running", "")
        table.add("longer", "", "text")
        #expect(
            table.lines == [
                "ID      Status   Description",
                "a       running  <none>",
                "longer  <none>   text",
            ])
    }

    @Test func emptyCellsCanStayEmptyAndLinesEndWithoutBlanks() {
        var table = Table(["CPU", "Addresses"], empty: "")
        table.add("40 MHz", "")
        #expect(table.lines == ["CPU     Addresses", "40 MHz"])
    }

    @Test func keysAreAligned() {
        let block = KeyValues([("ID", "x"), ("Description", "")])
        #expect(block.lines == ["ID          = x", "Description = <none>"])
    }

    @Test(
        arguments: [
            (0, "0s"), (59, "59s"), (108, "1m48s"), (3600, "1h"), (3605, "1h"), (3661, "1h1m"), (86400, "1d"),
            (90000, "1d1h"), (86400 * 31, "1mo1d"), (86400 * 400, "1y1mo"), (86400 * 365, "1y"),
        ] as [(Int64, String)])
    func relativeTimesHaveTwoUnits(seconds: Int64, text: String) {
        #expect(RelativeTime.text(.seconds(seconds)) == text)
    }

    @Test func momentsAreRelativeUnlessVerbose() {
        let now = Instant(rfc3339: "2026-11-22T16:38:20Z") ?? .zero
        var show = Show(now: now)
        #expect(show.moment(now - .seconds(3)) == "3s ago")
        #expect(show.moment(now + .seconds(70)) == "1m10s from now")
        show.isVerbose = true
        #expect(show.moment(now - .seconds(3)) == "2026-11-22T16:38:17Z")
        #expect(show.time(text: "0001-01-01T00:00:00Z") == "N/A")
        #expect(show.time(text: "2026-11-22T16:38:17.123+00:00") == "2026-11-22T16:38:17Z")
    }

    @Test func idsAreCutUnlessVerbose() {
        let id = "7eac5521-61ef-a964-db09-20098515b346"
        #expect(Show(now: .zero).id(id) == "7eac5521")
        #expect(Show(isVerbose: true, now: .zero).id(id) == id)
    }

    @Test(
        arguments: [
            (0, "0 B"), (9, "9 B"), (10, "10 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (4096, "4.0 KiB"),
            (10 * 1024, "10 KiB"), (29_810_688, "28 MiB"), (25_276_510_208, "24 GiB"), (8 << 30, "8.0 GiB"),
            (270_553_174_016, "252 GiB"), (-5, "0 B"),
        ] as [(Int64, String)])
    func sizesAreInBinaryUnits(bytes: Int64, text: String) {
        #expect(Size.text(bytes) == text)
    }

    @Test(
        arguments: [
            (1.9623, 2, "1.96"), (0, 2, "0.00"), (96.0784, 2, "96.08"), (-1.5, 1, "-1.5"), (99.999, 2, "100.00"),
            (12.5, 0, "12"),
        ] as [(Double, Int, String)])
    func decimalsAreRounded(value: Double, places: Int, text: String) {
        #expect(Decimal.text(value, places: places) == text)
    }

    @Test(
        arguments: [(0.010083, "0.0101"), (0, "0"), (1, "1"), (0.5, "0.5"), (-1, "-1"), (12.3456, "12.3")]
            as [(Double, String)])
    func scoresHaveThreeDigits(value: Double, text: String) {
        #expect(Decimal.significant(value, digits: 3) == text)
    }

    @Test func quotesEscape() {
        #expect(GoQuote.text("a\"b\\c\n\u{1}") == #""a\"b\\c\n\x01""#)
    }

    @Test func aLineIsCutWithoutCuttingColours() {
        #expect(LiveDisplay.cut("\u{1B}[1mabcdef\u{1B}[0m", to: 3) == "\u{1B}[1mabc\u{1B}[0m")
    }

    @Test func coloursNeedATerminalOrAFlag() {
        let console = Console.memory()
        #expect(!Style(console: console, environment: [:], off: false, on: false).isOn)
        #expect(Style(console: console, environment: [:], off: false, on: true).isOn)
        #expect(!Style(console: console, environment: ["NOMAD_CLI_NO_COLOR": "1"], off: false, on: true).isOn)
        #expect(Style(console: console, environment: ["CARAVAN_CLI_FORCE_COLOR": "1"], off: false, on: false).isOn)
    }

    @Test func theNearestWordIsSuggested() {
        #expect(Spelling.nearest(to: "stauts", among: ["status", "stop"]) == "status")
        #expect(Spelling.nearest(to: "frobnicate", among: ["status", "stop"]) == nil)
    }
}
