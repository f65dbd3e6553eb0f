import Base
import Model
import State

/// The engine below the servers: keeps entries as framed bytes, in order, and says who may write.
///
/// One server alone has it as a file of its own (`embedded`): what is not synced may be lost in a crash, and a
/// record may be torn. Several share it over the network: an append is one transaction that compares the
/// writer's lease and the entry before.
struct FakeLog: Sendable {
    struct Lease: Sendable {
        var holder: Int
        var term: Int
        /// In the world's time: the engine has its own clock.
        var ends: Instant
    }

    enum Outcome: Sendable {
        case stored
        case refused
    }

    /// Frames by index, from `trimmed + 1`.
    private var frames: [[UInt8]] = []
    /// Entries up to this one were trimmed: a snapshot has them.
    private(set) var trimmed: LogIndex = 0
    /// Hash of the log up to and with each entry, by index from 1; never trimmed.
    private var chain: [UInt64] = []
    /// Part of a record that a crash left behind the last whole one.
    private var torn: [UInt8] = []
    private(set) var lease: Lease?
    private var term = 0

    static let leaseTime = TimeSpan.seconds(6)

    var end: LogIndex { LogIndex(chain.count) }

    // MARK: - Who may write

    /// Gives the lease to a server if nobody else has it.
    mutating func campaign(_ server: Int, now: Instant) -> Lease? {
        if let lease, lease.ends > now, lease.holder != server { return nil }
        term += 1
        lease = Lease(holder: server, term: term, ends: now + Self.leaseTime)
        return lease
    }

    mutating func renew(_ term: Int, now: Instant) -> Bool {
        guard let held = lease, held.term == term, held.ends > now else { return false }
        lease?.ends = now + Self.leaseTime
        return true
    }

    // MARK: - Writing

    /// One transaction of a server that holds the lease: all entries or none.
    mutating func append(_ entries: [[UInt8]], after index: LogIndex, term: Int, fenced: Bool = true) -> Outcome {
        if fenced { guard lease?.term == term, index == end else { return .refused } }
        for bytes in entries { store(bytes) }
        return .stored
    }

    mutating func store(_ bytes: [UInt8]) {
        torn = []
        frames.append(Self.frame(bytes))
        var hash = StableHash()
        hash.combine(chain.last ?? 0)
        hash.combine(bytes)
        chain.append(hash.value)
    }

    /// A crash while a record was being written: some of its bytes are there.
    mutating func tear(_ bytes: [UInt8], at count: Int) { torn = Array(Self.frame(bytes).prefix(count)) }

    /// Drops a torn tail, as every reader of a log has to. Returns whether there was one.
    mutating func recover() -> Bool {
        defer { torn = [] }
        return !torn.isEmpty && Self.content(of: torn) == nil
    }

    // MARK: - Reading

    /// The hash of the log up to an index; nil when it doesn't reach so far.
    func hash(at index: LogIndex) -> UInt64? {
        if index == 0 { return 0 }
        return index <= end ? chain[Int(index) - 1] : nil
    }

    /// The bytes of an entry; nil when trimmed, not there or damaged.
    func entry(at index: LogIndex) -> [UInt8]? {
        guard index > trimmed, index <= end else { return nil }
        return Self.content(of: frames[Int(index - trimmed) - 1])
    }

    /// Forgets entries that a majority has in durable snapshots.
    mutating func trim(to index: LogIndex) {
        guard index > trimmed, index <= end else { return }
        frames.removeFirst(Int(index - trimmed))
        trimmed = index
    }

    /// Forgets durable entries from the end: what a log must never do.
    mutating func forget(_ count: Int) {
        let count = min(count, frames.count)
        frames.removeLast(count)
        chain.removeLast(count)
    }

    // MARK: - Frames

    private static func frame(_ bytes: [UInt8]) -> [UInt8] {
        var hash = StableHash()
        hash.combine(bytes)
        return number(UInt64(bytes.count)) + number(hash.value) + bytes
    }

    private static func content(of frame: [UInt8]) -> [UInt8]? {
        guard frame.count >= 16 else { return nil }
        let bytes = Array(frame[16...])
        var hash = StableHash()
        hash.combine(bytes)
        guard Array(frame[..<8]) == number(UInt64(bytes.count)), Array(frame[8..<16]) == number(hash.value) else {
            return nil
        }
        return bytes
    }

    private static func number(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }
}
