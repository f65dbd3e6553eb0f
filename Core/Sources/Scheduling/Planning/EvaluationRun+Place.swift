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
            let name = job.job.taskGroups[group].name
            let failures = plan.evaluation.queuedAllocations[name] ?? 0
            place(Placement(group: group, index: index), job)
            let hasFailed = plan.evaluation.queuedAllocations[name] ?? 0 > failures
            guard hasFailed, withheld == nil,
                let number = placerNumbers[PlacerKey(version: job.job.version, group: group)],
                !placers[number].need.variesByIndex
            else { continue }
            let rest = holes.count - at - 1
            plan.evaluation.queuedAllocations[name, default: 0] += rest
            plan.evaluation.failedTGAllocs[name]?.coalescedFailures += rest
            return
        }
    }

    /// Finds a place for an instance and adds it to the plan, or notes why there is none.
    mutating func place(_ placement: Placement, _ job: SharedJob) {
        let runs = placement.job ?? job
        if withheld != nil {
            plan.evaluation.queuedAllocations[job.job.taskGroups[placement.group].name, default: 0] += 1
            return
        }
        let number = placer(for: placement.group, runs, job.job)
        let previous = placement.previous.map(current)
        if let failedAt = progress[number].failedAt, failedAt == proposed.changes.count,
            previous?.occupiesNode != true, !placers[number].need.variesByIndex
        {
            fail(placement, number, job.job)
            return
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
        guard found == nil else { return }
        if let previous, leaves { proposed.want(previous, by: 1) }
        fail(placement, number, job.job)
    }

    /// A node for an instance with what it gets there.
    struct Found {
        var row: Int
        var resources: AllocatedResources
        var metric: SharedMetric
        var victims: [Allocation] = []
    }

    private mutating func find(_ placement: Placement, _ number: Int, _ previous: Allocation?) -> Found? {
        placers[number].catchUp(proposed)
        var penalised: [Int] = []
        if placement.rescheduleDelay != nil, let previous {
            let ids = [previous.nodeID] + (previous.rescheduleTracker?.events.map(\.prevNodeID) ?? [])
            penalised = ids.compactMap { proposed.columns.row($0) }
        }
        if !penalised.isEmpty { placers[number].penalise(penalised, proposed.columns) }
        defer { if !penalised.isEmpty { placers[number].penalise([], proposed.columns) } }
        let need = placers[number].need
        var rejected: [Int] = []
        let volumes = need.group.volumes.values.filter { $0.type == "host" && $0.perAlloc }
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
            var filler = ResourceFiller(
                need, placers[number].demand, row: row, proposed.columns, oversubscribes: poolRules.oversubscribes)
            if let resources = filler.fill(&generator) {
                return Found(row: row, resources: resources, metric: explain(number))
            }
            rejected.append(row)
            placers[number].pass(row, proposed.columns)
        }
        return preempts ? findByPreempting(number) : nil
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
    mutating func placer(for group: Int, _ runs: SharedJob, _ job: Job) -> Int {
        let key = PlacerKey(version: runs.job.version, group: group)
        if let known = placerNumbers[key] { return known }
        let name = job.taskGroups[group].name
        // An older version is placed by its own specification, but counts with the group of the present one.
        var version = job
        if runs.job.version != job.version, let old = runs.job.group(name) {
            version = runs.job
            version.taskGroups = job.taskGroups
            version.taskGroups[group] = old
        }
        let candidates = candidates(version)
        let feasibility = Feasibility(version, version.taskGroups[group], candidates, &proposed.columns)
        let placer = GroupPlacer(
            version, group: group, candidates, feasibility, proposed,
            GroupPlacer.Rules(
                hasPreferences: !job.kind.isPerNode,
                spreadsAlgorithm: poolRules.spreads,
                showsAll: looksAtAll || preempts || job.kind.isPerNode),
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
        var allocation = Allocation(job: runs)
        allocation.id = AllocationID(using: &generator)
        allocation.evalID = evaluation.id
        allocation.nodeID = proposed.columns.ids[found.row]
        allocation.nodeName = proposed.columns.nodes[found.row].name
        allocation.taskGroup = placers[number].need.group.name
        allocation.index = placement.index
        share(found.resources, with: &allocation, number)
        allocation.metrics = found.metric
        if let deployment, placement.job == nil, deployment.taskGroups[allocation.taskGroup] != nil,
            deployment.status.isActive
        {
            allocation.deploymentID = deployment.id
            if placement.isCanary {
                var health = AllocationHealth()
                health.canary = true
                allocation.deploymentStatus = health
            }
        }
        if let previous = placement.previous { link(previous, &allocation, placement) }
        evict(found.victims, by: &allocation)
        proposed.want(allocation, by: 1)
        proposed.hold(allocation, by: 1)
        plan.allocations.append(allocation)
    }

    /// Gives the instances of a group one object for what they got, where all of them get the same.
    private mutating func share(_ resources: AllocatedResources, with allocation: inout Allocation, _ number: Int) {
        guard placers[number].need.isUniform else {
            allocation.resources = resources
            return
        }
        let shared = progress[number].resources ?? SharedResources(resources)
        progress[number].resources = shared
        allocation.sharedResources = shared
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
