import Base
import Model
import State

// Instances of system jobs on nodes that are out of reach.
extension EvaluationRun {
    /// Keeps an instance whose group gives its node time to come back. It is marked as unknown, and an evaluation is
    /// made for the end of that time.
    /// - Returns: whether it is kept; otherwise it is lost.
    mutating func keepsUnreachable(
        _ allocation: Allocation, _ pass: inout PerNodePass, _ context: ReconcileContext
    ) -> Bool {
        let lostAfter = pass.group.lostAfter
        switch allocation.clientStatus {
        case .unknown where Classifier.unreachableSince(allocation) + lostAfter > now: break
        case .running where lostAfter > .zero:
            let end = context.followup(
                at: now + lostAfter, "created for delayed disconnect timeout", .maxDisconnectTimeout)
            if !plan.evaluations.contains(where: { $0.id == end.id }) { plan.evaluations.append(end) }
            let marked = allocation.unreachable(since: now, until: end.id)
            change(allocation) { $0 = marked }
            pass.desired.disconnect += 1
        default: return false
        }
        pass.served.insert(allocation.nodeID)
        return true
    }
}

extension GroupSpec {
    /// How long an allocation out of reach is kept.
    var lostAfter: TimeSpan { max(disconnect?.lostAfter ?? .zero, maxClientDisconnect ?? .zero) }
}

extension Allocation {
    /// The allocation as one whose node is out of reach.
    /// - Parameter end: the evaluation that will find it lost; zero where it is kept for good.
    func unreachable(since now: Instant, until end: EvaluationID) -> Allocation {
        var copy = self
        (copy.clientStatus, copy.clientDescription) = (.unknown, StopReason.unknown)
        var change = AllocationStateChange()
        (change.field, change.value, change.time) = ("ClientStatus", "unknown", Timestamp(now))
        copy.allocStates.append(change)
        if !end.isZero { copy.followupEvalID = end }
        return copy
    }
}
