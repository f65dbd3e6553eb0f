import Base
import CaravanClient

/// When a periodic job launches next. The server knows: a plan of the job as it is says so.
struct NextLaunch {
    let client: Client

    /// Nil for jobs that aren't periodic, and where the server doesn't tell.
    func instant(of job: JSON, _ options: QueryOptions) async -> Instant? {
        guard JobLayout.isPeriodic(job), !job.flag("Stop") else { return nil }
        guard let plan = try? await client.plan(id: job.text("ID"), job: job, diff: false, options) else { return nil }
        let text = plan.text("NextPeriodicLaunch")
        return text.hasPrefix("0001-") ? nil : Instant(rfc3339: text)
    }
}
