public import State

/// A log of entries that survives the process.
public protocol Journal: Sendable {
    /// The state that the newest snapshot and the entries after it give.
    /// - Throws: `JournalError` naming the place when anything can't be read; nothing is changed then.
    func load() async throws -> State
    /// Makes entries durable, all or none. Returns when they would survive a power cut.
    func append(_ entries: [Entry]) async throws
    /// Whether enough has been appended since the last snapshot for a new one to pay.
    var wantsSnapshot: Bool { get }
    /// Stores a snapshot and drops the entries it covers.
    func store(snapshot: State) async throws
}
