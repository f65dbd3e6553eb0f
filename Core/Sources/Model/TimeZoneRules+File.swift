import Base

/// Time zone files (TZif, RFC 9636): the bytes come in, nobody here opens a file.
extension TimeZoneRules {
    /// No launch is computed beyond this year, so that the rule of a file's footer is laid out up to it.
    private static let lastYear = 2100

    /// The rules in a file's bytes; nil if they aren't TZif of version 2 or later.
    public init?(file bytes: [UInt8]) {
        guard let first = TimeZoneFileHeader(bytes, at: 0), first.version >= UInt8(ascii: "2") else { return nil }
        // The first block is the same with 32-bit times, for old readers.
        guard let header = TimeZoneFileHeader(bytes, at: first.end(timeBytes: 4)) else { return nil }
        let times = header.start
        let indexes = times + header.timeCount * 8
        let types = indexes + header.timeCount
        guard bytes.count >= types + header.typeCount * 6, header.typeCount > 0 else { return nil }
        func offset(_ type: Int) -> Int? {
            guard type < header.typeCount else { return nil }
            return Int(Int32(truncatingIfNeeded: TimeZoneFileHeader.number(bytes, at: types + type * 6, count: 4)))
        }
        var transitions: [Transition] = []
        for at in 0..<header.timeCount {
            let seconds = Int64(bitPattern: TimeZoneFileHeader.number(bytes, at: times + at * 8, count: 8))
            guard let offset = offset(Int(bytes[indexes + at])) else { return nil }
            // Times that 64 bits of nanoseconds can't hold lie before anything that is scheduled.
            let (instant, over) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
            if over { continue }
            transitions.append(Transition(at: Instant(nanoseconds: instant), offsetSeconds: offset))
        }
        self.init(initialOffsetSeconds: offset(0) ?? 0, transitions: transitions)
        let end = header.end(timeBytes: 8)
        if end < bytes.count { append(footer: bytes[end...]) }
    }

    /// Files end in a rule for all times after their list: `\nCET-1CEST,M3.5.0,M10.5.0/3\n`. Files that were made
    /// without the redundant list have little else.
    private mutating func append(footer: ArraySlice<UInt8>) {
        let text = String(decoding: footer.filter { $0 != 0x0A }, as: UTF8.self)
        guard let rule = TimeZoneRule(text) else { return }
        let last = transitions.last?.at
        let firstYear = max(1970, last.map { CalendarTime($0).year } ?? 1970)
        for year in firstYear...Self.lastYear {
            for transition in rule.transitions(in: year) where last.map({ transition.at > $0 }) ?? true {
                transitions.append(transition)
            }
        }
    }
}

/// The counts at the start of a block of a TZif file.
private struct TimeZoneFileHeader {
    var version: UInt8
    var start: Int
    var timeCount: Int
    var typeCount: Int
    private var others: Int
    private var leaps: Int

    private static let size = 44

    init?(_ bytes: [UInt8], at: Int) {
        guard at >= 0, bytes.count >= at + Self.size, Array(bytes[at..<at + 4]) == Array("TZif".utf8) else {
            return nil
        }
        func count(_ position: Int) -> Int { Int(Self.number(bytes, at: at + 20 + position * 4, count: 4)) }
        version = bytes[at + 4]
        start = at + Self.size
        (timeCount, typeCount) = (count(3), count(4))
        others = count(0) + count(1) + count(5)
        leaps = count(2)
    }

    /// Where the block ends.
    func end(timeBytes: Int) -> Int {
        start + timeCount * (timeBytes + 1) + typeCount * 6 + others + leaps * (timeBytes + 4)
    }

    static func number(_ bytes: [UInt8], at: Int, count: Int) -> UInt64 {
        bytes[at..<at + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
