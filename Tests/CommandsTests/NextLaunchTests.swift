import Base
import Model
import Testing

@testable import Commands

@Suite("Next launches of periodic jobs")
struct NextLaunchTests {
    private func job(_ spec: String, zone: String = "UTC") -> JSON {
        ["Periodic": ["Enabled": true, "Spec": .string(spec), "SpecType": "cron", "TimeZone": .string(zone)]]
    }

    @Test func theCronLineDecides() {
        let next = NextLaunch.instant(of: job("30 4 1 1 *"), after: Fixtures.now)
        #expect(next?.rfc3339() == "2027-01-01T04:30:00Z")
        #expect(NextLaunch.instant(of: job("nonsense"), after: Fixtures.now) == nil)
        #expect(NextLaunch.instant(of: ["Periodic": nil], after: Fixtures.now) == nil)
    }

    @Test func stoppedJobsDoNotLaunch() {
        var stopped = job("@daily")
        stopped["Stop"] = true
        #expect(NextLaunch.instant(of: stopped, after: Fixtures.now) == nil)
    }

    /// A file of version 2 with an empty first block, one transition to +1 h and one back.
    private static let file: [UInt8] = {
        func big(_ value: Int64, _ count: Int) -> [UInt8] {
            (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> Int64($0 * 8)) }
        }
        func header(_ times: Int64, _ types: Int64) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
                + [0, 0, 0, times, types, 0].flatMap { big($0, 4) }
        }
        return header(0, 0) + header(2, 2) + big(1_000, 8) + big(2_000, 8) + [1, 0] + big(0, 4) + [0, 0] + big(3600, 4)
            + [1, 0]
    }()

    @Test func zoneFilesAreRead() {
        let rules = ZoneFile.rules(Self.file)
        #expect(rules?.offset(at: Instant(nanoseconds: 0)) == 0)
        #expect(rules?.offset(at: Instant(nanoseconds: 1_500_000_000_000)) == 3600)
        #expect(rules?.offset(at: Instant(nanoseconds: 2_500_000_000_000)) == 0)
    }

    @Test func whatIsNoZoneFileIsRefused() {
        #expect(ZoneFile.rules(Array("TZif".utf8)) == nil)
        #expect(ZoneFile.rules(Array(Self.file.dropLast(4))) == nil)
        #expect(ZoneFile.rules("../../../etc/passwd") == nil)
        #expect(ZoneFile.rules("/etc/passwd") == nil)
        #expect(ZoneFile.rules("")?.transitions.isEmpty == true)
    }
}
