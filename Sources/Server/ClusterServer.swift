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

    private struct Published {
        var state: State
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var listeners: [UInt64: AsyncStream<CommittedEntry>.Continuation] = [:]
        var recent = RecentEntries()
        var subscriptions: [NodeID: [UInt64: NodeSubscription]] = [:]
        var nextID: UInt64 = 0
        var failure: String?
    }

    private let configuration: Configuration
    private let journal: any Journal
    private let logger: Logger
    private let inputs: Mailbox<Input>
    private let commits: Mailbox<Commit>
    private let published: Mutex<Published>
    private let requests = Mutex<(next: RequestID, waiting: [RequestID: Answer])>((1, [:]))
    private let wakeAt = Mutex<Instant?>(nil)
    private let backlog: Backlog
    /// Holds one element when a snapshot is due.
    private let snapshotsDue = Mailbox<Void>(capacity: 1)

    private typealias Answer = CheckedContinuation<Result<Reply, CommandError>, Never>
    /// What some steps decided, on its way to the journal.
    private struct Commit: Sendable {
        var entries: [Entry] = []
        var touched: [[Touched]] = []
        var replies: [PendingReply] = []
        /// The head after the entries: what is published once they are durable.
        var state: State

        var weight: Int { touched.reduce(0) { $0 + $1.count } }
    }
    /// Priority of jobs that name none. Allocations of those above it are told to their nodes without waiting for more.
    private static let ordinaryPriority = 50
    /// Entries a slow listener may lag behind before the stream is cut.
    private static let listenerLagMax = 4096

    /// Makes a server from what its journal holds. `run` must be called for anything to happen.
    public init(configuration: Configuration, journal: any Journal, logger: Logger) async throws {
        self.configuration = configuration
        self.journal = journal
        self.logger = logger
        inputs = Mailbox(capacity: configuration.mailboxCapacity)
        commits = Mailbox(capacity: configuration.mailboxCapacity)
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
            let id = requests.withLock { table in
                defer { table.next += 1 }
                table.waiting[table.next] = continuation
                return table.next
            }
            if !inputs.send(.command(id, command)) {
                answer(id, .failure(CommandError(429, "server is overloaded; try again later")))
            }
        }
        return try result.get()
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

    private func answer(_ id: RequestID, _ result: Result<Reply, CommandError>) {
        requests.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: result)
    }
}

// MARK: - The two loops

extension ClusterServer {
    public func run() async throws {
        defer { endAll() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.control() }
            group.addTask { try await self.commit() }
            group.addTask { try await self.snapshots() }
            group.addTask { await self.tick() }
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await group.waitForAll()
            } onCancelOrGracefulShutdown: {
                self.inputs.close()
            }
        }
    }

    /// Lets go of everybody who still waits.
    private func endAll() {
        for id in requests.withLock({ Array($0.waiting.keys) }) {
            answer(id, .failure(CommandError(500, "server is shutting down")))
        }
        published.withLock { published in
            for listener in published.listeners.values { listener.finish() }
            published.listeners = [:]
            for subscription in published.subscriptions.values.flatMap(\.values) { subscription.cancel() }
            published.subscriptions = [:]
        }
    }

    /// Steps the control plane over whatever has come in.
    private func control() async {
        var machine = ControlPlane(
            state: committed, seed: configuration.seed, configuration: configuration.controlPlane)
        step(&machine, [.lead])
        while true {
            let batch = await inputs.receiveAll()
            if batch.isEmpty { break }
            step(&machine, batch)
            var more = true
            // With too much under way to the journal, scheduling stops; the commit loop wakes this one again.
            while more, !backlog.isFull(wakesWhenNot: true) {
                more = step(&machine, [.tick])
                // New commands wait no longer than one round of scheduling.
                step(&machine, inputs.takeAll())
                await Task.yield()
            }
        }
        commits.close()
    }

    /// Takes inputs and hands what they decided to the journal, together.
    /// - Returns: whether there is more to schedule.
    @discardableResult
    private func step(_ machine: inout ControlPlane, _ batch: [Input]) -> Bool {
        if batch.isEmpty { return false }
        // Not a copy of the head yet: while it is shared, every change would have to copy what it changes.
        var (entries, touched, replies) = ([Entry](), [[Touched]](), [PendingReply]())
        var more = false
        var wake: Instant?
        for input in batch {
            let effects = machine.step(input, now: now())
            entries += effects.entries
            touched += effects.touched
            replies += effects.replies
            (more, wake) = (effects.hasMoreWork, effects.wakeAt)
        }
        wakeAt.withLock { $0 = wake }
        if !entries.isEmpty || !replies.isEmpty {
            let commit = Commit(entries: entries, touched: touched, replies: replies, state: machine.head)
            backlog.add(commit.weight)
            if !commits.send(commit) {
                logger.critical("the queue to the journal is full; the server stops so that nothing is lost silently")
                inputs.close()
            }
        }
        return more
    }

    /// Makes entries durable, everything that waits in one transaction, then publishes them.
    private func commit() async throws {
        defer { snapshotsDue.close() }
        while true {
            let batch = await commits.receiveAll()
            guard let newest = batch.last else { return }
            let entries = batch.flatMap(\.entries)
            if !entries.isEmpty {
                do {
                    try await journal.append(entries)
                } catch {
                    logger.critical("journal refused an append: \(error)")
                    for commit in batch {
                        for reply in commit.replies {
                            answer(reply.request, .failure(CommandError(500, "the journal failed: \(error)")))
                        }
                    }
                    inputs.close()
                    throw error
                }
                publish(entries, batch.flatMap(\.touched), newest.state)
            }
            for commit in batch { for reply in commit.replies { answer(reply.request, reply.result) } }
            if backlog.remove(batch.reduce(0) { $0 + $1.weight }) { _ = inputs.send(.tick) }
            // Refused while one is due already.
            if journal.wantsSnapshot { _ = snapshotsDue.send(()) }
        }
    }

    /// Stores snapshots beside the appends, which go on meanwhile.
    private func snapshots() async throws {
        while !(await snapshotsDue.receiveAll()).isEmpty {
            if journal.wantsSnapshot { try await journal.store(snapshot: committed) }
        }
    }

    /// - Parameter state: the state after all the entries; also what their events are made from.
    private func publish(_ entries: [Entry], _ touched: [[Touched]], _ state: State) {
        let news = zip(entries, touched).map { CommittedEntry(entry: $0, touched: $1, state: state) }
        let waiters = published.withLock { published -> [CheckedContinuation<Void, Never>] in
            published.state = state
            for entry in news {
                published.recent.add(entry)
                notify(&published.subscriptions, entry)
            }
            for listener in published.listeners.values {
                for entry in news {
                    if case .dropped = listener.yield(entry) {
                        listener.finish()
                        break
                    }
                }
            }
            defer { published.waiters = [:] }
            return Array(published.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Tells nodes of the allocations that the servers changed; what a node itself reported is no news to it.
    private func notify(_ subscriptions: inout [NodeID: [UInt64: NodeSubscription]], _ entry: CommittedEntry) {
        guard !subscriptions.isEmpty else { return }
        func tell(_ node: NodeID, _ id: AllocationID, isUrgent: Bool) {
            guard let listening = subscriptions[node] else { return }
            for (number, subscription) in listening where !subscription.add(id, isUrgent: isUrgent) {
                subscriptions[node]?[number] = nil
            }
        }
        for case .allocations(let list) in entry.entry.changes {
            for allocation in list {
                let isUrgent = allocation.job.job.priority > Self.ordinaryPriority
                tell(allocation.nodeID, allocation.id, isUrgent: isUrgent)
            }
        }
        for case .removedAllocation(let id, let node) in entry.touched { tell(node, id, isUrgent: false) }
    }

    /// Sends a tick when the control plane asked to be woken.
    private func tick() async {
        while !inputs.isClosed {
            // Cancellation closes the inputs, and the control loop still has to empty them.
            try? await Task.sleep(nanoseconds: 20_000_000)
            let due = wakeAt.withLock { wake in
                guard let at = wake, at <= now() else { return false }
                wake = nil
                return true
            }
            if due, !inputs.send(.tick) { return }
        }
    }
}

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
    static let touchedMax = 20_000

    mutating func add(_ entry: CommittedEntry) {
        entries.append(entry)
        touched += entry.touched.count
        guard entries.count > Self.entriesMax || touched > Self.touchedMax else { return }
        // Half of it goes at once, so that an entry costs no shift of all the others. The newest always stays.
        var (drop, left) = (0, touched)
        while drop < entries.count - 1, entries.count - drop > Self.entriesMax / 2 || left > Self.touchedMax / 2 {
            left -= entries[drop].touched.count
            drop += 1
        }
        entries.removeFirst(drop)
        touched = left
    }
}
