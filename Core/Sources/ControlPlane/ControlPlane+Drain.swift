import Base
import Model
import Scheduling
import State

extension ControlPlane {
    /// Starts, changes or ends the draining of a node.
    mutating func drainNode(
        _ id: NodeID, _ strategy: DrainStrategy?, markEligible: Bool, meta: JSON?
    ) throws(CommandError) -> Reply {
        guard var node = head.node(id) else { throw CommandError(500, "node not found") }
        var evaluations: [Evaluation] = []
        if var strategy {
            let old = node.drainStrategy
            strategy.startedAt = old?.startedAt ?? Timestamp(now)
            strategy.forceDeadline = .zero
            if strategy.deadline != .zero { strategy.forceDeadline = Timestamp(now + max(.zero, strategy.deadline)) }
            node.drainStrategy = strategy
            node.schedulingEligibility = .ineligible
            node.lastDrain = lastDrain("draining", started: strategy.startedAt.instant, meta: meta)
            node.record(event(old == nil ? "Node drain strategy set" : "Node drain strategy updated", "Drain"))
        } else {
            if let old = node.drainStrategy {
                node.drainStrategy = nil
                node.lastDrain = lastDrain(
                    "canceled", started: old.startedAt.instant, meta: meta ?? node.lastDrain?["Meta"])
                node.record(event("Node drain disabled", "Drain"))
            }
            if markEligible { node.schedulingEligibility = .eligible }
            if node.isReady { evaluations = nodeEvaluations(node, includesEnded: true) }
        }
        var reply = Reply()
        let changes: [Change] = [.node(node)] + (evaluations.isEmpty ? [] : [.evaluations(evaluations)])
        reply.index = commit("NodeDrain", changes)
        reply.nodeModifyIndex = reply.index
        reply.evaluations = evaluations.map(\.id)
        reply.evaluationIndex = evaluations.isEmpty ? 0 : reply.index
        return reply
    }

    private func lastDrain(_ status: String, started: Instant, meta: JSON?) -> JSON {
        [
            "AccessorID": "", "Meta": meta ?? .null, "StartedAt": .string(started.rfc3339()),
            "Status": .string(status), "UpdatedAt": .string(now.rfc3339()),
        ]
    }

    /// Moves every draining node a step on.
    mutating func watchDrains() {
        var marked: Set<AllocationID> = []
        for id in drains.take(at: now) {
            guard let node = head.node(id), let strategy = node.drainStrategy else {
                drains.remove(id)
                continue
            }
            drain(node, strategy, &marked)
        }
    }

    private mutating func drain(_ node: Node, _ strategy: DrainStrategy, _ marked: inout Set<AllocationID>) {
        let present = head.allocations(onNode: node.id).filter { !$0.isClientTerminal }
        let system = present.filter { $0.job.job.kind == .system }
        let others = present.filter { $0.job.job.kind != .system }
        let isOver = strategy.forceDeadline != .zero && strategy.forceDeadline.instant <= now
        if others.isEmpty, system.isEmpty || strategy.ignoreSystemJobs {
            return finishDrain(of: node, strategy, deadlineReached: isOver)
        }
        var leaving: [Allocation] = []
        if isOver {
            leaving = others + (strategy.ignoreSystemJobs ? [] : system)
        } else if others.isEmpty {
            leaving = system
        } else {
            leaving = nextToMigrate(others, after: marked)
        }
        leaving = leaving.filter { allocation in
            let isAsked = allocation.desiredTransition.migrate ?? false
            return allocation.desiredStatus == .run && (!isAsked || allocation.job.job.kind.runsToCompletion)
        }
        mark(leaving, on: node)
        marked.formUnion(leaving.map(\.id))
        // Health of replacements comes with time as well as with reports.
        let waits = others.contains { $0.job.job.kind == .service && !($0.desiredTransition.migrate ?? false) }
        if waits, !isOver {
            drains.wake(node.id, at: now + configuration.drainStep)
        } else if strategy.forceDeadline != .zero, !isOver {
            drains.wake(node.id, at: strategy.forceDeadline.instant)
        }
    }

    /// Lets services and system jobs be stopped, and replaced elsewhere, by an evaluation; stops what runs once.
    private mutating func mark(_ leaving: [Allocation], on node: Node) {
        guard !leaving.isEmpty else { return }
        var jobs: [JobKey: Job] = [:]
        let marked = leaving.map { allocation in
            jobs[allocation.jobKey] = head.job(allocation.jobKey)?.job ?? allocation.job.job
            var allocation = allocation
            if allocation.job.job.kind.runsToCompletion {
                // It had until the deadline to end by itself. It is not begun again elsewhere.
                (allocation.desiredStatus, allocation.desiredDescription) = (.stop, StopReason.tainted)
            } else {
                allocation.desiredTransition.migrate = true
            }
            return allocation
        }
        let evaluations = jobs.sorted { $0.key < $1.key }.map { _, job in
            var evaluation = evaluation(of: job, .nodeDrain)
            evaluation.nodeID = node.id
            evaluation.nodeModifyIndex = node.modifyIndex
            return evaluation
        }
        commit("AllocationUpdateDesiredStatus", [.allocations(marked), .evaluations(evaluations)])
    }

    /// The allocations that may leave now, so that each group keeps all but `max_parallel` of its healthy ones.
    /// Batch work is left to finish.
    private func nextToMigrate(_ present: [Allocation], after marked: Set<AllocationID>) -> [Allocation] {
        var leaving: [Allocation] = []
        var groups: [(key: JobKey, group: String)] = []
        for allocation in present where allocation.job.job.kind == .service {
            let name = (key: allocation.jobKey, group: allocation.taskGroup)
            if !groups.contains(where: { $0 == name }) { groups.append(name) }
        }
        for (key, name) in groups {
            guard let job = head.job(key)?.job, let group = job.group(name), !job.stop else { continue }
            let parallel = group.migrate?.maxParallel ?? 1
            let all = head.allocations(ofJob: key).filter {
                $0.taskGroup == name && $0.desiredStatus == .run && !$0.isClientTerminal
            }
            let moving = all.count { $0.desiredTransition.migrate ?? false }
            let settled = all.filter { !($0.desiredTransition.migrate ?? false) && isSettled($0, group) }
            var room = max(0, min(settled.count - (group.count - parallel), parallel - moving))
            let here = present.filter {
                $0.jobKey == key && $0.taskGroup == name && $0.desiredStatus == .run
                    && !($0.desiredTransition.migrate ?? false) && !marked.contains($0.id)
            }
            // What isn't healthy serves nobody: moving it costs nothing but keeps to the pace.
            let sick = here.filter { !isHealthy($0, group) }.prefix(max(0, parallel - moving - room))
            leaving.append(contentsOf: sick)
            for allocation in here where room > 0 && isHealthy(allocation, group) {
                leaving.append(allocation)
                room -= 1
            }
        }
        return leaving
    }

    /// Whether the drain waits for it no longer: it is healthy, or had its time to become so.
    private func isSettled(_ allocation: Allocation, _ group: GroupSpec) -> Bool {
        if isHealthy(allocation, group) { return true }
        guard let patience = group.migrate?.healthyDeadline, patience > .zero else { return false }
        return Instant(nanoseconds: allocation.createTime) + patience <= now
    }

    /// Health as its deployment knows it; without one, running long enough.
    private func isHealthy(_ allocation: Allocation, _ group: GroupSpec) -> Bool {
        guard allocation.clientStatus == .running else { return false }
        if let healthy = allocation.deploymentStatus?.healthy { return healthy }
        let started = allocation.taskStates.values.compactMap { $0.startedAt?.instant }.max()
        let since = started ?? Instant(nanoseconds: allocation.modifyTime)
        return since + (group.migrate?.minHealthyTime ?? .zero) <= now
    }

    private mutating func finishDrain(of node: Node, _ strategy: DrainStrategy, deadlineReached: Bool) {
        var node = node
        node.drainStrategy = nil
        node.lastDrain = lastDrain("complete", started: strategy.startedAt.instant, meta: node.lastDrain?["Meta"])
        var done = event("Node drain complete", "Drain")
        if deadlineReached { done.details = ["deadline_reached": "true"] }
        node.record(done)
        commit("NodeDrain", [.node(node)])
    }
}
