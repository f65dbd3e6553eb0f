public import Base
public import Model
import State

/// How many evaluations wait, and how.
public struct WaitingEvaluations: Hashable, Sendable {
    public var ready = 0
    public var delayed = 0
    public var blocked = 0
}

extension ControlPlane {
    /// What the evaluation queue holds.
    public var waitingEvaluations: WaitingEvaluations {
        var waiting = WaitingEvaluations()
        waiting.ready = queue.readyCount
        waiting.blocked = queue.blockedCount
        waiting.delayed = queue.waitingCount - queue.readyCount - queue.blockedCount
        return waiting
    }

    /// Whether an evaluation waits here for its turn, its time or room.
    public func awaits(_ id: EvaluationID) -> Bool { queue.holds(id) }

    /// Checks that what is remembered beside the state agrees with it. Costs a walk over the state: for tests
    /// and the simulator.
    /// - Returns: one sentence per broken rule, none if all is well.
    public func invariantViolations() -> [String] {
        guard isLeader else { return [] }
        var broken: [String] = []
        var open = 0
        for evaluation in head.allEvaluations where !evaluation.status.isTerminal {
            open += 1
            if !queue.holds(evaluation.id) {
                broken.append("evaluation \(evaluation.id.short) is \(evaluation.status) and in no queue")
            }
        }
        if open != queue.waitingCount {
            broken.append("\(queue.waitingCount) evaluations are queued, \(open) are open")
        }
        for node in head.allNodes where node.status != .down && heartbeats.due(node.id) == nil {
            broken.append("node \(node.name) is \(node.status) and nobody waits for its heartbeat")
        }
        for node in head.allNodes where (node.drainStrategy != nil) != drains.holds(node.id) {
            broken.append("node \(node.name): the drainer and the state disagree")
        }
        for shared in head.allJobs() {
            let job = shared.job
            let launches = job.isPeriodic && !job.stop && !job.isParameterized && job.periodic?.enabled ?? false
            if !launches, periodic.due(job.key) != nil {
                broken.append("job \(job.id) has a launch time and must not be launched")
            }
        }
        return broken
    }
}
