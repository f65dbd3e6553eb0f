public import Base
internal import Glibc

/// The time and the time zone that layouts use. A value, so that tests have fixed ones.
public struct WallClock: Sendable {
    private let fixed: Instant?
    public let zone: Zone

    /// The system's clock in the local time zone.
    public static let system = WallClock(fixed: nil, zone: .local)

    /// A clock that stands still, in UTC.
    public init(fixedAt instant: Instant) { self.init(fixed: instant, zone: .utc) }

    private init(fixed: Instant?, zone: Zone) { (self.fixed, self.zone) = (fixed, zone) }

    public var now: Instant {
        if let fixed { return fixed }
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// A time zone.
public enum Zone: Sendable, Hashable {
    case utc
    /// The one of the process (`TZ` or the system's).
    case local

    /// Seconds east of Greenwich and the zone's short name at a point in time.
    func offset(at instant: Instant) -> (seconds: Int, name: String) {
        guard self == .local else { return (0, "UTC") }
        var seconds = time_t(instant.seconds)
        var parts = tm()
        guard localtime_r(&seconds, &parts) != nil else { return (0, "UTC") }
        return (parts.tm_gmtoff, parts.tm_zone.map { String(cString: $0) } ?? "")
    }
}
