public import Base
import Model
import Scheduling
public import State

/// The leader of a cluster as a value.
///
/// Made from a state, it does nothing until it is told to `lead`. From then on `head` is the newest state,
/// which the journal may not hold yet: answers and pushes belong to what is durable. Whatever the machine
/// remembers beside the state (queues, timers, heartbeats) follows from the entries as they are applied,
/// so a new leader has the same memory after reading the state once.
///
/// Deterministic: the same state, seed and inputs give the same effects.
public struct ControlPlane: Sendable {
    /// The newest state, with everything applied that this leader decided.
    public internal(set) var head: State
    public let configuration: ControlPlaneConfiguration

    var generator: SeededGenerator
    var scheduler = Scheduler()
    var isLeader = false
    /// The time of the step; never goes back.
    var now: Instant
    private var clock: LeaderClock
    var effects = Effects()

    var queue = EvaluationQueue()
    /// Room that appeared since blocked evaluations were last looked at.
    var freedClasses: Set<String> = []
    var freedNodes: Set<NodeID> = []
    var freedVolumes: Set<VolumeKey> = []
    var freedPlugins: Set<String> = []
    /// When a node counts as gone.
    var heartbeats = TimerQueue<NodeID>()
    var deployments = DeploymentWatch()
    var drains = DrainWatch()
    var periodic = TimerQueue<JobKey>()
    var nextCollection: Instant?
    /// Jobs of which every new node wants to hear, stopped ones too.
    var systemJobs: Set<JobKey> = []

    public init(state: State, seed: UInt64, configuration: ControlPlaneConfiguration = ControlPlaneConfiguration()) {
        head = state
        generator = SeededGenerator(seed: seed)
        now = state.time
        clock = LeaderClock(now: state.time)
        self.configuration = configuration
    }

    /// Takes one input to its end.
    ///
    /// Commands decide and write their entries but do not schedule: `tick` does, a bounded number of
    /// evaluations at a time. Call it while `hasMoreWork` says so, and at `wakeAt`.
    public mutating func step(_ input: Input, now time: Instant) -> Effects {
        effects = Effects()
        clock.advance(to: time)
        now = clock.now
        switch input {
        case .lead: lead()
        case .tick: if isLeader { work() }
        case .command(let request, let command): answer(request, command)
        }
        guard isLeader else { return effects }
        effects.hasMoreWork = hasWork
        effects.wakeAt = nextDeadline().map(clock.shown(at:))
        return effects
    }

    private mutating func answer(_ request: RequestID, _ command: Command) {
        let result: Result<Reply, CommandError>
        if !isLeader {
            result = .failure(CommandError(500, "No cluster leader"))
        } else {
            do throws(CommandError) {
                var reply = try perform(command)
                if reply.index == 0 { reply.index = head.index }
                result = .success(reply)
            } catch {
                result = .failure(error)
            }
        }
        // Errors wait too: they speak of a state that may not be durable yet.
        effects.replies.append(PendingReply(request: request, result: result, after: head.index))
    }

    private mutating func lead() {
        isLeader = true
        // The first entry of a cluster. Clients take index 1 for "nothing yet", so no change of theirs may have it.
        if head.index == 0 {
            commit("ClusterBootstrapped", [.schedulerConfiguration(configuration.schedulerConfiguration)])
        }
        remember()
    }

    /// What is due now, then watchers, then evaluations.
    private mutating func work() {
        expireHeartbeats()
        launchDuePeriodicJobs()
        collectIfDue()
        watchDeployments()
        watchDrains()
        schedule()
    }

    private var hasWork: Bool {
        queue.readyCount > 0 && !head.schedulerConfiguration.pauseEvalBroker
            || !freedClasses.isEmpty || !freedNodes.isEmpty || !freedVolumes.isEmpty
            || !freedPlugins.isEmpty || deployments.isDirty
            || drains.isDirty
    }

    private mutating func nextDeadline() -> Instant? {
        let deadlines = [
            heartbeats.next(), queue.nextDelayed(), periodic.next(), nextCollection, deployments.next(), drains.next(),
        ]
        return deadlines.compactMap { $0 }.min()
    }
}

// MARK: - Entries

extension ControlPlane {
    /// The index the next entry will have.
    var nextIndex: LogIndex { head.index + 1 }

    /// Makes changes true and hands them to the journal.
    @discardableResult
    mutating func commit(_ cause: String, _ changes: [Change]) -> LogIndex {
        // A state that is held makes every change copy what it changes, so it is not held where nobody will ask for it.
        let before = changes.allSatisfy(Self.isPlain) ? nil : head
        let entry = Entry(index: nextIndex, time: now, cause: cause, changes: changes)
        let touched = head.apply(entry)
        effects.entries.append(entry)
        effects.touched.append(touched)
        observe(touched, before: before)
        return entry.index
    }

    /// Whether a change is one of the frequent ones after which nobody asks what was there before: nothing gives its
    /// room back, and no deployment succeeds.
    private static func isPlain(_ change: Change) -> Bool {
        switch change {
        case .allocations(let list): list.allSatisfy(\.occupiesNode)
        case .allocationUpdates(let list): list.allSatisfy { !$0.clientStatus.isTerminal }
        case .evaluations: true
        case .deployments(let list): list.allSatisfy { $0.status != .successful }
        default: false
        }
    }

    /// Brings queues and timers up to what an entry touched.
    /// - Parameter before: the state before the entry; nil when all of its changes are plain.
    private mutating func observe(_ touched: [Touched], before: State?) {
        var deployment = DeploymentID.zero
        for one in touched {
            switch one {
            case .evaluation(let id):
                let evaluation = head.evaluation(id)
                queue.update(id, evaluation, volumes: volumeWishes(evaluation), now: now)
            case .node(let id, _): nodeChanged(id, from: before?.node(id))
            case .allocation(let id), .removedAllocation(let id, _):
                allocationChanged(id, from: before?.allocation(id), &deployment)
            case .deployment(let id): deploymentChanged(id, from: before?.deployment(id))
            case .job(let key, _): jobChanged(key, from: before?.job(key)?.job)
            case .volume(let key, false), .volumeClaim(let key, true): freed(key)
            case .volume, .volumeClaim: break
            case .plugin(let id): pluginChanged(id)
            case .other: break
            }
        }
    }

    /// Reads queues and timers from the state, as a new leader does.
    private mutating func remember() {
        for evaluation in head.allEvaluations {
            queue.update(evaluation.id, evaluation, volumes: volumeWishes(evaluation), now: now)
        }
        // Whether room appeared while nobody led is not known: everything blocked is tried once.
        queue.unblockAll()
        for node in head.allNodes { remember(node) }
        for deployment in head.allDeployments where deployment.status.isActive { deployments.changed(deployment.id) }
        for job in head.allJobs() {
            if job.job.kind == .system { systemJobs.insert(job.job.key) }
            schedulePeriodic(job.job, missed: true)
        }
        nextCollection = now + configuration.collectionInterval
    }

    private mutating func jobChanged(_ key: JobKey, from old: Job?) {
        let job = head.job(key)?.job
        if job?.kind == .system { systemJobs.insert(key) } else { systemJobs.remove(key) }
        if job?.periodic != nil || old?.periodic != nil {
            if let job { schedulePeriodic(job, missed: false) } else { periodic.remove(key) }
        }
    }

    private mutating func deploymentChanged(_ id: DeploymentID, from old: Deployment?) {
        deployments.changed(id)
        if old?.status.isActive ?? false, head.deployment(id)?.status == .successful { deployments.succeeded(id) }
    }

    /// - Parameter last: the deployment that was noted last: neighbours are of the same one.
    private mutating func allocationChanged(_ id: AllocationID, from old: Allocation?, _ last: inout DeploymentID) {
        let allocation = head.allocation(id)
        if let old, old.occupiesNode, !(allocation?.occupiesNode ?? false) { freed(on: old.nodeID) }
        if let deployment = allocation?.deploymentID, !deployment.isZero, deployment != last {
            deployments.changed(deployment)
            last = deployment
        }
        if !drains.isEmpty { drains.allocationsChanged() }
    }

    /// Notes that a node has more room than before.
    mutating func freed(on id: NodeID) {
        guard let node = head.node(id) else { return }
        freedNodes.insert(id)
        freedClasses.insert(node.computedClass)
    }
}

// MARK: - Commands

extension ControlPlane {
    private mutating func perform(_ command: Command) throws(CommandError) -> Reply {
        switch command {
        case .registerJob(let request): try registerJob(request)
        case .deregisterJob(let key, let purge, let priority, let noShutdownDelay):
            try deregisterJob(key, purge: purge, evalPriority: priority, noShutdownDelay: noShutdownDelay)
        case .evaluateJob(let key, let force): try evaluateJob(key, forceReschedule: force)
        case .tagJobVersion(let key, let tag, let version, let description):
            try tagJobVersion(key, tag, version, description)
        case .untagJobVersion(let key, let tag): try untagJobVersion(key, tag)
        case .revertJob(let key, let version, let prior): try revertJob(key, to: version, enforcing: prior)
        case .setJobStability(let key, let version, let stable): try setJobStability(key, version, stable)
        case .scaleJob(let key, let group, let count, let message, let error, let meta, let enforced):
            try scaleJob(
                ScaleRequest(
                    key, group: group, count: count, message: message, error: error, meta: meta, enforceIndex: enforced)
            )
        case .forcePeriodic(let key): try forcePeriodic(key)
        case .dispatchJob(let key, let payload, let meta, let prefix, let token, let priority):
            try dispatchJob(key, payload: payload, meta: meta, idPrefix: prefix, token: token, priority: priority)
        case .stopAllocation(let id, let noShutdownDelay): try stopAllocation(id, noShutdownDelay: noShutdownDelay)
        case .promoteDeployment(let id, let groups): try promoteDeployment(id, groups: groups)
        case .failDeployment(let id): try failDeployment(id)
        case .pauseDeployment(let id, let paused): try pauseDeployment(id, paused: paused)
        case .setAllocationHealth(let id, let healthy, let unhealthy):
            try setAllocationHealth(id, healthy: healthy, unhealthy: unhealthy)
        case .setEligibility(let id, let eligible): try setEligibility(id, eligible: eligible)
        case .drainNode(let id, let strategy, let markEligible, let meta):
            try drainNode(id, strategy, markEligible: markEligible, meta: meta)
        case .evaluateNode(let id): try evaluateNode(id)
        case .purgeNode(let id): try purgeNode(id)
        case .putNamespace(let namespace): try putNamespace(namespace)
        case .deleteNamespace(let name): try deleteNamespace(name)
        case .setSchedulerConfiguration(let configuration, let checkIndex):
            try setSchedulerConfiguration(configuration, checkIndex: checkIndex)
        case .registerVolumes(let volumes): try registerVolumes(volumes)
        case .deregisterVolume(let key, let force): try deregisterVolume(key, force: force)
        case .detachVolume(let key, let node): try detachVolume(key, from: node)
        case .putRecord(let table, let key, let value): putRecord(table: table, key: key, value)
        case .access(let command): try access(command)
        case .variables(let command): try variables(command)
        case .putNodePool(let pool): try putNodePool(pool)
        case .deleteNodePool(let name): try deleteNodePool(name)
        case .deleteEvaluations(let ids): try deleteEvaluations(ids)
        case .collectGarbage: collectAll()
        case .registerNode(let node): try registerNode(node)
        case .heartbeat(let id): try heartbeat(id)
        case .updateAllocations(let id, let updates): try updateAllocations(id, updates)
        }
    }
}
