import Base
import Glibc

/// The machine's clock: the only place where the agent reads the time.
enum Wall {
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Sleeps; returns early, without an error, when the caller is cancelled.
    static func sleep(_ time: TimeSpan) async {
        try? await Task.sleep(nanoseconds: UInt64(max(0, time.nanoseconds)))
    }
}
