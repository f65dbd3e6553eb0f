public import Base
public import Model

/// Decides whether and when a task starts again after it ended: the group's `restart` block.
public struct RestartTracker: Codable, Hashable, Sendable {
    /// Failures since `windowStart`.
    public private(set) var count = 0
    /// When the current interval began; zero before the first failure.
    public private(set) var windowStart = Instant.zero

    public init() {}

    public static let withinPolicy = "Restart within policy"
    public static let noRestartsAllowed = "Policy allows no restarts"
    public static let unrecoverable = "Error was unrecoverable"
    public static let delayed = "Exceeded allowed attempts, applying a delay"

    /// What happened to the task.
    public enum Cause: Hashable, Sendable {
        case exited(success: Bool)
        case startFailed(recoverable: Bool)
        /// Its checks failed for too long.
        case unhealthy
    }

    public enum Verdict: Hashable, Sendable {
        case restart(after: TimeSpan, reason: String)
        /// It is over, and that counts as a failure.
        case fail(reason: String)
        /// It is over as it should be.
        case finish
    }

    /// The decision; counts the failure. `restartsOnSuccess` is true for tasks that are to run for ever.
    /// `jitter` draws from 0 up to (not including) a quarter of the delay.
    public mutating func decide(
        _ cause: Cause, policy: RestartPolicy, restartsOnSuccess: Bool, now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        if case .startFailed(recoverable: false) = cause { return .fail(reason: Self.unrecoverable) }
        if case .exited(success: true) = cause, !restartsOnSuccess { return .finish }
        if policy.attempts <= 0 { return .fail(reason: Self.noRestartsAllowed) }

        if windowStart == .zero || now > windowStart + policy.interval {
            windowStart = now
            count = 0
        }
        count += 1
        if count > policy.attempts {
            if policy.mode == "delay" {
                let rest = max(.zero, windowStart + policy.interval - now)
                return .restart(after: rest, reason: Self.delayed)
            }
            return .fail(
                reason: "Exceeded allowed attempts \(policy.attempts) in interval \(policy.interval.text)"
                    + " and mode is \"\(policy.mode)\"")
        }
        let quarter = max(0, policy.delay.nanoseconds / 4)
        let jitter = quarter > 0 ? Int64.random(in: 0..<quarter, using: &generator) : 0
        return .restart(after: TimeSpan(nanoseconds: policy.delay.nanoseconds + jitter), reason: Self.withinPolicy)
    }
}
