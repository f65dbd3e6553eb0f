import Base
import CaravanClient
import Model

/// When a periodic job launches next.
enum NextLaunch {
    /// Nil for jobs that aren't periodic, and for times that can't be known here.
    static func instant(of job: JSON, after now: Instant) -> Instant? {
        guard JobLayout.isPeriodic(job), !job.flag("Stop") else { return nil }
        let periodic = job.child("Periodic")
        guard periodic.text("SpecType") == "cron" || periodic.text("SpecType").isEmpty,
            let zone = ZoneFile.rules(periodic.text("TimeZone"))
        else { return nil }
        let lines = [periodic.text("Spec")].filter { !$0.isEmpty } + periodic.texts("Specs")
        return lines.compactMap { try? Cron($0).next(after: now, zone: zone) }.min()
    }
}
