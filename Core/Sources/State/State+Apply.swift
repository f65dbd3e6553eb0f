public import Base
import HashTreeCollections
public import Model

/// Something an entry touched, for blocking queries and the event stream.
public enum Touched: Hashable, Sendable {
    case job(JobKey, deleted: Bool)
    case node(NodeID, deleted: Bool)
    case allocation(AllocationID)
    /// Deleted: the node that had it, which the state can't tell any more.
    case removedAllocation(AllocationID, NodeID)
    case evaluation(EvaluationID)
    case deployment(DeploymentID)
    case volume(VolumeKey, deleted: Bool)
    /// Somebody began or ended to use it.
    case volumeClaim(VolumeKey, ended: Bool)
    /// A storage plugin, which may be gone.
    case plugin(String)
    case other(Table)
}

extension State {
    /// Makes an entry true. Pure: the result depends on the state and the entry alone.
    /// - Precondition: the entry follows directly on the last one.
    /// - Returns: what was touched, in the order of the changes.
    @discardableResult
    public mutating func apply(_ entry: Entry) -> [Touched] {
        precondition(entry.index == index + 1, "entry \(entry.index) does not follow \(index)")
        index = entry.index
        time = entry.time
        var touched: [Touched] = []
        for change in entry.changes { apply(change, &touched) }
        closeTouches()
        return touched
    }

    mutating func mark(_ table: Table) { tableIndexes[table] = index }

    private mutating func apply(_ change: Change, _ touched: inout [Touched]) {
        switch change {
        case .job(let job): put(job, &touched)
        case .jobStability(let key, let version, let stable):
            alter(key, version, &touched) { $0.stable = stable }
        case .jobVersionTag(let key, let version, let tag):
            alter(key, version, &touched) { $0.versionTag = tag }
        case .deleteJob(let key): deleteJob(key, &touched)
        case .node(let node): put(node, &touched)
        case .deleteNode(let id):
            followPlugins(of: nodes[id], to: nil, &touched)
            nodes[id] = nil
            touch(node: id, 0)
            mark(.nodes)
            touched.append(.node(id, deleted: true))
        case .allocations(let list): put(list, &touched)
        case .allocationUpdates(let list): apply(list, &touched)
        case .deleteAllocations(let ids): for id in ids { deleteAllocation(id, &touched) }
        case .evaluations(let list): for evaluation in list { put(evaluation, &touched) }
        case .deleteEvaluations(let ids): for id in ids { deleteEvaluation(id, &touched) }
        case .deployments(let list): for deployment in list { put(deployment, &touched) }
        case .deleteDeployments(let ids): for id in ids { deleteDeployment(id, &touched) }
        case .namespace(let namespace): put(namespace, &touched)
        case .deleteNamespace(let name):
            namespaces[name] = nil
            touch(.namespaces, &touched)
        case .schedulerConfiguration(var configuration):
            let old = schedulerConfiguration.createIndex
            (configuration.createIndex, configuration.modifyIndex) = (old == 0 ? index : old, index)
            schedulerConfiguration = configuration
            touch(.schedulerConfiguration, &touched)
        case .scalingEvent(let key, let group, let event): put(event, key, group, &touched)
        case .periodicLaunch(let key, let launch):
            periodicLaunches[key] = launch
            touch(.periodicLaunches, &touched)
        case .volume(let volume): put(volume, &touched)
        case .deleteVolume(let key): deleteVolume(key, &touched)
        case .record(let table, let key, let value):
            records[table, default: [:]][key] = value
            touch(.records, &touched)
        }
    }

    private mutating func touch(_ table: Table, _ touched: inout [Touched]) {
        mark(table)
        touched.append(.other(table))
    }

    private mutating func put(_ namespace: Namespace, _ touched: inout [Touched]) {
        var namespace = namespace
        namespace.createIndex = namespaces[namespace.name]?.createIndex ?? index
        namespace.modifyIndex = index
        namespaces[namespace.name] = namespace
        touch(.namespaces, &touched)
    }

    private mutating func put(_ event: ScalingEvent, _ key: JobKey, _ group: String, _ touched: inout [Touched]) {
        var event = event
        event.createIndex = index
        var groups = scalingEvents[key] ?? [:]
        groups[group, default: []].insert(event, at: 0)
        groups[group] = Array((groups[group] ?? []).prefix(Self.scalingEventsMax))
        scalingEvents[key] = groups
        touch(.scalingEvents, &touched)
    }

    private mutating func put(_ node: Node, _ touched: inout [Touched]) {
        var node = node
        let old = nodes[node.id]
        node.createIndex = old?.createIndex ?? index
        node.modifyIndex = index
        for at in node.events.indices where node.events[at].createIndex == 0 && old != nil {
            node.events[at].createIndex = index
        }
        nodes[node.id] = node
        followPlugins(of: old, to: node, &touched)
        touch(node: node.id, UInt64(truncatingIfNeeded: node.name.utf8.count) &+ (node.isReady ? 1 << 32 : 0))
        mark(.nodes)
        touched.append(.node(node.id, deleted: false))
    }
}

// MARK: - Jobs

extension State {
    private mutating func put(_ job: Job, _ touched: inout [Touched]) {
        var job = job
        let key = job.key
        let old = jobs[key]?.job
        job.createIndex = old?.createIndex ?? index
        job.modifyIndex = index
        if let old, old.version == job.version {
            job.jobModifyIndex = old.jobModifyIndex
        } else {
            job.jobModifyIndex = index
        }
        var tally = tallies[key] ?? JobTally()
        if tally.createIndex == 0 { (tally.createIndex, tally.modifyIndex) = (index, index) }
        tallies[key] = tally
        job.status = tally.status(of: job).rawValue
        store(job)
        mark(.jobs)
        mark(.jobSummaries)
        touched.append(.job(key, deleted: false))
    }

    /// Changes what isn't part of the specification of a kept version.
    private mutating func alter(
        _ key: JobKey, _ version: UInt64, _ touched: inout [Touched], _ edit: (inout Job) -> Void
    ) {
        guard var job = self.version(version, of: key)?.job else { return }
        edit(&job)
        job.modifyIndex = index
        if jobs[key]?.job.version == version {
            store(job)
        } else {
            versions[key] = versions(of: key).map { $0.job.version == version ? SharedJob(job) : $0 }
        }
        mark(.jobs)
        touched.append(.job(key, deleted: false))
    }

    /// Puts a job with its stamps as they are into `jobs`, its history and its parent's counts.
    private mutating func store(_ job: Job) {
        let key = job.key
        let shared = SharedJob(job)
        let old = jobs[key]?.job
        jobs[key] = shared
        var history = versions[key] ?? []
        if let at = history.firstIndex(where: { $0.job.version == job.version }) {
            history[at] = shared
        } else {
            history.insert(shared, at: 0)
            history.sort { $0.job.version > $1.job.version }
            let kept = history.enumerated().filter {
                $0.offset < Self.jobVersionsMax || $0.element.job.versionTag != nil
            }
            history = kept.map(\.element)
        }
        versions[key] = history
        guard !job.parentID.isEmpty else { return }
        let parent = JobKey(namespace: job.namespace, id: job.parentID)
        children[parent, default: []].insert(key)
        guard jobs[parent] != nil else { return }
        var tally = tallies[parent] ?? JobTally()
        if let old { tally.count(child: old, by: -1) }
        tally.count(child: job, by: 1)
        tally.modifyIndex = index
        tallies[parent] = tally
        mark(.jobSummaries)
    }

    private mutating func deleteJob(_ key: JobKey, _ touched: inout [Touched]) {
        if let job = jobs[key]?.job, !job.parentID.isEmpty {
            let parent = JobKey(namespace: key.namespace, id: job.parentID)
            children[parent]?.remove(key)
            if var tally = tallies[parent] {
                tally.count(child: job, by: -1)
                tallies[parent] = tally
            }
        }
        jobs[key] = nil
        versions[key] = nil
        scalingEvents[key] = nil
        periodicLaunches[key] = nil
        if allocationsByJob[key] == nil, evaluationsByJob[key] == nil { tallies[key] = nil }
        mark(.jobs)
        mark(.jobSummaries)
        touched.append(.job(key, deleted: true))
    }

    /// Changes a job's counts and, when its status follows, the job.
    mutating func retally(_ key: JobKey, _ touched: inout [Touched], _ change: (inout JobTally) -> Void) {
        var tally = tallies[key] ?? JobTally()
        let before = tally
        change(&tally)
        guard tally != before else { return }
        tally.modifyIndex = index
        tallies[key] = tally
        mark(.jobSummaries)
        guard var job = jobs[key]?.job else { return }
        let status = tally.status(of: job).rawValue
        guard status != job.status else { return }
        job.status = status
        job.modifyIndex = index
        store(job)
        mark(.jobs)
        let event = Touched.job(key, deleted: false)
        if !touched.contains(event) { touched.append(event) }
    }
}

// MARK: - Evaluations and deployments

extension State {
    private mutating func put(_ evaluation: Evaluation, _ touched: inout [Touched]) {
        var evaluation = evaluation
        let old = evaluations[evaluation.id]
        (evaluation.createIndex, evaluation.modifyIndex) = (old?.createIndex ?? index, index)
        (evaluation.createTime, evaluation.modifyTime) = (old?.createTime ?? time.nanoseconds, time.nanoseconds)
        evaluations[evaluation.id] = evaluation
        let key = evaluation.job
        if old == nil { evaluationsByJob[key, default: []].insert(evaluation.id) }
        mark(.evaluations)
        touched.append(.evaluation(evaluation.id))
        let latest = evaluation
        retally(key, &touched) { tally in
            if let old { tally.count(old, by: -1) }
            tally.count(latest, by: 1)
            // What was scheduled names the groups that had something to place; nothing of the others is queued.
            if !latest.queuedAllocations.isEmpty {
                for group in tally.groups.keys where latest.queuedAllocations[group] == nil {
                    tally.groups[group]?.queued = 0
                }
            }
            for (group, queued) in latest.queuedAllocations {
                tally.groups[group, default: GroupSummary()].queued = queued
            }
        }
    }

    private mutating func deleteEvaluation(_ id: EvaluationID, _ touched: inout [Touched]) {
        guard let old = evaluations[id] else { return }
        evaluations[id] = nil
        evaluationsByJob[old.job]?.remove(id)
        if evaluationsByJob[old.job]?.isEmpty ?? false { evaluationsByJob[old.job] = nil }
        mark(.evaluations)
        touched.append(.evaluation(id))
        // The count of all evaluations stays: a job whose evaluations were collected is dead, not pending.
        retally(old.job, &touched) { if !old.status.isTerminal { $0.openEvaluations -= 1 } }
    }

    private mutating func put(_ deployment: Deployment, _ touched: inout [Touched]) {
        var deployment = deployment
        let old = deployments[deployment.id]
        (deployment.createIndex, deployment.modifyIndex) = (old?.createIndex ?? index, index)
        (deployment.createTime, deployment.modifyTime) = (old?.createTime ?? time.nanoseconds, time.nanoseconds)
        deployments[deployment.id] = deployment
        if old == nil { deploymentsByJob[deployment.job, default: []].insert(deployment.id) }
        mark(.deployments)
        touched.append(.deployment(deployment.id))
        let latest = deployment
        retally(deployment.job, &touched) { tally in
            if let old { tally.count(old, by: -1) }
            tally.count(latest, by: 1)
        }
    }

    private mutating func deleteDeployment(_ id: DeploymentID, _ touched: inout [Touched]) {
        guard let old = deployments[id] else { return }
        deployments[id] = nil
        deploymentsByJob[old.job]?.remove(id)
        if deploymentsByJob[old.job]?.isEmpty ?? false { deploymentsByJob[old.job] = nil }
        mark(.deployments)
        touched.append(.deployment(id))
        retally(old.job, &touched) { $0.count(old, by: -1) }
    }
}
