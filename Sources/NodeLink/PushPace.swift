import Base
import Synchronization

/// How long a node's news are gathered before the next push to it.
///
/// A quiet cluster pushes almost at once. In a storm a push and the report that answers it cost the same whether they
/// carry one allocation or fifty, so the pause grows until all pushes together stay near `pushesPerSecond`.
/// Allocations of urgent jobs end it.
final class PushPace: Sendable {
    private struct Window {
        var start = Instant.zero
        var pushes = 0
        var pause = PushPace.pauseMin
    }

    private let window = Mutex(Window())

    static let pauseMin = TimeSpan.milliseconds(20)
    static let pauseMax = TimeSpan.seconds(10)
    /// Pushes to all nodes together that the server aims at.
    static let pushesPerSecond: Int64 = 500
    private static let windowSpan = TimeSpan.milliseconds(100)

    /// Counts a push.
    /// - Returns: how long the same node's next one shall wait.
    func pushed(at now: Instant) -> TimeSpan {
        window.withLock { window in
            window.pushes += 1
            let span = now - window.start
            guard span >= Self.windowSpan else { return window.pause }
            // What a window may have, and what it had: the pause follows, at most twice or half at a time. When
            // nobody pushed although every pause was over, the storm has ended.
            let allowed = max(1, Self.pushesPerSecond * min(span.nanoseconds, 10_000_000_000) / 1_000_000_000)
            let wanted = window.pause.nanoseconds * Int64(window.pushes) / allowed
            let isOver = span.nanoseconds > 2 * max(window.pause.nanoseconds, Self.windowSpan.nanoseconds)
            let next =
                isOver ? 0 : min(max(wanted, window.pause.nanoseconds / 2), window.pause.nanoseconds * 2)
            window = Window(
                start: now, pushes: 0,
                pause: min(max(TimeSpan(nanoseconds: next), Self.pauseMin), Self.pauseMax))
            return window.pause
        }
    }
}
