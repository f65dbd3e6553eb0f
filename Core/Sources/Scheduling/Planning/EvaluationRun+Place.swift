import Base
import Model
import State

extension EvaluationRun {
    /// Placements of a group that are explained one by one; later ones share their explanation in runs.
    static let explainedMax = 16
    static let sharedRun = 128
    /// Nodes whose scores an explanation lists.
    static let scoresListed = 5
    /// Nodes that are tried when the choice of ports or devices fails on the best ones.
    static let fillTries = 16

    /// Fills holes in their order; once one fails and nothing tells the others apart, they all do.
    mutating func fill(_ holes: [Int], ofGroup group: Int, _ job: SharedJob) {
        for (at, index) in holes.enumerated() {
            if place(Placement(group: group, index: index), job) { continue }
            guard withheld == nil, let number = placerNumbers[PlacerKey(version: job.job.version, group: group)],
                !placers[number].need.variesByIndex
            else { continue }
            let name = job.job.taskGroups[group].name
            let rest = holes.count - at - 1
            plan.evaluation.queuedAllocations[name, default: 0] += rest
            plan.evaluation.failedTGAllocs[name]?.coalescedFailures += rest
            return
        }
    }

    /// Finds a place for an instance and adds it to the plan, or notes why there is none.
    /// - Returns: whether there was one.
    @discardableResult
    mutating func place(_ placement: Placement, _ job: SharedJob) -> Bool {
        let runs = placement.job ?? job
        if withheld != nil {
            plan.evaluation.queuedAllocations[job.job.taskGroups[placement.group].name, default: 0] += 1
            return false
        }
        let number = placer(for: placement.group, runs, job)
        let previous = placement.previous.map(current)
        if let failedAt = progress[number].failedAt, failedAt == proposed.changes.count,
            previous?.occupiesNode != true, !placers[number].need.variesByIndex
        {
            fail(placement, number, job.job)
            return false
        }
        // What the previous one holds is free for its own replacement, which waits for its end. One that is only out
        // of reach does not end: its node may be back with it.
        let releases = previous.map { $0.occupiesNode && $0.clientStatus != .unknown } ?? false
        let leaves = placement.stopsPrevious != nil && previous.map { !$0.isTerminal } ?? false
        if let previous, leaves { proposed.want(previous, by: -1) }
        if let previous, releases { proposed.hold(previous, by: -1) }
        let found = find(placement, number, previous)
        if let found { add(found, placement, runs, number) }
        if let previous, releases { proposed.hold(previous, by: 1) }
        guard found == nil else { return true }
        if let previous, leaves { proposed.want(previous, by: 1) }
        fail(placement, number, job.job)
        return false
    }

    /// A node for an instance with what it gets there.
    struct Found {
        var row: Int
        var resources: SharedResources
        var metric: SharedMetric
        var victims: [Allocation] = []
    }

    private mutating func find(_ placement: Placement, _ number: Int, _ previous: Allocation?) -> Found? {
        placers[number].catchUp(proposed)
        if placers[number].volumes != nil {
            if let job, placers[number].need.variesByIndex {
                proposed.keep(VolumeRules.keys(job.job, placers[number].need.group, index: placement.index))
            }
            placers[number].aim(at: placement.index, proposed)
        }
        var penalised: [Int] = []
        if placement.rescheduleDelay != nil, let previous {
            let ids = [previous.nodeID] + (previous.rescheduleTracker?.events.map(\.prevNodeID) ?? [])
            penalised = ids.compactMap { proposed.columns.row($0) }
        }
        if !penalised.isEmpty { placers[number].penalise(penalised, proposed.columns) }
        defer { if !penalised.isEmpty { placers[number].penalise([], proposed.columns) } }
        let need = placers[number].need
        var rejected: [Int] = []
        let volumes = need.variesByIndex ? need.group.volumes.values.filter { $0.type == "host" && $0.perAlloc } : []
        let preferred = need.group.ephemeralDisk.sticky ? previous.flatMap { proposed.columns.row($0.nodeID) } : nil
        for _ in 0..<Self.fillTries {
            var row: Int?
            if let preferred, placers[number].status(preferred, proposed.columns) == 0, !rejected.contains(preferred) {
                row = preferred
            } else if rejected.isEmpty, volumes.isEmpty {
                row = placers[number].select()
            } else {
                let columns = proposed.columns
                row = placers[number].select { row in
                    !rejected.contains(row)
                        && volumes.allSatisfy { volume in
                            let source = "\(volume.source)[\(placement.index)]"
                            return FeasibilityCheck.has(columns.nodes[row], volume: source, readOnly: volume.readOnly)
                        }
                }
            }
            guard let row else { break }
            if let resources = fill(row, number) {
                return Found(row: row, resources: resources, metric: explain(number))
            }
            rejected.append(row)
            placers[number].pass(row, proposed.columns)
        }
        return preempts ? findByPreempting(number) : nil
    }

    /// What an instance gets on a row; nil when the node cannot serve it after all.
    mutating func fill(_ row: Int, _ number: Int) -> SharedResources? {
        if let shared = progress[number].resources { return shared }
        var filler = ResourceFiller(
            placers[number].need, placers[number].demand, row: row, proposed.columns,
            oversubscribes: poolRules.oversubscribes)
        guard let resources = filler.fill(&generator) else { return nil }
        let shared = SharedResources(resources)
        // One object for all instances of the group, where all of them get the same.
        if placers[number].need.isUniform { progress[number].resources = shared }
        return shared
    }

    /// The explanation of the placement that is about to be made.
    private mutating func explain(_ number: Int) -> SharedMetric {
        let placed = progress[number].placed
        progress[number].placed += 1
        if let shared = progress[number].metric, placed >= Self.explainedMax, placed % Self.sharedRun != 0 {
            return shared
        }
        var metric = metric(number)
        metric.scoreMetaData = placers[number].bestScores(Self.scoresListed, proposed.columns)
        let shared = SharedMetric(metric)
        progress[number].metric = shared
        return shared
    }

    func metric(_ number: Int) -> AllocationMetric {
        let placer = placers[number]
        var metric = AllocationMetric()
        metric.nodesEvaluated = placer.candidates.count
        metric.nodesAvailable = placer.candidates.available
        metric.nodesInPool = placer.candidates.inPool
        metric.nodePool = job?.job.nodePool ?? ""
        placer.tally.fill(&metric, proposed.columns)
        return metric
    }

    /// The placer for a group in a version of the job.
    mutating func placer(for group: Int, _ runs: SharedJob, _ shared: SharedJob) -> Int {
        let key = PlacerKey(version: runs.job.version, group: group)
        if let lastPlacer, lastPlacer.key == key { return lastPlacer.number }
        if let known = placerNumbers[key] {
            lastPlacer = (key, known)
            return known
        }
        let job = shared.job
        let name = job.taskGroups[group].name
        // An older version is placed by its own specification, but counts with the group of the present one.
        var version = job
        if runs.job.version != job.version, let old = runs.job.group(name) {
            version = runs.job
            version.taskGroups = job.taskGroups
            version.taskGroups[group] = old
        }
        let candidates = candidates(version)
        if version.mountsVolumes {
            proposed.mountVolumes(state)
            proposed.keep(VolumeRules.keys(version, version.taskGroups[group], index: 0))
        }
        let feasibility = Feasibility(version, version.taskGroups[group], candidates, &proposed.columns)
        let placer = GroupPlacer(
            version, group: group, candidates, feasibility, proposed,
            GroupPlacer.Rules(
                hasPreferences: !job.kind.isPerNode,
                spreadsAlgorithm: poolRules.spreads,
                showsAll: looksAtAll || job.kind.isPerNode),
            seed: seed)
        placerNumbers[key] = placers.count
        placers.append(placer)
        progress.append(PlacerProgress())
        return placers.count - 1
    }

    private mutating func candidates(_ version: Job) -> Candidates {
        if version.version == job?.job.version {
            if let candidates { return candidates }
            let made = Candidates(version, proposed.columns)
            candidates = made
            return made
        }
        return Candidates(version, proposed.columns)
    }

    mutating func add(_ found: Found, _ placement: Placement, _ runs: SharedJob, _ number: Int) {
        let id = AllocationID(using: &generator)
        var allocation = Allocation(
            id: id, job: runs, evalID: evaluation.id, nodeID: proposed.columns.ids[found.row],
            nodeName: proposed.columns.names[found.row], taskGroup: placers[number].need.name, index: placement.index,
            found.resources, found.metric)
        if placement.job == nil, let deployment = deploymentJoined(number) {
            allocation.deploymentID = deployment
            if placement.isCanary {
                var health = AllocationHealth()
                health.canary = true
                allocation.deploymentStatus = health
            }
        }
        if let previous = placement.previous { link(previous, &allocation, placement) }
        if !found.victims.isEmpty { evict(found.victims, by: &allocation) }
        if placers[number].need.isUniform {
            let need = progress[number].footprint ?? allocation.footprint
            progress[number].footprint = need
            proposed.add(group: placement.group, need, row: found.row)
        } else {
            proposed.want(allocation, by: 1)
            proposed.hold(allocation, by: 1)
        }
        plan.allocations.append(allocation)
    }

    /// The deployment that new instances of a placer's group belong to; nil where there is none.
    private mutating func deploymentJoined(_ number: Int) -> DeploymentID? {
        guard let deployment else { return nil }
        if let known = progress[number].joins { return known }
        let isOpen = deployment.status.isActive && deployment.taskGroups[placers[number].need.name] != nil
        progress[number].joins = .some(isOpen ? deployment.id : nil)
        return isOpen ? deployment.id : nil
    }

    /// Ties an instance to the one that it replaces.
    private mutating func link(_ previous: Allocation, _ allocation: inout Allocation, _ placement: Placement) {
        allocation.previousAllocation = previous.id
        if let delay = placement.rescheduleDelay, let policy = placement.previous?.group?.reschedulePolicy {
            allocation.rescheduleTracker = RescheduleRule(policy: policy).tracker(for: previous, delay: delay, now: now)
        }
        let next = allocation.id
        let isLost = previous.occupiesNode && isGone(previous.nodeID)
        change(previous) { copy in
            copy.nextAllocation = next
            if let reason = placement.stopsPrevious {
                copy.desiredStatus = .stop
                copy.desiredDescription = reason
                if isLost { copy.clientStatus = .lost }
            }
        }
    }

    private mutating func fail(_ placement: Placement, _ number: Int, _ job: Job) {
        let group = job.taskGroups[placement.group]
        progress[number].failedAt = proposed.changes.count
        noteUnplaced(placement)
        plan.evaluation.queuedAllocations[group.name, default: 0] += 1
        if plan.evaluation.failedTGAllocs[group.name] != nil {
            plan.evaluation.failedTGAllocs[group.name]?.coalescedFailures += 1
            return
        }
        placers[number].catchUp(proposed)
        plan.evaluation.failedTGAllocs[group.name] = failure(number, group)
    }

    /// A failed allocation says that its rescheduling waits for a place.
    private mutating func noteUnplaced(_ placement: Placement) {
        guard placement.rescheduleDelay != nil, let previous = placement.previous.map(current),
            previous.rescheduleTracker?.lastReschedule != RescheduleRule.unplaced
        else { return }
        change(previous) { copy in
            copy.rescheduleTracker = copy.rescheduleTracker ?? RescheduleTracker()
            copy.rescheduleTracker?.lastReschedule = RescheduleRule.unplaced
        }
    }

    /// Why an instance has no place.
    func failure(_ number: Int, _ group: GroupSpec) -> AllocationMetric {
        var metric = metric(number)
        let fitting = metric.nodesEvaluated - metric.nodesFiltered - metric.nodesExhausted
        if placers[number].need.variesByIndex, fitting > 0 {
            metric.nodesFiltered += fitting
            metric.constraintFiltered["missing compatible host volumes", default: 0] += fitting
        }
        Self.addLacking(&metric, group)
        return metric
    }

    /// Which of the tasks' asks could not be met, when some node lacked room.
    static func addLacking(_ metric: inout AllocationMetric, _ group: GroupSpec) {
        guard metric.nodesExhausted > 0 else { return }
        for task in group.tasks {
            var lacking = ResourceSpec()
            lacking.cpu = metric.dimensionExhausted["cpu"] == nil ? 0 : task.resources.cpu
            lacking.memoryMB = metric.dimensionExhausted["memory"] == nil ? 0 : task.resources.memoryMB
            metric.resourcesExhausted[task.name] = lacking
        }
    }
}
