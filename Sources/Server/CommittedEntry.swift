public import State

/// A durable entry with what it touched.
public struct CommittedEntry: Sendable {
    public var entry: Entry
    public var touched: [Touched]
    /// A state that has the entry; entries that became durable with it may be in it too.
    public var state: State
}

/// The newest entries, for event streams that begin in the past.
///
/// Old entries hold old states, and those hold what has been replaced since: so their number is bounded, and the
/// number of objects that they touched.
struct RecentEntries {
    private(set) var entries: [CommittedEntry] = []
    private var touched = 0

    static let entriesMax = 2048
    static let touchedMax = 5_000

    /// - Returns: those that had to make room.
    mutating func add(_ entry: CommittedEntry) -> [CommittedEntry] {
        entries.append(entry)
        touched += entry.touched.count
        guard entries.count > Self.entriesMax || touched > Self.touchedMax else { return [] }
        // Half of it goes at once, so that an entry costs no shift of all the others. The newest always stays.
        var (drop, left) = (0, touched)
        while drop < entries.count - 1, entries.count - drop > Self.entriesMax / 2 || left > Self.touchedMax / 2 {
            left -= entries[drop].touched.count
            drop += 1
        }
        defer {
            entries.removeFirst(drop)
            touched = left
        }
        return Array(entries.prefix(drop))
    }
}
