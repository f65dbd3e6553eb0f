public import Base

/// Where a task stands between being received and being dead.
///
/// ```
/// waiting ──▶ starting ──▶ running ──▶ dead
///    ▲           │  ▲         │
///    │           ▼  │         ▼
///    └───────── backoff ◀─────┘
/// recovering ──▶ running, or ──▶ awaitingServer ──▶ waiting
/// ```
/// Every state but `dead` may go to `dead` when the task is killed.
public enum TaskLife: Hashable, Sendable {
    /// Its stage has not come.
    case waiting
    /// The driver is starting it.
    case starting(attempt: String)
    /// It was running before the agent restarted; the driver is looking for it.
    case recovering(attempt: String, StartedInfo)
    case running(attempt: String, StartedInfo)
    /// Starts again at that time.
    case backoff(until: Instant)
    /// It could not be found after a restart of the agent: it starts anew once the servers have said that it
    /// is still wanted.
    case awaitingServer
    case dead

    /// The handle of a process that may exist.
    public var handle: String? {
        switch self {
        case .recovering(_, let info), .running(_, let info): info.handle
        default: nil
        }
    }

    public var attempt: String? {
        switch self {
        case .starting(let attempt), .recovering(let attempt, _), .running(let attempt, _): attempt
        default: nil
        }
    }
}

/// A stop under way.
struct TaskStop: Hashable, Sendable {
    enum Purpose: Hashable, Sendable {
        /// It shall be dead.
        case kill
        /// It shall start again at once; with `fromTheBeginning` when its stage comes again.
        case restart(fromTheBeginning: Bool)
        /// Its checks failed: it counts as a failure, and the restart policy decides.
        case unhealthy
    }

    enum Stage: Hashable, Sendable {
        /// Traffic shall have time to go elsewhere.
        case delaying(until: Instant)
        /// The driver is at it. The number of failed tries so far.
        case stopping(failures: Int)
        /// The driver could not stop it; again at that time.
        case retrying(at: Instant, failures: Int)
    }

    var purpose: Purpose
    var stage: Stage

    /// How often a driver that fails to stop a task is asked again.
    static let retriesMax = 5

    static func retryDelay(afterFailures failures: Int) -> TimeSpan {
        var delay = TimeSpan.seconds(5)
        for _ in 1..<max(1, failures) { delay = min(delay * 4, .minutes(2)) }
        return delay
    }
}
