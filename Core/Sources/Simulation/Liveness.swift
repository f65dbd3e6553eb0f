import AgentCore
import Base
import ControlPlane
import Model
import Scheduling
import State

extension World {
    /// What is wrong with a cluster that had time to come to rest; nothing if all is as wished.
    func unrest() -> [String] {
        let leaders = servers.filter(\.leads)
        guard leaders.count == 1, let leader = leaders.first, let plane = leader.plane else {
            return ["\(leaders.count) servers lead"]
        }
        var wrong = plane.invariantViolations()
        let state = leader.committed
        if plane.head.index != state.index { wrong.append("entries wait to be durable") }
        for server in servers where server.committed.index != state.index {
            wrong.append("\(server.name) is at \(server.committed.index), the leader at \(state.index)")
        }
        if plane.waitingEvaluations.ready > 0 {
            wrong.append("\(plane.waitingEvaluations.ready) evaluations wait to be scheduled")
        }
        for machine in nodes where !machine.isRetired {
            let status = state.node(machine.node.id)?.status
            // A purged node stays unknown until its agent beats again.
            if status != .ready { wrong.append("\(machine.name) is \(status.map { "\($0)" } ?? "unknown")") }
        }
        for node in state.allNodes where node.drainStrategy != nil { wrong.append("\(node.name) still drains") }
        for allocation in state.allAllocations where allocation.desiredStatus != .run && !allocation.isClientTerminal {
            wrong.append("\(allocation.name) \(allocation.id.short) is to stop and is \(allocation.clientStatus)")
        }
        for allocation in state.allAllocations
        where !allocation.isTerminal && allocation.clientStatus == .unknown && !Self.isAwaited(allocation, state) {
            wrong.append("\(allocation.name) \(allocation.id.short) is unknown")
        }
        for job in state.allJobs() where !job.job.isLauncher { wrong.append(contentsOf: unrest(of: job.job, state)) }
        for deployment in state.allDeployments where deployment.status == .running && !deployment.requiresPromotion {
            // The deadline begins with the first placement: without one, the deployment waits with its job.
            if deployment.taskGroups.values.contains(where: { $0.requireProgressBy == .zero }) { continue }
            wrong.append("the deployment of \(deployment.jobID) v\(deployment.jobVersion) still runs")
        }
        return wrong + processUnrest(state)
    }

    private func unrest(of job: Job, _ state: State) -> [String] {
        let live = state.allocations(ofJob: job.key).filter { !$0.isTerminal }
        if job.stop { return live.map { "\($0.name) is live, but its job is stopped" } }
        let evaluations = state.evaluations(ofJob: job.key)
        let blocked = evaluations.filter { $0.status == .blocked }
        let waits = evaluations.contains { $0.status == .pending && $0.waitUntil != nil }
        var wrong: [String] = []
        for group in job.taskGroups where !job.kind.isPerNode {
            let own = state.allocations(ofJob: job.key).filter {
                $0.taskGroup == group.name && $0.job.job.createIndex == job.createIndex
            }
            var has = own.count { !$0.isTerminal && $0.clientStatus == .running }
            has += own.count { !$0.isTerminal && Self.isAwaited($0, state) }
            // Completed batch work of this or an older version that was not replaced counts as done.
            // So does what a drain has ended.
            if job.kind == .batch { has += Set(own.filter(Self.isDone).map(\.index)).count }
            wrong.append(contentsOf: excess(of: group, job, own, state))
            guard has < group.count else { continue }
            let reason = blocked.first.flatMap { $0.failedTGAllocs[group.name] }
            // With no node to look at, nothing can be filtered or exhausted.
            let nobody = !state.allNodes.contains(where: \.isReady)
            let explained = reason.map { $0.nodesFiltered + $0.nodesExhausted > 0 || nobody }
            let deployment = state.latestDeployment(ofJob: job.key)
            let held = deployment.map { $0.status == .failed || $0.status == .paused || $0.requiresPromotion } ?? false
            let breaks = group.tasks.contains { $0.config["exit_code"] != nil }
            if !(explained ?? false), !waits, !held, !breaks {
                wrong.append(
                    "\(job.id).\(group.name) v\(job.version) has \(has) of \(group.count) and no reason (\(Self.words(reason)))"
                )
            }
        }
        if job.kind == .system { wrong.append(contentsOf: systemUnrest(of: job, live, blocked, state)) }
        return wrong
    }

    private static func isDone(_ allocation: Allocation) -> Bool {
        allocation.clientStatus == .complete
            || allocation.desiredStatus == .stop && allocation.desiredDescription == StopReason.tainted
    }

    /// Whether its job wants it back from a node that is out of reach, however long it takes.
    private static func isAwaited(_ allocation: Allocation, _ state: State) -> Bool {
        let group = state.job(allocation.jobKey)?.job.group(allocation.taskGroup) ?? allocation.group
        return allocation.clientStatus == .unknown && group?.disconnect?.replace == false
            && state.node(allocation.nodeID).map { $0.status != .ready } ?? true
    }

    /// Nothing runs that nobody wants: one for each index, canaries apart.
    private func excess(of group: GroupSpec, _ job: Job, _ own: [Allocation], _ state: State) -> [String] {
        if state.latestDeployment(ofJob: job.key).map({ $0.status.isActive && $0.requiresPromotion }) ?? false {
            return []
        }
        let live = own.filter { !$0.isTerminal }
        guard live.count > group.count else { return [] }
        return ["\(job.id).\(group.name) v\(job.version) has \(live.count) live of \(group.count)"]
    }

    private static func words(_ reason: AllocationMetric?) -> String {
        guard let reason else { return "nothing is blocked" }
        return "of \(reason.nodesInPool) nodes \(reason.nodesEvaluated) evaluated, \(reason.nodesFiltered) filtered, "
            + "\(reason.nodesExhausted) exhausted"
    }

    private func systemUnrest(of job: Job, _ live: [Allocation], _ blocked: [Evaluation], _ state: State) -> [String] {
        var wrong: [String] = []
        let deployment = state.latestDeployment(ofJob: job.key)
        let isPaused = deployment?.status == .paused
        let isHeld = deployment.map { $0.status == .failed || isPaused || $0.requiresPromotion } ?? false
        for node in state.allNodes where node.isReady && job.taskGroups.contains(where: { $0.count > 0 }) {
            if !job.taskGroups.contains(where: { Self.suits($0, node) }) { continue }
            if job.mountsVolumes, state.allVolumes().isEmpty || node.csiNodePlugins.isEmpty { continue }
            let running = live.count { $0.nodeID == node.id }
            if running > 1 { wrong.append("\(job.id) is \(running) times on \(node.name)") }
            // What failed for good stays away until something else happens.
            let failed = state.allocations(onNode: node.id).contains {
                $0.jobKey == job.key && $0.jobVersion == job.version && $0.clientStatus == .failed
            }
            let waits = blocked.contains { $0.nodeID == node.id || $0.nodeID.isZero }
            if running == 0, !failed, !isPaused, !waits {
                wrong.append("\(job.id) is missing on \(node.name) without a reason")
            }
            let isOld = live.contains { $0.nodeID == node.id && $0.jobVersion != job.version }
            // A rollout that has no room on some node goes no further.
            let isStuck = !blocked.isEmpty && deployment?.status.isActive ?? false
            if isOld, !isHeld, !waits, !isStuck { wrong.append("\(job.id) is of an old version on \(node.name)") }
        }
        return wrong
    }

    /// Whether a node could ever take a group of the workload: by class, cores and devices.
    private static func suits(_ group: GroupSpec, _ node: Node) -> Bool {
        for one in group.constraints where one.lTarget == "${node.class}" && one.rTarget != node.nodeClass {
            return false
        }
        return group.tasks.allSatisfy { task in
            task.resources.cores <= node.nodeResources.cpu.reservableCpuCores.count
                && task.resources.devices.allSatisfy { wanted in
                    node.nodeResources.devices.contains { $0.type == wanted.name && $0.instances.count >= wanted.count }
                }
        }
    }

    /// Processes and reports agree.
    private func processUnrest(_ state: State) -> [String] {
        var wrong: [String] = []
        for machine in nodes {
            let running = Set(machine.driver.running.map(\.process.key.allocation))
            let reported = Set(
                state.allocations(onNode: machine.node.id).filter { $0.clientStatus == .running }.map(\.id))
            for id in running.subtracting(reported).sorted() {
                wrong.append("\(machine.name) runs \(id.short), which the servers don't think")
            }
            for id in reported.subtracting(running).sorted() {
                let restarts = state.allocation(id)?.taskStates.values.contains { $0.restarts > 0 } ?? false
                if !restarts { wrong.append("\(machine.name) doesn't run \(id.short), which the servers think") }
            }
        }
        return wrong
    }
}
