public import Base
public import Model

/// The life of one allocation: its tasks in the order of their stages, their common end, its health and
/// what the servers are told.
///
/// Every step ends with `settle`, which looks at the whole and does what is due; no rule depends on the order
/// in which news arrive.
public struct AllocationMachine: Sendable {
    /// Where the allocation as a whole stands.
    enum Phase: Hashable, Sendable {
        /// Its predecessors still run somewhere.
        case waiting(Set<AllocationID>)
        /// Directories and network are being made.
        case building
        /// Tasks start, run and end.
        case active
        /// Nothing runs any more.
        case done
    }

    /// Why everything has to end.
    enum Ending: Hashable, Sendable {
        case stopped
        case failed(String)
        case leaderDead
        case mainsDead
        case expired
        /// Out of the servers' reach for longer than the job allows.
        case disconnected
    }

    public internal(set) var allocation: Allocation
    /// In the order of the group.
    public internal(set) var tasks: [TaskMachine]
    public internal(set) var networkStatus: NetworkStatus?
    var phase: Phase
    var ending: Ending?
    /// While the group's `shutdown_delay` lasts, nothing is killed.
    var killFrom = Instant.zero
    var isBuilt = false
    var isExpired = false
    var isDisconnected = false
    /// The servers have collected it: everything has to go.
    var isForgotten = false
    /// `removals` was asked for.
    var isRemoving = false
    var checks: [CheckMachine] = []
    var health: HealthTracker?
    var healthy: Bool?
    var healthTime = Timestamp.zero
    /// When `health` wants to look again.
    var healthWake: Instant?
    var lastUpdate: AllocationUpdate?
    var isDirty = true

    init(_ allocation: Allocation, upstreams: Set<AllocationID>, now: Instant) {
        self.allocation = allocation
        phase = upstreams.isEmpty ? .building : .waiting(upstreams)
        let specs = allocation.group?.tasks ?? []
        tasks = specs.map { TaskMachine(TaskKey(allocation.id, $0.name), $0, now: now) }
        checks = Self.makeChecks(allocation)
    }

    public var id: AllocationID { allocation.id }
    public var isDone: Bool { phase == .done }
    public func task(_ name: String) -> TaskMachine? { tasks.first { $0.key.task == name } }

    /// Results of its checks, in order of their ids.
    public var checkStatuses: [CheckStatus] { checks.map(\.status).sorted { $0.id < $1.id } }

    /// What the servers are told now.
    public var update: AllocationUpdate {
        var update = AllocationUpdate()
        update.id = id
        (update.clientStatus, update.clientDescription) = AllocationStatus.derive(
            tasks.lazy.map(\.state), expired: isExpired)
        for task in tasks { update.taskStates[task.key.task] = task.state }
        update.deploymentHealthy = healthy
        update.deploymentHealthTime = healthTime
        update.networkStatus = networkStatus
        return update
    }

    // MARK: - Steps

    /// First step after `init`.
    mutating func begin(_ context: inout StepContext) {
        if phase == .building { context.effects.builds.append(id) }
        context.effects.specificationSaves.append(id)
        settle(&context)
    }

    mutating func replace(_ new: Allocation, _ context: inout StepContext) {
        let rolledOut = new.deploymentID != allocation.deploymentID
        let respecified = new.job != allocation.job
        allocation = new
        if rolledOut {
            healthy = nil
            health = nil
            // The new deployment has to hear of it even if the verdict is the old one.
            lastUpdate = nil
        }
        if respecified { respecify() }
        context.effects.specificationSaves.append(id)
        settle(&context)
    }

    /// An in-place change: same tasks, other settings.
    private mutating func respecify() {
        for at in tasks.indices {
            guard let spec = allocation.group?.task(tasks[at].key.task) else { continue }
            tasks[at].spec = spec
        }
        let old = checks
        checks = Self.makeChecks(allocation).map { new in
            guard let same = old.first(where: { $0.key == new.key && $0.check == new.check }) else { return new }
            var kept = same
            kept.service = new.service
            return kept
        }
    }

    mutating func upstreamEnded(_ upstream: AllocationID, _ context: inout StepContext) {
        guard case .waiting(var upstreams) = phase, upstreams.remove(upstream) != nil else { return }
        phase = upstreams.isEmpty ? .building : .waiting(upstreams)
        if phase == .building { context.effects.builds.append(id) }
        settle(&context)
    }

    mutating func built(_ result: Result<AllocationSetup, SetupFailure>, _ context: inout StepContext) {
        // A network that was lost with its machine's restart is made anew under an allocation that goes on.
        if phase == .active, case .success(let setup) = result {
            networkStatus = setup.network
            isDirty = true
            return settle(&context)
        }
        guard phase == .building else { return }
        phase = .active
        isDirty = true
        switch result {
        case .success(let setup):
            isBuilt = true
            networkStatus = setup.network
        case .failure(let failure):
            for at in tasks.indices {
                tasks[at].record(
                    .startFailed(.setup, "failed to setup alloc: \(failure.message)", at: context.now))
                tasks[at].finish(failed: true, &context)
            }
        }
        settle(&context)
    }

    mutating func step(_ task: String, _ input: TaskInput, _ context: inout StepContext) {
        guard let at = tasks.firstIndex(where: { $0.key.task == task }) else { return }
        tasks[at].step(input, &context)
        settle(&context)
    }

    mutating func checked(_ key: CheckKey, _ result: CheckResult, _ context: inout StepContext) {
        guard let at = checks.firstIndex(where: { $0.key == key }) else { return }
        let asksForRestart = checks[at].take(result, now: context.now)
        let name = checks[at].task.isEmpty ? checks[at].check.taskName : checks[at].task
        if asksForRestart, ending == nil, let task = tasks.firstIndex(where: { $0.key.task == name }) {
            tasks[task].restartUnhealthy(reason: checks[at].restartReason, &context)
        }
        settle(&context)
    }

    mutating func serverSpoke(_ context: inout StepContext) {
        for at in tasks.indices { tasks[at].serverSpoke() }
        settle(&context)
    }

    mutating func wake(_ context: inout StepContext) {
        for at in tasks.indices { tasks[at].wake(&context) }
        settle(&context)
    }

    /// Reports again even if nothing changed: the servers have another idea of it.
    mutating func reportAgain(_ context: inout StepContext) {
        lastUpdate = nil
        settle(&context)
    }

    mutating func forget(_ context: inout StepContext) {
        isForgotten = true
        settle(&context)
    }

    mutating func disconnect(_ context: inout StepContext) {
        isDisconnected = true
        settle(&context)
    }
}
