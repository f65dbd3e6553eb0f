import Base
import Model

/// Reads the time zone files of the operating system (TZif, RFC 9636).
enum ZoneFile {
    /// Where the system keeps them.
    private static let directory = "/usr/share/zoneinfo"

    /// The rules of a zone such as `Europe/Berlin`; UTC for the empty name. Nil if the system doesn't know it.
    static func rules(_ name: String) -> TimeZoneRules? {
        if name.isEmpty || name == "UTC" { return .utc }
        let isPath = name.hasPrefix("/") || name.split(separator: "/").contains("..")
        guard !isPath, let bytes = try? StandardInput.file(directory + "/" + name) else { return nil }
        return rules(bytes)
    }

    /// The rules in a file's bytes; nil if they aren't TZif of version 2 or later.
    static func rules(_ bytes: [UInt8]) -> TimeZoneRules? {
        guard let first = Header(bytes, at: 0), first.version >= UInt8(ascii: "2") else { return nil }
        // The first block is the same with 32-bit times, for old readers.
        guard let header = Header(bytes, at: first.end(timeBytes: 4)) else { return nil }
        let times = header.start
        let indexes = times + header.timeCount * 8
        let types = indexes + header.timeCount
        guard bytes.count >= types + header.typeCount * 6, header.typeCount > 0 else { return nil }
        func offset(_ type: Int) -> Int? {
            guard type < header.typeCount else { return nil }
            return Int(Int32(truncatingIfNeeded: number(bytes, at: types + type * 6, count: 4)))
        }
        var transitions: [TimeZoneRules.Transition] = []
        for at in 0..<header.timeCount {
            let seconds = Int64(bitPattern: number(bytes, at: times + at * 8, count: 8))
            guard let offset = offset(Int(bytes[indexes + at])) else { return nil }
            // Times that 64 bits of nanoseconds can't hold lie before anything that is scheduled.
            let (instant, over) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            if over { continue }
            transitions.append(.init(at: Instant(nanoseconds: instant), offsetSeconds: offset))
        }
        return TimeZoneRules(initialOffsetSeconds: offset(0) ?? 0, transitions: transitions)
    }

    private struct Header {
        var version: UInt8
        var start: Int
        var timeCount: Int
        var typeCount: Int
        private var others: Int

        private static let size = 44

        init?(_ bytes: [UInt8], at: Int) {
            guard bytes.count >= at + Self.size, Array(bytes[at..<at + 4]) == Array("TZif".utf8) else { return nil }
            func count(_ position: Int) -> Int { Int(number(bytes, at: at + 20 + position * 4, count: 4)) }
            version = bytes[at + 4]
            start = at + Self.size
            (timeCount, typeCount) = (count(3), count(4))
            others = count(0) + count(1) + count(5)
            leaps = count(2)
        }

        private var leaps: Int

        /// Where the block ends.
        func end(timeBytes: Int) -> Int {
            start + timeCount * (timeBytes + 1) + typeCount * 6 + others + leaps * (timeBytes + 4)
        }
    }

    private static func number(_ bytes: [UInt8], at: Int, count: Int) -> UInt64 {
        bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
