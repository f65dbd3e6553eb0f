public import Base
public import ControlPlane
import Dispatch
public import Journal
public import Logging
public import Model
public import Scheduling
public import ServiceLifecycle
public import State
import Synchronization

/// A server of the cluster: takes commands, keeps the truth, tells everybody.
///
/// Reads are made from `committed`, which holds durable entries only. Writes go through `submit`, which
/// returns when the entry is durable.
public final class ClusterServer: Service, Sendable {
    /// What a server needs to know of its surroundings.
    public struct Configuration: Sendable {
        public var controlPlane = ControlPlaneConfiguration()
        /// Seed of the ids the leader makes; random in real servers, fixed in tests.
        public var seed: UInt64
        /// The clock: nanoseconds since the epoch.
        public var now: @Sendable () -> Instant
        /// Commands that may wait; more are refused with 429.
        public var mailboxCapacity = 65536
        /// Changes of objects that may wait for the journal; beyond it nothing more is scheduled until it catches
        /// up, so that an urgent job never waits behind a long queue.
        public var undurableMax = 4096

        public init(seed: UInt64, now: @escaping @Sendable () -> Instant) {
            self.seed = seed
            self.now = now
        }
    }

    struct Published {
        var state: State
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var listeners: [UInt64: AsyncStream<CommittedEntry>.Continuation] = [:]
        var recent = RecentEntries()
        var subscriptions: [NodeID: [UInt64: NodeSubscription]] = [:]
        var nextID: UInt64 = 0
        var failure: String?
    }

    let configuration: Configuration
    let journal: any Journal
    let logger: Logger
    let inputs: InputBox
    let commits: CommitBox
    let published: Mutex<Published>
    let requests = Mutex<(next: RequestID, waiting: [RequestID: Answer])>((1, [:]))
    let wakeAt = Mutex<Instant?>(nil)
    let backlog: Backlog
    /// Holds one element when a snapshot is due.
    let snapshotsDue = Mailbox<Void>(capacity: 1)

    typealias Answer = @Sendable (Result<Reply, CommandError>) -> Void
    /// Priority of jobs that name none. Allocations of those above it are told to their nodes without waiting for more.
    static let ordinaryPriority = 50
    /// Entries a slow listener may lag behind before the stream is cut.
    private static let listenerLagMax = 4096

    /// Makes a server from what its journal holds. `run` must be called for anything to happen.
    public init(configuration: Configuration, journal: any Journal, logger: Logger) async throws {
        self.configuration = configuration
        self.journal = journal
        self.logger = logger
        inputs = InputBox(capacity: configuration.mailboxCapacity)
        commits = CommitBox(capacity: configuration.mailboxCapacity)
        backlog = Backlog(limit: configuration.undurableMax)
        published = Mutex(Published(state: try await journal.load()))
    }

    /// The newest durable state. Costs nothing.
    public var committed: State { published.withLock { $0.state } }

    /// What the server's operator set for the cluster.
    public var settings: ControlPlaneConfiguration { configuration.controlPlane }

    /// The current time of this server.
    public func now() -> Instant { configuration.now() }

    /// Runs a command and returns its reply once it is durable.
    /// - Throws: `CommandError` when it is refused, 429 when too many commands wait, 500 when the server stops.
    public func submit(_ command: Command) async throws(CommandError) -> Reply {
        let result: Result<Reply, CommandError> = await withCheckedContinuation { continuation in
            submit(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Runs a command, and tells its reply once it is durable.
    /// - Parameter tell: called once, on a thread that others wait for: it must be quick.
    public func submit(_ command: Command, tell: @escaping @Sendable (Result<Reply, CommandError>) -> Void) {
        let id = requests.withLock { table in
            defer { table.next += 1 }
            table.waiting[table.next] = tell
            return table.next
        }
        if !inputs.send(id, command) {
            answer(id, .failure(CommandError(429, "server is overloaded; try again later")))
        }
    }

    /// What the scheduler would do with a job now, without doing it.
    public func dryRun(_ job: Job) -> Plan {
        var scheduler = Scheduler()
        return scheduler.dryRun(job, state: committed, now: now())
    }

    /// Why a job is not where it should be, and what would change that; nil for unknown jobs.
    public func explain(_ key: JobKey) -> JobExplanation? {
        var scheduler = Scheduler()
        return scheduler.explain(key, state: committed, now: now())
    }

    /// A blocking query: returns when one of the tables has changed after `index`, or at `deadline`.
    public func wait(past index: LogIndex, tables: [Table], until deadline: Instant) async -> State {
        while true {
            let state = committed
            let reached = tables.map { state.tableIndex($0) }.max() ?? state.index
            let left = deadline - now()
            if reached > index || left <= .zero || Task.isCancelled { return state }
            await nextCommit(after: state.index, atMost: left)
        }
    }

    /// Entries as they become durable, from the oldest remembered one with an index of at least `index`
    /// (0: from the oldest remembered). The stream ends when the listener is too slow or the server stops.
    public func events(from index: LogIndex) -> AsyncStream<CommittedEntry> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: CommittedEntry.self, bufferingPolicy: .bufferingOldest(Self.listenerLagMax))
        let id = published.withLock { published -> UInt64 in
            for entry in published.recent.entries where entry.entry.index >= index { continuation.yield(entry) }
            published.nextID += 1
            published.listeners[published.nextID] = continuation
            return published.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.published.withLock { _ = $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    /// Tells which allocations of a node change from now on. Costs the server nothing for other nodes' changes.
    public func subscribe(to node: NodeID) -> NodeSubscription {
        let subscription = NodeSubscription()
        published.withLock { published in
            published.nextID += 1
            published.subscriptions[node, default: [:]][published.nextID] = subscription
        }
        return subscription
    }

    /// Waits for changes of a node's allocations; each comes once. None when the subscription has ended.
    ///
    /// The state has all changes that were told of until now and none that is still to be told of: of what comes
    /// later, `allocModifyIndex` is beyond the state's index.
    public func changes(of subscription: NodeSubscription) async -> (ids: [AllocationID], state: State) {
        await subscription.wait()
        let (ids, state) = published.withLock { (subscription.take(), $0.state) }
        return (Array(Set(ids)).sorted(), state)
    }

    /// Waits until the committed state is newer than `index`, at most for a while.
    private func nextCommit(after index: LogIndex, atMost span: TimeSpan) async {
        let id = published.withLock { published in
            published.nextID += 1
            return published.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isNews = published.withLock { published -> Bool in
                    // It may have come between the look and the wait.
                    if published.state.index > index { return true }
                    published.waiters[id] = continuation
                    return false
                }
                if isNews { return continuation.resume() }
                let deadline = DispatchTime.now() + .nanoseconds(Int(min(span.nanoseconds, 600_000_000_000)))
                DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in self?.wake(id) }
                if Task.isCancelled { wake(id) }
            }
        } onCancel: {
            wake(id)
        }
    }

    private func wake(_ id: UInt64) {
        published.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
    }

    func answer(_ id: RequestID, _ result: Result<Reply, CommandError>) {
        requests.withLock { $0.waiting.removeValue(forKey: id) }?(result)
    }
}
