import Base
import Model
import State
import Testing

@testable import Server

struct RecentEntriesTests {
    /// Entries that touch one object each, then entries that touch many.
    @Test(arguments: [(1, RecentEntries.entriesMax), (1000, RecentEntries.touchedMax / 1000), (100_000, 1)])
    func rememberTheNewestWithinBounds(_ touched: Int, _ atMost: Int) {
        var recent = RecentEntries()
        let last = LogIndex(5000)
        for index in 1...last {
            let entry = Entry(index: index, time: .zero, cause: "Test", changes: [])
            let objects = [Touched](repeating: .other(.jobs), count: touched)
            _ = recent.add(CommittedEntry(entry: entry, touched: objects, state: State()))
        }
        #expect(recent.entries.count <= atMost)
        #expect(recent.entries.count >= max(1, atMost / 2))
        #expect(recent.entries.last?.entry.index == last)
        #expect(recent.entries.map(\.entry.index) == Array((last + 1 - LogIndex(recent.entries.count))...last))
    }

    @Test func backlogWakesOnceWhoeverWaits() {
        let backlog = Backlog(limit: 10)
        backlog.add(11)
        #expect(backlog.isFull(wakesWhenNot: true))
        backlog.add(5)
        let early = backlog.remove(5)
        #expect(!early)
        let now = backlog.remove(1)
        #expect(now)
        #expect(!backlog.isFull(wakesWhenNot: true))
        let again = backlog.remove(10)
        #expect(!again)
    }
}
