import AgentCore
import Base
import Drivers
import Logging
import Model
import Synchronization

extension NodeAgent {
    /// Begins everything that a step asked for. What takes time runs in tasks of the group.
    func perform(_ effects: AgentEffects, _ group: inout DiscardingTaskGroup) {
        for id in effects.builds { group.addTask { await self.build(id) } }
        for order in effects.starts {
            let cancel = CancelSwitch()
            waiting.withLock { $0.starts[order.attempt] = cancel }
            group.addTask { await self.start(order, cancel) }
        }
        for attempt in effects.cancellations { waiting.withLock { $0.starts[attempt.attempt] }?.press() }
        for recovery in effects.recoveries { group.addTask { await self.recover(recovery) } }
        for order in effects.stops { group.addTask { await self.stop(order) } }
        for order in effects.destroys {
            enter(order.key.allocation)
            group.addTask { await self.destroy(order) }
        }
        for order in effects.checks { group.addTask { await self.run(order) } }
        performSignals(effects.signals, &group)
        for id in effects.upstreamWatches where waiting.withLock({ $0.watched.insert(id).inserted }) {
            group.addTask { await self.watchUpstream(id) }
        }
        for id in effects.teardowns {
            enter(id)
            group.addTask { await self.tearDown(id) }
        }
        for id in effects.removals { group.addTask { await self.remove(id) } }
        if !effects.updates.isEmpty {
            waiting.withLock { waiting in for update in effects.updates { waiting.updates[update.id] = update } }
        }
        for reply in effects.replies { answer(reply.request, reply.error) }
    }

    // MARK: - Requests

    /// Hands a user's request to the machine and waits for the answer.
    func ask(_ request: AgentRequest) async throws(NodeLocalError) {
        let error: NodeLocalError? = await withCheckedContinuation { continuation in
            let number = waiting.withLock { waiting in
                let number = waiting.nextRequest
                waiting.nextRequest += 1
                waiting.requests[number] = continuation
                return number
            }
            if !mailbox.offer(.request(number, request)) {
                answer(number, NodeLocalError(.failed, "the agent has too much to do; try again in a moment"))
            }
        }
        if let error { throw error }
    }

    func answer(_ request: UInt64, _ error: NodeLocalError?) {
        waiting.withLock { $0.requests.removeValue(forKey: request) }?.resume(returning: error)
    }

    private func performSignals(_ orders: [TaskSignalOrder], _ group: inout DiscardingTaskGroup) {
        for request in Set(orders.map(\.request)).sorted() {
            let orders = orders.filter { $0.request == request }
            group.addTask { await self.signal(orders, request) }
        }
    }

    private func signal(_ orders: [TaskSignalOrder], _ request: UInt64) async {
        var failures: [String] = []
        for order in orders {
            do {
                let handle = try DriverHandle(text: order.handle)
                try await drivers.driver(handle.driver).signal(handle, name: order.name)
            } catch {
                failures.append(error.message)
            }
        }
        answer(
            request, failures.isEmpty ? nil : NodeLocalError(.failed, failures.joined(separator: "; ")))
    }

    // MARK: - Directories

    func directory(_ id: AllocationID) -> AllocationDirectory {
        AllocationDirectory(root: configuration.allocationsDirectory, id: id)
    }

    func allocation(_ id: AllocationID) -> Allocation? { machine.withLock { $0.allocations[id]?.allocation } }

    private func build(_ id: AllocationID) async {
        guard let allocation = allocation(id) else { return }
        do {
            let directory = directory(id)
            await takeOver(allocation, directory)
            try await blocking { try directory.build() }
            let network = try await setUpNetwork(allocation)
            mailbox.post(.built(id, .success(AllocationSetup(network: network))))
        } catch {
            logger.error("can't set up an allocation", metadata: ["allocation": "\(id.short)", "error": "\(error)"])
            mailbox.post(.built(id, .failure(SetupFailure("\(error)"))))
        }
    }

    /// The files of a sticky disk move to the allocation that replaces the one on this node. A disk that can't be
    /// moved is no reason not to run.
    private func takeOver(_ allocation: Allocation, _ directory: AllocationDirectory) async {
        guard let group = allocation.group, group.ephemeralDisk.sticky, !allocation.previousAllocation.isZero
        else { return }
        let previous = self.directory(allocation.previousAllocation)
        let tasks = group.tasks.map(\.name)
        do {
            try await blocking { try directory.adopt(previous, tasks: tasks) }
        } catch {
            logger.warning(
                "the disk of the previous allocation can't be taken over",
                metadata: ["allocation": "\(allocation.id.short)", "error": "\(error)"])
        }
    }

    private func tearDown(_ id: AllocationID) async {
        defer { leave(id) }
        guard let allocation = allocation(id) else { return }
        await tearDownNetwork(allocation)
    }

    /// How often a directory that can't be removed is tried again, and how long is waited in between.
    private static let removalTries = 5
    private static let removalPause = TimeSpan.seconds(2)

    private func remove(_ id: AllocationID) async {
        // What is still being destroyed may use the directory.
        for _ in 0..<300 where isBusy(id) { await Wall.sleep(.milliseconds(100)) }
        let directory = directory(id)
        for attempt in 1...Self.removalTries {
            do {
                try await blocking { try directory.remove() }
                break
            } catch {
                logger.warning(
                    "can't remove an allocation's directory",
                    metadata: ["path": "\(directory.path)", "error": "\(error)", "attempt": "\(attempt)"])
                await Wall.sleep(Self.removalPause)
            }
        }
        do {
            try await store.delete(id)
        } catch {
            logger.error("can't write the agent's state file", metadata: ["error": "\(error)"])
        }
        mailbox.post(.removed(id))
    }

    func enter(_ id: AllocationID) { waiting.withLock { $0.busy[id, default: 0] += 1 } }

    func leave(_ id: AllocationID) {
        waiting.withLock { waiting in
            let left = (waiting.busy[id] ?? 1) - 1
            waiting.busy[id] = left > 0 ? left : nil
        }
    }

    private func isBusy(_ id: AllocationID) -> Bool { waiting.withLock { $0.busy[id] != nil } }
}
