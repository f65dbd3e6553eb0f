import Base
import Model
import State

/// System and sysbatch jobs: one instance of each group on every node that can run it.
extension EvaluationRun {
    mutating func runPerNode(_ job: SharedJob, _ allocations: [Allocation]) {
        let context = followRollout(job.job)
        var byGroup: [String: [Allocation]] = [:]
        for allocation in allocations { byGroup[allocation.taskGroup, default: []].append(allocation) }
        var passes: [PerNodePass] = []
        for (number, group) in job.job.taskGroups.enumerated() {
            let present = byGroup.removeValue(forKey: group.name) ?? []
            passes.append(survey(job, group, number, present, context))
        }
        for (group, rest) in byGroup.sorted(by: { $0.key < $1.key }) { stop(rest, ofGroup: group) }
        createDeployment(job.job, passes.map(\.decision))
        followNodes(passes)
        for at in passes.indices where passes[at].group.count > 0 {
            updateInPlace(passes[at])
            replaceChanged(&passes[at], context)
            fillNodes(&passes[at])
            plan.annotations.desiredTGUpdates[passes[at].group.name]?.add(passes[at].desired)
        }
        if passes.contains(where: \.lacksVolumes) { waitForVolumes() }
        completeDeployment(deployment, isSettled: passes.allSatisfy(\.isSettled))
    }

    /// Leaves an evaluation that waits for volumes, whatever node they come to.
    private mutating func waitForVolumes() {
        if evaluation.triggeredBy == .queuedAllocs, evaluation.nodeID.isZero {
            plan.evaluation.status = .blocked
            plan.evaluation.statusDescription = Self.blockedText
        } else {
            let blocked = blockedEvaluation()
            plan.evaluation.blockedEval = blocked.id
            plan.evaluations.append(blocked)
        }
    }

    /// What there is of a group, and what the new version changes of it.
    private mutating func survey(
        _ job: SharedJob, _ group: GroupSpec, _ number: Int, _ allocations: [Allocation], _ context: ReconcileContext
    ) -> PerNodePass {
        plan.annotations.desiredTGUpdates[group.name] = DesiredUpdates()
        guard group.count > 0 else {
            stop(allocations, ofGroup: group.name)
            return PerNodePass(job: job, group: group, number: number, placer: 0)
        }
        let placer = placer(for: number, job, job)
        var pass = PerNodePass(job: job, group: group, number: number, placer: placer)
        for allocation in allocations { sort(allocation, &pass, context) }
        pass.destructive.sort { $0.nodeID < $1.nodeID }
        let columns = proposed.columns
        pass.nodes = placers[placer].candidates.rows(columns).count {
            placers[placer].feasibility.failing($0, columns) < 0
        }
        draftRollout(&pass, allocations, context)
        return pass
    }

    /// What the work on one group gathers.
    struct PerNodePass {
        let job: SharedJob
        let group: GroupSpec
        let number: Int
        let placer: Int
        /// Nodes that have what they need: an instance that runs or, for sysbatch, has run.
        var served: Set<NodeID> = []
        /// Nodes that can have an instance.
        var nodes = 0
        var destructive: [Allocation] = []
        /// To be replaced, on nodes that take nothing new.
        var tainted: [Allocation] = []
        var inPlace: [Allocation] = []
        /// The newest ended instance of a node, which a new one follows.
        var ended: [NodeID: Allocation] = [:]
        /// The group's part of the rollout.
        var decision = GroupDecision()
        var isPaused = false
        var hasFailed = false
        /// Nothing was left to do for the rollout.
        var isSettled = true
        /// Nodes have no instance because of volumes of storage plugins.
        var lacksVolumes = false
        var desired = DesiredUpdates()

        /// New canaries exist or are due, and nobody has promoted them.
        var isCanarying: Bool {
            guard let rollout = decision.rollout, !hasFailed else { return false }
            return rollout.desiredCanaries > 0 && !rollout.promoted
        }
    }

    /// Decides about an instance that exists.
    private mutating func sort(_ allocation: Allocation, _ pass: inout PerNodePass, _ context: ReconcileContext) {
        let node = state.node(allocation.nodeID)
        let isGone = node == nil || node?.status == .down
        if allocation.isTerminal {
            if allocation.desiredStatus != .run {
                if isGone, !allocation.isClientTerminal {
                    self.stop(Stop(allocation: allocation, reason: "", isLost: true))
                }
            }
            let hasRun = allocation.desiredStatus == .run && allocation.clientStatus != .lost
            if pass.job.job.kind == .sysbatch, hasRun || StopReason.endsDrainedWork(allocation),
                change(allocation, pass) != .destructive
            {
                pass.served.insert(allocation.nodeID)
                pass.desired.ignore += 1
                return
            }
            if allocation.nextAllocation.isZero { pass.ended[allocation.nodeID] = allocation }
            return
        }
        func stop(_ reason: String, isLost: Bool = false) {
            self.stop(Stop(allocation: allocation, reason: reason, isLost: isLost))
            pass.desired.stop += 1
        }
        if node?.status == .disconnected, keepsUnreachable(allocation, &pass, context) { return }
        if isGone || node?.status == .disconnected { return stop(StopReason.lost, isLost: true) }
        guard let node, !pass.served.contains(node.id) else { return stop(StopReason.notNeeded) }
        if allocation.desiredTransition.migrate ?? false {
            // While its node is emptied nothing follows; asked to stop on a node in use, a new one does.
            stop(StopReason.tainted)
            if node.isReady { pass.ended[node.id] = allocation }
            return
        }
        let mayStay = Candidates.mayUse(pass.job.job, node) && placers[pass.placer].feasibility.allows(node)
        guard mayStay else { return stop(StopReason.notNeeded) }
        pass.served.insert(node.id)
        switch change(allocation, pass) {
        case .ignore: pass.desired.ignore += 1
        case .inPlace: pass.inPlace.append(allocation)
        case .destructive:
            if node.isReady { pass.destructive.append(allocation) } else { pass.tainted.append(allocation) }
        }
    }

    private func change(_ allocation: Allocation, _ pass: PerNodePass) -> GroupChange {
        let (old, new) = (allocation.job.job, pass.job.job)
        if old.version == new.version, old.createIndex == new.createIndex { return .ignore }
        guard old.createIndex == new.createIndex else { return .destructive }
        return GroupChange.kind(old: old, new: new, group: pass.group.name)
    }

    /// Replaces instances of older versions, so many at a time: the rest when these are healthy or, for a job that
    /// has no rollouts, after a while.
    private mutating func replaceChanged(_ pass: inout PerNodePass, _ context: ReconcileContext) {
        if !pass.isCanarying, !pass.isPaused, !pass.hasFailed {
            for allocation in pass.tainted {
                stop(Stop(allocation: allocation, reason: StopReason.tainted))
                pass.desired.stop += 1
            }
        }
        let ordered = pass.destructive
        let limit = pass.decision.rollout.map { room(pass, $0) } ?? staggered(pass)
        for allocation in ordered.prefix(limit) {
            if pass.isCanarying { pass.desired.canary += 1 } else { pass.desired.destructiveUpdate += 1 }
            guard let row = proposed.columns.row(allocation.nodeID) else { continue }
            placeHere(row, allocation, StopReason.updating, &pass, isCanary: pass.isCanarying)
        }
        pass.desired.ignore += max(0, ordered.count - limit)
        if !ordered.isEmpty { pass.isSettled = false }
        guard ordered.count > limit, pass.decision.rollout == nil else { return }
        let stagger = pass.group.update?.stagger ?? pass.job.job.update.stagger
        let next = context.followup(at: now + max(stagger, .seconds(1)), "", .rollingUpdate)
        if !plan.evaluations.contains(where: { $0.triggeredBy == .rollingUpdate }) {
            plan.evaluations.append(next)
            plan.evaluation.nextEval = next.id
        }
    }

    private func staggered(_ pass: PerNodePass) -> Int {
        let parallel = pass.group.update?.maxParallel ?? pass.job.job.update.maxParallel
        return parallel > 0 ? parallel : pass.destructive.count
    }

    /// Places an instance on every candidate that has none.
    private mutating func fillNodes(_ pass: inout PerNodePass) {
        let columns = proposed.columns
        let rows = placers[pass.placer].candidates.rows(columns).sorted { columns.nodes[$0].id < columns.nodes[$1].id }
        var mayRun = false
        for row in rows {
            let id = proposed.columns.nodes[row].id
            guard placers[pass.placer].feasibility.failing(row, proposed.columns) < 0 else { continue }
            guard !pass.served.contains(id) else {
                mayRun = true
                continue
            }
            // Like what rules exclude, but volumes come and go.
            if placers[pass.placer].volumes != nil {
                placers[pass.placer].catchUp(proposed)
                if placers[pass.placer].isKeptOff(row, byVolumesOf: proposed) {
                    pass.lacksVolumes = true
                    continue
                }
            }
            mayRun = true
            // A paused rollout starts nothing, a failed one does not try again what it failed with.
            if pass.isPaused { continue }
            let ended = pass.ended[id]
            if pass.hasFailed, let ended, !ended.deploymentID.isZero, ended.clientStatus == .failed { continue }
            pass.desired.place += 1
            pass.isSettled = false
            placeHere(row, ended, nil, &pass)
        }
        // Nodes that rules exclude are no failure, unless they are all that there is.
        guard !mayRun, pass.served.isEmpty else { return }
        plan.evaluation.failedTGAllocs[pass.group.name] = metric(pass.placer)
    }

    private mutating func placeHere(
        _ row: Int, _ previous: Allocation?, _ reason: String?, _ pass: inout PerNodePass, isCanary: Bool = false
    ) {
        let previous = previous.map(current)
        let releases = previous.map { $0.occupiesNode } ?? false
        let leaves = reason != nil && previous.map { !$0.isTerminal } ?? false
        if let previous, leaves { proposed.want(previous, by: -1) }
        if let previous, releases { proposed.hold(previous, by: -1) }
        var placement = Placement(
            group: pass.number, index: 0, previous: previous, stopsPrevious: reason, isCanary: isCanary)
        // While canaries wait, the other nodes keep the version that they are compared with.
        if pass.isCanarying, !isCanary { placement.job = versionToKeep(previous, pass) }
        let runs = placement.job ?? pass.job
        let number = placement.job == nil ? pass.placer : placer(for: pass.number, runs, pass.job)
        placers[number].catchUp(proposed)
        let found = findHere(row, number)
        if let found { add(found, placement, runs, number) }
        if let previous, releases { proposed.hold(previous, by: 1) }
        guard found == nil else { return }
        if let previous, leaves { proposed.want(previous, by: 1) }
        failHere(row, pass)
    }

    private mutating func findHere(_ row: Int, _ number: Int) -> Found? {
        if placers[number].status(row, proposed.columns) == 0 {
            guard let resources = fill(row, number) else { return nil }
            var metric = metricHere(row, number)
            var score = NodeScore()
            score.nodeID = proposed.columns.nodes[row].id
            score.normScore = placers[number].score(row, proposed.columns, and: nil)
            score.scores = placers[number].scores(row, proposed.columns)
            metric.scoreMetaData = [score]
            return Found(row: row, resources: resources, metric: SharedMetric(metric))
        }
        guard preempts, var found = findByPreempting(number, only: row) else { return nil }
        var metric = metricHere(row, number)
        metric.scoreMetaData = found.metric.metric.scoreMetaData
        (metric.nodesExhausted, metric.dimensionExhausted, metric.classExhausted) = (0, [:], [:])
        found.metric = SharedMetric(metric)
        return found
    }
}

extension DesiredUpdates {
    fileprivate mutating func add(_ other: DesiredUpdates) {
        ignore += other.ignore
        place += other.place
        migrate += other.migrate
        stop += other.stop
        inPlaceUpdate += other.inPlaceUpdate
        destructiveUpdate += other.destructiveUpdate
        canary += other.canary
        disconnect += other.disconnect
    }
}
