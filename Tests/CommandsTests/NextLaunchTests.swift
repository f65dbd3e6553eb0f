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

    @Test func theEarliestOfSeveralLinesDecides() {
        var several = job("")
        several["Periodic"]?["Specs"] = ["0 12 * * *", "30 4 1 1 *", "nonsense"]
        #expect(NextLaunch.instant(of: several, after: Fixtures.now)?.rfc3339().hasSuffix("T12:00:00Z") == true)
    }

    @Test func zonesComeFromTheSystem() {
        #expect(ZoneFile.rules("../../../etc/passwd") == nil)
        #expect(ZoneFile.rules("/etc/passwd") == nil)
        #expect(ZoneFile.rules("")?.transitions.isEmpty == true)
        #expect(ZoneFile.rules("Local") != nil)
        // A machine without a time zone database knows UTC only.
        guard let berlin = ZoneFile.rules("Europe/Berlin") else { return }
        #expect(ZoneFile.database().rules("Europe/Berlin") == berlin)
        #expect(berlin.offset(at: Fixtures.now) == 3600)
    }
}
