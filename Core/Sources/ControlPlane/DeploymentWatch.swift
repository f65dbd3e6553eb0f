import Base
import Model

/// What the leader remembers of active deployments beside the state: which changed, when the next deadline
/// is, and when each made its last evaluation.
struct DeploymentWatch: Sendable {
    /// Health counts that an evaluation has been made for.
    struct Seen: Hashable, Sendable {
        var healthy = 0
        var unhealthy = 0
    }

    private var dirty: Set<DeploymentID> = []
    private var fresh: Set<DeploymentID> = []
    private var timers = TimerQueue<DeploymentID>()
    private var seen: [DeploymentID: Seen] = [:]
    private var lastStep: [DeploymentID: Instant] = [:]

    var isDirty: Bool { !dirty.isEmpty }
    mutating func next() -> Instant? { timers.next() }

    mutating func changed(_ id: DeploymentID) { dirty.insert(id) }

    /// Notes that a deployment has just succeeded, whoever said so.
    mutating func succeeded(_ id: DeploymentID) { fresh.insert(id) }
    mutating func takeSucceeded(_ id: DeploymentID) -> Bool { fresh.remove(id) != nil }

    /// The deployments to look at, by id.
    mutating func take(at now: Instant) -> [DeploymentID] {
        while let (id, _) = timers.pop(at: now) { dirty.insert(id) }
        defer { dirty = [] }
        return dirty.sorted()
    }

    mutating func wake(_ id: DeploymentID, at time: Instant) {
        if let due = timers.due(id), due <= time { return }
        timers.set(id, at: time)
    }

    func seen(_ id: DeploymentID) -> Seen { seen[id] ?? Seen() }
    func lastStep(_ id: DeploymentID) -> Instant? { lastStep[id] }

    mutating func stepped(_ id: DeploymentID, _ counts: Seen, at now: Instant) {
        seen[id] = counts
        lastStep[id] = now
    }

    mutating func forget(_ id: DeploymentID) {
        dirty.remove(id)
        timers.remove(id)
        seen[id] = nil
        lastStep[id] = nil
    }
}
