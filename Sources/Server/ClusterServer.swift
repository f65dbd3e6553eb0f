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

        public init(seed: UInt64, now: @escaping @Sendable () -> Instant) {
            self.seed = seed
            self.now = now
        }
    }

    private struct Published {
        var state: State
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var listeners: [UInt64: AsyncStream<CommittedEntry>.Continuation] = [:]
        var recent: [CommittedEntry] = []
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

    private typealias Answer = CheckedContinuation<Result<Reply, CommandError>, Never>
    /// One step's output on its way to the journal.
    private struct Commit: Sendable {
        var entries: [Entry]
        var replies: [PendingReply]
    }
    /// Entries of which the event stream remembers at least the newest.
    private static let recentMax = 1024
    /// Entries a slow listener may lag behind before the stream is cut.
    private static let listenerLagMax = 4096

    /// Makes a server from what its journal holds. `run` must be called for anything to happen.
    public init(configuration: Configuration, journal: any Journal, logger: Logger) async throws {
        self.configuration = configuration
        self.journal = journal
        self.logger = logger
        inputs = Mailbox(capacity: configuration.mailboxCapacity)
        commits = Mailbox(capacity: configuration.mailboxCapacity)
        published = Mutex(Published(state: try await journal.load()))
    }

    /// The newest durable state. Costs nothing.
    public var committed: State { published.withLock { $0.state } }

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
            for entry in published.recent where entry.entry.index >= index { continuation.yield(entry) }
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
        forward(machine.step(.lead, now: now()))
        while true {
            let batch = await inputs.receiveAll()
            if batch.isEmpty { break }
            for input in batch { forward(machine.step(input, now: now())) }
            var more = true
            while more {
                let effects = machine.step(.tick, now: now())
                more = effects.hasMoreWork
                forward(effects)
                // New commands wait no longer than one round of scheduling.
                for input in inputs.takeAll() { forward(machine.step(input, now: now())) }
                await Task.yield()
            }
        }
        commits.close()
    }

    private func forward(_ effects: Effects) {
        wakeAt.withLock { $0 = effects.wakeAt }
        guard !effects.entries.isEmpty || !effects.replies.isEmpty else { return }
        if !commits.send(Commit(entries: effects.entries, replies: effects.replies)) {
            logger.critical("the queue to the journal is full; the server stops so that nothing is lost silently")
            inputs.close()
        }
    }

    /// Makes entries durable, everything that waits in one transaction, then publishes them.
    private func commit() async throws {
        while true {
            let batch = await commits.receiveAll()
            if batch.isEmpty { return }
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
            }
            publish(entries)
            for commit in batch { for reply in commit.replies { answer(reply.request, reply.result) } }
            if journal.wantsSnapshot { try await journal.store(snapshot: committed) }
        }
    }

    private func publish(_ entries: [Entry]) {
        guard !entries.isEmpty else { return }
        var state = committed
        var news: [CommittedEntry] = []
        for entry in entries {
            let touched = state.apply(entry)
            news.append(CommittedEntry(entry: entry, touched: touched, state: state))
        }
        let waiters = published.withLock { published -> [CheckedContinuation<Void, Never>] in
            published.state = state
            published.recent.append(contentsOf: news)
            if published.recent.count > 2 * Self.recentMax {
                published.recent.removeFirst(published.recent.count - Self.recentMax)
            }
            for entry in news { notify(&published.subscriptions, entry) }
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

    private func notify(_ subscriptions: inout [NodeID: [UInt64: NodeSubscription]], _ entry: CommittedEntry) {
        guard !subscriptions.isEmpty else { return }
        for touched in entry.touched {
            let (id, node): (AllocationID, NodeID)
            switch touched {
            case .allocation(let changed):
                guard let allocation = entry.state.allocation(changed) else { continue }
                (id, node) = (changed, allocation.nodeID)
            case .removedAllocation(let removed, let from): (id, node) = (removed, from)
            default: continue
            }
            guard let listening = subscriptions[node] else { continue }
            for (number, subscription) in listening where !subscription.add(id) {
                subscriptions[node]?[number] = nil
            }
        }
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

/// A durable entry with what it touched and the state right after it.
public struct CommittedEntry: Sendable {
    public var entry: Entry
    public var touched: [Touched]
    public var state: State
}
