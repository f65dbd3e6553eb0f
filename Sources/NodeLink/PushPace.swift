import Base
import Synchronization

/// How long a node's news are gathered before the next push to it.
///
/// A quiet cluster pushes almost at once. In a storm a push costs the same whether it carries one allocation or
/// twenty, so the pause grows until all pushes together stay near `pushesPerSecond`.
final class PushPace: Sendable {
    private struct Window {
        var start = Instant.zero
        var pushes = 0
        var pause = PushPace.pauseMin
    }

    private let window = Mutex(Window())

    static let pauseMin = TimeSpan.milliseconds(20)
    static let pauseMax = TimeSpan.milliseconds(1000)
    /// Pushes to all nodes together that the server aims at.
    static let pushesPerSecond: Int64 = 1500
    private static let windowSpan = TimeSpan.milliseconds(100)

    /// Counts a push.
    /// - Returns: how long the same node's next one shall wait.
    func pushed(at now: Instant) -> TimeSpan {
        window.withLock { window in
            window.pushes += 1
            let span = now - window.start
            guard span >= Self.windowSpan else { return window.pause }
            // What a window may have, and what it had: the pause follows, at most twice or half at a time.
            let allowed = max(1, Self.pushesPerSecond * min(span.nanoseconds, 10_000_000_000) / 1_000_000_000)
            let wanted = window.pause.nanoseconds * Int64(window.pushes) / allowed
            let next = min(max(wanted, window.pause.nanoseconds / 2), window.pause.nanoseconds * 2)
            window = Window(
                start: now, pushes: 0,
                pause: min(max(TimeSpan(nanoseconds: next), Self.pauseMin), Self.pauseMax))
            return window.pause
        }
    }
}
