import Base
import Model
import State

// Why a job that is bound to nodes is, or is not, on one of them.
extension EvaluationRun {
    /// The explanation of one node alone.
    func metricHere(_ row: Int, _ number: Int) -> AllocationMetric {
        let placer = placers[number]
        var metric = AllocationMetric()
        metric.nodesEvaluated = 1
        metric.nodesAvailable = placer.candidates.available
        metric.nodesInPool = placer.candidates.inPool
        metric.nodePool = job?.job.nodePool ?? ""
        let nodeClass = proposed.columns.nodes[row].nodeClass
        let status = placer.status(row, proposed.columns)
        if status < 0 {
            metric.nodesExhausted = 1
            metric.dimensionExhausted = [placer.tally.reasons.texts[-Int(status) - 1]: 1]
            if !nodeClass.isEmpty { metric.classExhausted = [nodeClass: 1] }
        } else if status > 0 {
            metric.nodesFiltered = 1
            metric.constraintFiltered = [placer.tally.reasons.texts[Int(status) - 1]: 1]
            if !nodeClass.isEmpty { metric.classFiltered = [nodeClass: 1] }
        }
        return metric
    }

    /// Notes that a node lacks room, and lets an evaluation wait for room on it.
    mutating func failHere(_ row: Int, _ pass: PerNodePass) {
        let name = pass.group.name
        plan.evaluation.queuedAllocations[name, default: 0] += 1
        if plan.evaluation.failedTGAllocs[name] == nil {
            var metric = metricHere(row, pass.placer)
            Self.addLacking(&metric, pass.group)
            plan.evaluation.failedTGAllocs[name] = metric
        } else {
            plan.evaluation.failedTGAllocs[name]?.coalescedFailures += 1
        }
        let node = proposed.columns.nodes[row]
        if evaluation.triggeredBy == .queuedAllocs, evaluation.nodeID == node.id {
            plan.evaluation.status = .blocked
            plan.evaluation.statusDescription = Self.blockedText
        } else if !plan.evaluations.contains(where: { $0.status == .blocked && $0.nodeID == node.id }) {
            var blocked = blockedEvaluation()
            blocked.nodeID = node.id
            plan.evaluations.append(blocked)
        }
    }
}
