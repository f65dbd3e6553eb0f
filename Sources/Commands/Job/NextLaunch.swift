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
            let cron = try? Cron(periodic.text("Spec")), let zone = ZoneFile.rules(periodic.text("TimeZone"))
        else { return nil }
        return cron.next(after: now, zone: zone)
    }
}
