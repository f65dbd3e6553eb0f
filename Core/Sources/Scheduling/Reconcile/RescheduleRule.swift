public import Base
public import Model

/// When a failed allocation is tried again elsewhere.
struct RescheduleRule {
    enum Decision: Equatable {
        case never
        case now(delay: TimeSpan)
        case later(at: Instant, delay: TimeSpan)
    }

    /// Due within this time counts as due.
    static let window = TimeSpan.seconds(1)
    /// What a tracker says of the last attempt: it found a place, or none yet.
    static let placed = "ok"
    static let unplaced = "no placement"
    /// Events of earlier attempts that are kept where attempts are unlimited.
    static let eventsKept = 5

    let policy: ReschedulePolicy

    /// What is to be done with a failed allocation.
    /// - Parameter isDue: the evaluation at hand is the one that was made to reschedule it.
    func decide(_ allocation: Allocation, now: Instant, isDue: Bool) -> Decision {
        guard policy.isEnabled else { return .never }
        let failed = Self.failTime(allocation)
        let delay = nextDelay(allocation, failed)
        if allocation.desiredTransition.forceReschedule ?? false { return .now(delay: delay) }
        guard hasAttempts(allocation, failed, delay) else { return .never }
        let time = failed + delay
        return isDue || time - now <= Self.window ? .now(delay: delay) : .later(at: time, delay: delay)
    }

    /// What is to be done with an allocation that is out of reach, which counts as a failure at that time.
    func decide(_ allocation: Allocation, unreachableSince since: Instant, now: Instant) -> Decision {
        let delay = nextDelay(allocation, since)
        guard policy.isEnabled, hasAttempts(allocation, since, delay) else { return .never }
        let time = since + delay
        return time - now <= Self.window ? .now(delay: delay) : .later(at: time, delay: delay)
    }

    /// Whether the policy leaves another attempt to an allocation that failed at a time.
    func hasAttempts(_ allocation: Allocation, _ failed: Instant, _ delay: TimeSpan) -> Bool {
        guard !policy.unlimited else { return true }
        let events = allocation.rescheduleTracker?.events ?? []
        let recent = events.count { failed.nanoseconds - $0.rescheduleTime < policy.interval.nanoseconds }
        return recent < policy.attempts && delay < policy.interval
    }

    /// When the last task ended; without any, when the node reported last.
    static func failTime(_ allocation: Allocation) -> Instant {
        let ends = allocation.taskStates.values.compactMap { $0.finishedAt?.instant }
        return ends.max() ?? Instant(nanoseconds: allocation.modifyTime)
    }

    /// The wait before the next attempt, by the policy's function over the waits before.
    func nextDelay(_ allocation: Allocation, _ failed: Instant) -> TimeSpan {
        let events = allocation.rescheduleTracker?.events ?? []
        guard let last = events.last else { return policy.delay }
        var delay: TimeSpan
        switch policy.delayFunction {
        case "exponential": delay = last.delay * 2
        case "fibonacci":
            delay = events.count >= 2 ? last.delay + events[events.count - 2].delay : policy.delay
        default: return policy.delay
        }
        guard policy.maxDelay > .zero, delay > policy.maxDelay else { return delay }
        delay = policy.maxDelay
        // It ran longer than the longest wait: the trouble is a new one.
        return failed.nanoseconds - last.rescheduleTime > delay.nanoseconds ? policy.delay : delay
    }

    /// The history that the replacement carries.
    func tracker(for old: Allocation, delay: TimeSpan, now: Instant) -> RescheduleTracker {
        var tracker = RescheduleTracker()
        let events = old.rescheduleTracker?.events ?? []
        if policy.unlimited {
            tracker.events = events.suffix(Self.eventsKept)
        } else {
            tracker.events = events.filter { now.nanoseconds - $0.rescheduleTime <= policy.interval.nanoseconds }
        }
        var event = RescheduleEvent()
        (event.rescheduleTime, event.delay) = (now.nanoseconds, delay)
        (event.prevAllocID, event.prevNodeID) = (old.id, old.nodeID)
        tracker.events.append(event)
        tracker.lastReschedule = Self.placed
        return tracker
    }
}

extension ReschedulePolicy {
    /// Whether a failed allocation may be tried again, now or later.
    ///
    /// - Parameter time: when it failed, if its tasks do not tell yet.
    public func mayReschedule(_ allocation: Allocation, failed time: Instant? = nil) -> Bool {
        guard isEnabled else { return false }
        let rule = RescheduleRule(policy: self)
        let failed = time ?? RescheduleRule.failTime(allocation)
        return rule.hasAttempts(allocation, failed, rule.nextDelay(allocation, failed))
    }
}
