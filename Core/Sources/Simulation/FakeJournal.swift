import Base
import Model
import State

/// A journal that keeps bytes: durable ones, and ones that a crash may lose.
struct FakeJournal: Sendable {
    private(set) var durable: [[UInt8]] = []
    private var unsynced: [(bytes: [UInt8], entry: Entry)] = []
    /// Hash of the log up to and with each entry, by index from 1.
    private var chain: [UInt64] = []

    var hasUnsynced: Bool { !unsynced.isEmpty }
    var durableIndex: LogIndex { LogIndex(durable.count) }

    mutating func append(_ entry: Entry) throws {
        unsynced.append((try entry.encoded(), entry))
    }

    /// Makes everything durable; returns it.
    mutating func sync() -> [Entry] {
        let entries = unsynced.map(\.entry)
        for (bytes, _) in unsynced { store(bytes) }
        unsynced = []
        return entries
    }

    private mutating func store(_ bytes: [UInt8]) {
        durable.append(bytes)
        var hash = StableHash()
        hash.combine(chain.last ?? 0)
        hash.combine(bytes)
        chain.append(hash.value)
    }

    /// The hash of the log up to an index; 0 for the empty log.
    func hash(at index: LogIndex) -> UInt64? {
        if index == 0 { return 0 }
        return index <= LogIndex(chain.count) ? chain[Int(index) - 1] : nil
    }

    /// The machine stops: of what was not synced, the first `kept` entries happen to be on disk.
    mutating func crash(keeping kept: Int) {
        for (bytes, _) in unsynced.prefix(kept) { store(bytes) }
        unsynced = []
    }

    var unsyncedCount: Int { unsynced.count }

    /// Forgets durable entries from the end: what a journal must never do.
    mutating func forget(_ count: Int) {
        durable.removeLast(min(count, durable.count))
        chain.removeLast(min(count, chain.count))
    }

    /// The state that the durable log tells.
    func replay() throws -> State {
        var state = State()
        for bytes in durable { state.apply(try Entry(encoded: bytes, following: state)) }
        return state
    }
}
