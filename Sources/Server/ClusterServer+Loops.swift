import Base
import ControlPlane
import Dispatch
import Journal
import Logging
import Model
import ServiceLifecycle
import State
import Synchronization

// MARK: - The two loops

extension ClusterServer {
    /// Of the loops: when the processors are busy with what thousands of nodes say and are told, placing goes on at its
    /// pace.
    private static let niceness: Int32 = -5

    public func run() async throws {
        let (controlThread, commitThread) = (
            ThreadExecutor("control", niceness: Self.niceness), ThreadExecutor("commit", niceness: Self.niceness)
        )
        defer {
            endAll()
            controlThread.stop()
            commitThread.stop()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: controlThread) { await self.control() }
            group.addTask(executorPreference: commitThread) { try await self.commit() }
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
        var isIdle = true
        while true {
            // With too much under way to the journal, reports and scheduling wait; the commit loop wakes this one again.
            let isFull = backlog.isFull(wakesWhenNot: true)
            if isIdle || isFull {
                guard await inputs.wait(withReports: !isFull) else { break }
            }
            // New commands wait no longer than one round.
            step(&machine, inputs.takeAsked())
            if backlog.isFull(wakesWhenNot: true) { continue }
            step(&machine, inputs.takeSaid(atMost: isIdle ? InputBox.saidMax : InputBox.saidWhileSchedulingMax))
            isIdle = backlog.isFull(wakesWhenNot: true) ? false : !step(&machine, [.tick])
        }
        commits.close()
    }

    /// Takes inputs and hands what they decided to the journal, together.
    /// - Returns: whether there is more to schedule.
    @discardableResult
    private func step(_ machine: inout ControlPlane, _ batch: [Input]) -> Bool {
        if batch.isEmpty { return false }
        commits.open()
        // Not a copy of the head yet: while it is shared, every change would have to copy what it changes.
        var commit = Commit()
        var more = false
        var wake: Instant?
        for input in batch {
            let effects = machine.step(input, now: now())
            commit.entries += effects.entries
            commit.touched += effects.touched
            commit.replies += effects.replies
            (more, wake) = (effects.hasMoreWork, effects.wakeAt)
        }
        wakeAt.withLock { $0 = wake }
        backlog.add(commit.weight)
        if !commits.put(commit, state: machine.head) {
            logger.critical("the queue to the journal is full; the server stops so that nothing is lost silently")
            inputs.close()
        }
        return more
    }

    /// Makes entries durable, everything that waits in one transaction, then publishes them.
    private func commit() async throws {
        defer { snapshotsDue.close() }
        while let (commit, state) = await commits.take() {
            let forgotten = try await store(commit, state)
            for reply in commit.replies { answer(reply.request, reply.result) }
            if backlog.remove(commit.weight) { inputs.wake() }
            // Refused while one is due already.
            if journal.wantsSnapshot { _ = snapshotsDue.send(()) }
            // What old entries held may be much: it is let go of when nobody waits for that.
            withExtendedLifetime(forgotten) {}
        }
    }

    /// Makes what was decided durable and publishes it.
    /// - Returns: entries that are remembered no more.
    private func store(_ commit: Commit, _ state: State) async throws -> [CommittedEntry] {
        if commit.entries.isEmpty { return [] }
        do {
            try await journal.append(commit.entries)
        } catch {
            logger.critical("journal refused an append: \(error)")
            for reply in commit.replies {
                answer(reply.request, .failure(CommandError(500, "the journal failed: \(error)")))
            }
            inputs.close()
            throw error
        }
        return publish(commit.entries, commit.touched, state)
    }

    /// Stores snapshots beside the appends, which go on meanwhile.
    private func snapshots() async throws {
        while !(await snapshotsDue.receiveAll()).isEmpty {
            if journal.wantsSnapshot { try await journal.store(snapshot: committed) }
        }
    }

    /// - Parameter state: the state after all the entries; also what their events are made from.
    /// - Returns: entries that are remembered no more.
    private func publish(_ entries: [Entry], _ touched: [[Touched]], _ state: State) -> [CommittedEntry] {
        let news = zip(entries, touched).map { CommittedEntry(entry: $0, touched: $1, state: state) }
        let (waiters, forgotten) = published.withLock { published in
            published.state = state
            var forgotten: [CommittedEntry] = []
            for entry in news {
                forgotten += published.recent.add(entry)
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
            return (Array(published.waiters.values), forgotten)
        }
        for waiter in waiters { waiter.resume() }
        return forgotten
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
            if due { inputs.wake() }
        }
    }
}
