import AgentCore
import Base
import Model
import NodeLink
import Synchronization

/// A node without tasks: it speaks the node link like an agent, and says of everything that it runs.
final class SimulatedNode: Sendable {
    let node: Node
    private let link: RemoteLink
    private let tally: NodeTally
    private let waiting = Mutex<(updates: [AllocationUpdate], held: Int)>(([], 0))
    private let news: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)
    private let failure: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)

    /// News of allocations are gathered for so long before they are sent; an agent does the same.
    private static let reportPause = Duration.milliseconds(100)
    private static let retryPause = Duration.seconds(1)
    /// Reports in one message.
    private static let reportMax = 2000

    init(_ node: Node, link: RemoteLink, tally: NodeTally) {
        (self.node, self.link, self.tally) = (node, link, tally)
        news = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        failure = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Allocations that it was told to run.
    var held: Int { waiting.withLock { $0.held } }

    /// Falls silent, as a machine that lost its power.
    func fail() { failure.continuation.yield() }

    /// Registers and works until it fails or is cancelled.
    func run() async {
        let ttl = await register()
        tally.registered.add(1, ordering: .relaxed)
        await withTaskGroup { group in
            group.addTask { await self.beat(first: ttl) }
            group.addTask { await self.watch() }
            group.addTask { await self.report() }
            group.addTask { for await _ in self.failure.stream { return } }
            await group.next()
            group.cancelAll()
        }
    }

    private func register() async -> TimeSpan {
        while !Task.isCancelled {
            do throws(ServerLinkError) {
                return try await link.register(node).ttl
            } catch {
                tally.note(error)
                try? await Task.sleep(for: Self.retryPause)
            }
        }
        return .seconds(1)
    }

    private func beat(first ttl: TimeSpan) async {
        var ttl = ttl
        while !Task.isCancelled {
            try? await Task.sleep(for: .nanoseconds(ttl.nanoseconds / 2))
            if Task.isCancelled { return }
            do throws(ServerLinkError) {
                ttl = try await link.heartbeat(node.id, secretID: node.secretID).ttl
            } catch {
                tally.note(error)
                ttl = .seconds(1)
            }
        }
    }

    private func watch() async {
        while !Task.isCancelled {
            do throws(ServerLinkError) {
                try await link.watch(node.id, secretID: node.secretID) { desired in
                    self.take(desired)
                }
            } catch {
                tally.note(error)
                try? await Task.sleep(for: Self.retryPause)
            }
        }
    }

    private func take(_ desired: DesiredAllocations) {
        tally.messages.add(1, ordering: .relaxed)
        var updates: [AllocationUpdate] = []
        let now = Timestamp(Instant(nanoseconds: Int64(clamping: Self.clock())))
        for allocation in desired.allocations {
            switch (allocation.desiredStatus, allocation.clientStatus) {
            case (.run, .pending): updates.append(Self.started(allocation, at: now))
            case (.run, _): break
            case (_, .pending), (_, .running), (_, .unknown): updates.append(Self.ended(allocation, at: now))
            default: break
            }
        }
        guard !updates.isEmpty else { return }
        waiting.withLock {
            $0.updates += updates
            $0.held += updates.count { $0.clientStatus == .running }
        }
        news.continuation.yield()
    }

    private func report() async {
        for await _ in news.stream {
            try? await Task.sleep(for: Self.reportPause)
            if Task.isCancelled { return }
            let batch = waiting.withLock { waiting in
                defer { waiting.updates = [] }
                return waiting.updates
            }
            var rest = batch[...]
            while !rest.isEmpty {
                let part = Array(rest.prefix(Self.reportMax))
                do throws(ServerLinkError) {
                    try await link.report(part, from: node.id, secretID: node.secretID)
                    tally.acknowledged.add(part.count, ordering: .relaxed)
                    tally.reports.add(1, ordering: .relaxed)
                    rest = rest.dropFirst(Self.reportMax)
                } catch {
                    tally.note(error)
                    if error.code == .cancelled { return }
                    try? await Task.sleep(for: Self.retryPause)
                }
            }
        }
    }

    /// What an agent says of an allocation whose task has just been started.
    private static func started(_ allocation: Allocation, at now: Timestamp) -> AllocationUpdate {
        var task = TaskState()
        (task.state, task.startedAt) = (.running, now)
        task.record(
            TaskEvent(
                type: "Started", time: now.instant.nanoseconds, displayMessage: "Task started by client"))
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (allocation.id, .running)
        update.clientDescription = "Tasks are running"
        update.taskStates = ["main": task]
        if !allocation.deploymentID.isZero {
            (update.deploymentHealthy, update.deploymentHealthTime) = (true, now)
        }
        return update
    }

    private static func ended(_ allocation: Allocation, at now: Timestamp) -> AllocationUpdate {
        var task = TaskState()
        (task.state, task.finishedAt) = (.dead, now)
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (allocation.id, .complete)
        update.taskStates = ["main": task]
        return update
    }

    /// Nanoseconds since the epoch.
    private static func clock() -> UInt64 { WallClockReading.nanoseconds() }
}

/// What all simulated nodes did together.
final class NodeTally: Sendable {
    let registered = Atomic<Int>(0)
    /// Sets of wishes that came.
    let messages = Atomic<Int>(0)
    /// Reports that were answered, and the allocations in them.
    let reports = Atomic<Int>(0)
    let acknowledged = Atomic<Int>(0)
    private let errors = Mutex<[String: Int]>([:])

    func note(_ error: ServerLinkError) {
        if error.code == .cancelled { return }
        errors.withLock { $0["\(error.code.name): \(error.message)", default: 0] += 1 }
    }

    /// Messages, reports, acknowledged allocations, then trouble.
    var text: String {
        "\(messages.load(ordering: .relaxed)) \(reports.load(ordering: .relaxed)) "
            + "\(acknowledged.load(ordering: .relaxed)) \(trouble)"
    }

    /// The most frequent errors with their counts; empty when nothing went wrong.
    var trouble: String {
        errors.withLock { $0.sorted { $0.value > $1.value }.prefix(3).map { "\($0.value) × \($0.key)" } }
            .joined(separator: "; ")
    }
}
