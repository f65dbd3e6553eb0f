public import Base

/// When a place's clocks stand how far from UTC: what a time zone database says of it.
///
/// Core reads no files; who starts the control plane hands the zones in.
public struct TimeZoneRules: Hashable, Sendable {
    /// From an instant on, local time is UTC plus this many seconds.
    public struct Transition: Hashable, Sendable {
        public var at: Instant
        public var offsetSeconds: Int

        public init(at: Instant, offsetSeconds: Int) {
            self.at = at
            self.offsetSeconds = offsetSeconds
        }
    }

    /// Before the first transition.
    public var initialOffsetSeconds: Int
    /// In order of time.
    public var transitions: [Transition]

    public init(initialOffsetSeconds: Int, transitions: [Transition] = []) {
        self.initialOffsetSeconds = initialOffsetSeconds
        self.transitions = transitions
    }

    public static let utc = TimeZoneRules(initialOffsetSeconds: 0)

    /// Seconds east of UTC at an instant.
    public func offset(at instant: Instant) -> Int {
        var (low, high) = (0, transitions.count)
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? initialOffsetSeconds : transitions[low - 1].offsetSeconds
    }

    /// The instants at which clocks show a local time (given as if it were UTC), in order: none in the hour that a
    /// spring change skips, two in the hour that an autumn change repeats.
    public func instants(local: Instant) -> [Instant] {
        if transitions.isEmpty { return [local - .seconds(Int64(initialOffsetSeconds))] }
        var offsets: [Int] = []
        for probe in [local - .hours(26), local, local + .hours(26)] {
            let offset = offset(at: probe)
            if !offsets.contains(offset) { offsets.append(offset) }
        }
        return offsets.map { local - .seconds(Int64($0)) }
            .filter { $0 + .seconds(Int64(offset(at: $0))) == local }
            .sorted()
    }
}
