import Base
import Testing

@testable import Model

@Suite struct TimeZoneFileTests {
    /// A file of version 2 with an empty first block, then its transitions (time, type), types and footer.
    private func file(_ times: [(Int64, UInt8)], _ offsets: [Int64], footer: String = "") -> [UInt8] {
        func big(_ value: Int64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
        }
        func header(_ times: Int64, _ types: Int64) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + [0, 0, 0, times, types, 0].flatMap { big($0, 4) }
        }
        return header(0, 0) + header(Int64(times.count), Int64(offsets.count)) + times.flatMap { big($0.0, 8) }
            + times.map(\.1) + offsets.flatMap { big($0, 4) + [0, 0] } + Array(footer.utf8)
    }

    private func offset(_ rules: TimeZoneRules?, _ time: String) throws -> Int? {
        rules?.offset(at: try #require(Instant(rfc3339: time)))
    }

    @Test func theListIsRead() {
        let rules = TimeZoneRules(file: file([(1_000, 1), (2_000, 0)], [0, 3600]))
        #expect(rules?.offset(at: Instant(nanoseconds: 0)) == 0)
        #expect(rules?.offset(at: Instant(nanoseconds: 1_500_000_000_000)) == 3600)
        #expect(rules?.offset(at: Instant(nanoseconds: 2_500_000_000_000)) == 0)
    }

    @Test func whatIsNoFileIsRefused() {
        let bytes = file([(1_000, 1), (2_000, 0)], [0, 3600])
        for length in 0..<bytes.count {
            #expect(TimeZoneRules(file: Array(bytes[..<length])) == nil, "\(length) bytes of \(bytes.count)")
        }
        #expect(TimeZoneRules(file: Array("not a zone at all, though long enough to be one of them…".utf8)) == nil)
    }

    /// Files of distributions that leave the redundant list out have nothing but the rule for recent years.
    @Test(arguments: [
        ("\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-03-29T00:59:59Z", 3600),
        ("\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-03-29T01:00:00Z", 7200),
        ("\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2026-10-25T00:59:59Z", 7200),
        ("\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2099-10-25T01:00:00Z", 3600),
        ("\nEST5EDT,M3.2.0,M11.1.0\n", "2026-03-08T07:00:00Z", -14400),
        ("\nEST5EDT,M3.2.0,M11.1.0\n", "2026-11-01T06:00:00Z", -18000),
        ("\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-01-15T00:00:00Z", 39600),
        ("\nAEST-10AEDT,M10.1.0,M4.1.0/3\n", "2026-07-15T00:00:00Z", 36000),
        ("\n<+1030>-10:30<+11>-11,M10.1.0,M4.1.0\n", "2026-01-15T00:00:00Z", 39600),
        ("\n<+1030>-10:30<+11>-11,M10.1.0,M4.1.0\n", "2026-07-15T00:00:00Z", 37800),
        ("\nIST-5:30\n", "2026-07-15T00:00:00Z", 19800),
        ("\nXXX3YYY,J60/0,300/-1\n", "2024-03-01T03:00:00Z", -7200),
        ("\nrubbish,M3\n", "2026-07-15T00:00:00Z", 60),
    ])
    func theRuleAtTheEndGoesOn(_ footer: String, _ time: String, _ expected: Int) throws {
        #expect(try offset(TimeZoneRules(file: file([], [60], footer: footer)), time) == expected)
    }

    @Test func aDatabaseKnowsUTCAndItsFiles() {
        let known = file([], [3600])
        let database = TimeZoneDatabase(files: ["Europe/Berlin": known, "Local": known, "Europe/Broken": [1, 2]])
        #expect(database.rules("") == .utc)
        #expect(database.rules("UTC") == .utc)
        #expect(database.rules("Local")?.initialOffsetSeconds == 3600)
        #expect(database.rules("Europe/Berlin")?.initialOffsetSeconds == 3600)
        #expect(database.rules("Europe/Broken") == nil)
        #expect(database.rules("Europe/Paris") == nil)
        #expect(TimeZoneDatabase().rules("Local") == .utc)
    }

    @Test func allNamesAreKnown() {
        #expect(TimeZoneNames.all.count > 500)
        #expect(TimeZoneNames.all.allSatisfy(TimeZoneNames.contains))
    }
}
