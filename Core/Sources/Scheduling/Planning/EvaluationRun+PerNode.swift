import Base
import Model
import State

/// System and sysbatch jobs: one instance of each group on every node that can run it.
extension EvaluationRun {
    mutating func runPerNode(_ job: SharedJob, _ allocations: [Allocation]) {
        var byGroup: [String: [Allocation]] = [:]
        for allocation in allocations { byGroup[allocation.taskGroup, default: []].append(allocation) }
        for (number, group) in job.job.taskGroups.enumerated() {
            runPerNode(job, group, number, byGroup.removeValue(forKey: group.name) ?? [])
        }
        for (group, rest) in byGroup.sorted(by: { $0.key < $1.key }) { stop(rest, ofGroup: group) }
    }

    private mutating func runPerNode(_ job: SharedJob, _ group: GroupSpec, _ number: Int, _ allocations: [Allocation]) {
        plan.annotations.desiredTGUpdates[group.name] = DesiredUpdates()
        guard group.count > 0 else {
            stop(allocations, ofGroup: group.name)
            return
        }
        let placer = placer(for: number, job, job.job)
        var pass = PerNodePass(job: job, group: group, number: number, placer: placer)
        for allocation in allocations { sort(allocation, &pass) }
        replaceChanged(&pass)
        fillNodes(&pass)
        plan.annotations.desiredTGUpdates[group.name]?.add(pass.desired)
    }

    /// What the work on one group gathers.
    private struct PerNodePass {
        let job: SharedJob
        let group: GroupSpec
        let number: Int
        let placer: Int
        /// Nodes that have what they need: an instance that runs or, for sysbatch, has run.
        var served: Set<NodeID> = []
        var destructive: [Allocation] = []
        /// The newest ended instance of a node, which a new one follows.
        var ended: [NodeID: Allocation] = [:]
        var desired = DesiredUpdates()
    }

    /// Decides about an instance that exists.
    private mutating func sort(_ allocation: Allocation, _ pass: inout PerNodePass) {
        let node = state.node(allocation.nodeID)
        let isGone = node == nil || node?.status == .down
        if allocation.isTerminal {
            if allocation.desiredStatus != .run {
                if isGone, !allocation.isClientTerminal {
                    self.stop(Stop(allocation: allocation, reason: "", isLost: true))
                }
            } else if pass.job.job.kind == .sysbatch, allocation.clientStatus != .lost,
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
        case .inPlace:
            pass.desired.inPlaceUpdate += 1
            let evaluation = evaluation.id
            change(allocation) { copy in
                (copy.job, copy.evalID) = (pass.job, evaluation)
            }
        case .destructive:
            if node.isReady { pass.destructive.append(allocation) } else { stop(StopReason.tainted) }
        }
    }

    private func change(_ allocation: Allocation, _ pass: PerNodePass) -> GroupChange {
        let (old, new) = (allocation.job.job, pass.job.job)
        if old.version == new.version, old.createIndex == new.createIndex { return .ignore }
        guard old.createIndex == new.createIndex else { return .destructive }
        return GroupChange.kind(old: old, new: new, group: pass.group.name)
    }

    /// Replaces instances of older versions, so many at a time, the rest after a while.
    private mutating func replaceChanged(_ pass: inout PerNodePass) {
        let parallel = pass.group.update?.maxParallel ?? pass.job.job.update.maxParallel
        let limit = parallel > 0 ? parallel : pass.destructive.count
        let ordered = pass.destructive.sorted { $0.nodeID < $1.nodeID }
        for allocation in ordered.prefix(limit) {
            pass.desired.destructiveUpdate += 1
            guard let row = proposed.columns.row(allocation.nodeID) else { continue }
            placeHere(row, allocation, StopReason.updating, &pass)
        }
        pass.desired.ignore += max(0, ordered.count - limit)
        guard ordered.count > limit else { return }
        let stagger = pass.group.update?.stagger ?? pass.job.job.update.stagger
        let context = ReconcileContext(pass.job.job, evaluation, state, now, ids: generator.next())
        let next = context.followup(at: now + max(stagger, .seconds(1)), "", .rollingUpdate)
        if !plan.evaluations.contains(where: { $0.triggeredBy == .rollingUpdate }) {
            plan.evaluations.append(next)
            plan.evaluation.nextEval = next.id
        }
    }

    /// Places an instance on every candidate that has none.
    private mutating func fillNodes(_ pass: inout PerNodePass) {
        let columns = proposed.columns
        let rows = placers[pass.placer].candidates.rows.sorted { columns.nodes[$0].id < columns.nodes[$1].id }
        var mayRun = false
        for row in rows {
            let id = proposed.columns.nodes[row].id
            if placers[pass.placer].feasibility.failing[row] < 0 { mayRun = true } else { continue }
            guard !pass.served.contains(id) else { continue }
            pass.desired.place += 1
            placeHere(row, pass.ended[id], nil, &pass)
        }
        // Nodes that rules exclude are no failure, unless they are all that there is.
        guard !mayRun, pass.served.isEmpty else { return }
        plan.evaluation.failedTGAllocs[pass.group.name] = metric(pass.placer)
    }

    private mutating func placeHere(_ row: Int, _ previous: Allocation?, _ reason: String?, _ pass: inout PerNodePass) {
        let previous = previous.map(current)
        let releases = previous.map { $0.occupiesNode } ?? false
        let leaves = reason != nil && previous.map { !$0.isTerminal } ?? false
        if let previous, leaves { proposed.want(previous, by: -1) }
        if let previous, releases { proposed.hold(previous, by: -1) }
        placers[pass.placer].catchUp(proposed)
        let found = findHere(row, pass.placer)
        if let found {
            let placement = Placement(group: pass.number, index: 0, previous: previous, stopsPrevious: reason)
            add(found, placement, pass.job, pass.placer)
        }
        if let previous, releases { proposed.hold(previous, by: 1) }
        guard found == nil else { return }
        if let previous, leaves { proposed.want(previous, by: 1) }
        failHere(row, pass)
    }

    private mutating func findHere(_ row: Int, _ number: Int) -> Found? {
        if placers[number].status[row] == 0 {
            var filler = ResourceFiller(
                placers[number].need, row: row, proposed.columns, oversubscribes: poolRules.oversubscribes)
            guard let resources = filler.fill(&generator) else { return nil }
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

    /// The explanation of one node alone.
    private func metricHere(_ row: Int, _ number: Int) -> AllocationMetric {
        let placer = placers[number]
        var metric = AllocationMetric()
        metric.nodesEvaluated = 1
        metric.nodesAvailable = placer.candidates.available
        metric.nodesInPool = placer.candidates.inPool
        metric.nodePool = job?.job.nodePool ?? ""
        let nodeClass = proposed.columns.nodes[row].nodeClass
        let status = placer.status[row]
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
    private mutating func failHere(_ row: Int, _ pass: PerNodePass) {
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

extension DesiredUpdates {
    fileprivate mutating func add(_ other: DesiredUpdates) {
        ignore += other.ignore
        place += other.place
        migrate += other.migrate
        stop += other.stop
        inPlaceUpdate += other.inPlaceUpdate
        destructiveUpdate += other.destructiveUpdate
    }
}
