import Base
import Model

/// The sentences that clients look for in `desiredDescription`.
public enum StopReason {
    static let notNeeded = "alloc not needed due to job update"
    static let migrating = "alloc is being migrated"
    static let updating = "alloc is being updated due to job update"
    static let lost = "alloc is lost since its node is down"
    static let unknown = "alloc is unknown since its node is disconnected"
    /// A drain ended it, and nothing takes its place.
    public static let tainted = "alloc not needed as node is tainted"
    static let rescheduled = "alloc was rescheduled because it failed"
    static let reconnected = "alloc not needed due to disconnected client reconnect"
    static func preempted(by id: AllocationID) -> String { "Preempted by alloc ID \(id.text)" }

    /// Whether a drain ended work that runs once, which nothing replaces.
    static func endsDrainedWork(_ allocation: Allocation) -> Bool {
        allocation.desiredStatus == .stop && allocation.desiredDescription == tainted
            && allocation.nextAllocation.isZero
    }

    /// Whether an ended allocation was still wanted when it had to end, so that its index is owed a replacement.
    /// One that was stopped because nobody needed it leaves none, even if its node was lost before it ended.
    static func leavesHole(_ allocation: Allocation) -> Bool {
        switch allocation.desiredStatus {
        case .run: allocation.clientStatus == .lost
        case .evict: true
        case .stop: allocation.desiredDescription == lost || allocation.desiredDescription == migrating
        }
    }
}

/// An allocation to stop.
struct Stop {
    var allocation: Allocation
    var reason: String
    /// Its node is gone: nothing will be heard of it.
    var isLost = false
    /// Holds its index until this evaluation was worked on.
    var followup = EvaluationID.zero
}

/// An instance to place.
struct Placement {
    var group: Int
    var index: Int
    /// What it replaces.
    var previous: Allocation?
    /// Why the previous one stops once this one has a place; nil when it is stopped (or ended) anyway.
    var stopsPrevious: String?
    /// Set when it replaces a failed allocation: the wait that the policy asked for.
    var rescheduleDelay: TimeSpan?
    var isCanary = false
    /// The version to run where it is not the current one.
    var job: SharedJob?
}

/// What should become of one group.
struct GroupDecision {
    var stops: [Stop] = []
    var placements: [Placement] = []
    /// Indexes that nobody held before and that are placed by the present version; there may be a million.
    /// Their turn is after the first `holesAt` placements.
    var holes: [Int] = []
    var holesAt = 0
    /// Allocations that take over the new version where they are.
    var inPlace: [Allocation] = []
    /// Allocations whose record changes otherwise: a follow-up noted, unreachable.
    var changed: [Allocation] = []
    var desired = DesiredUpdates()
    var followups: [Evaluation] = []
    /// The group's part of the deployment, existing or to be created; nil where there is none.
    var rollout: DeploymentState?
    var createsDeployment = false
    /// Nothing is left to do for the group's rollout.
    var isSettled = true
}
