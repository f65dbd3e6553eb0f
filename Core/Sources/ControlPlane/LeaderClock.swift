import Base

/// The leader's time: never goes back, and goes on when the clock it is shown does.
///
/// Times in the log come from the clocks of several servers, and clocks are set back. Until the clock that it is
/// shown catches up, the leader's time runs at nine tenths of its speed: deadlines are late by a tenth, not frozen.
struct LeaderClock: Sendable {
    private(set) var now: Instant
    /// What the clock showed last; nil before the first look.
    private var shown: Instant?

    /// - Parameter now: the time of the newest entry.
    init(now: Instant) { self.now = now }

    mutating func advance(to time: Instant) {
        let elapsed = max(0, shown.map { (time - $0).nanoseconds } ?? 0)
        shown = time
        now = max(time, now + TimeSpan(nanoseconds: elapsed - elapsed / 10))
    }

    /// What the clock will show when the leader's time is `due`.
    func shown(at due: Instant) -> Instant {
        guard let shown, shown < now, due > now else { return due }
        let rest = (due - now).nanoseconds
        return min(due, shown + TimeSpan(nanoseconds: rest + rest / 9 + 1))
    }
}
