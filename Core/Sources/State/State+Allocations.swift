import Base
import HashTreeCollections
import Model

/// An allocation before and after a change.
struct AllocationChange {
    var old: Allocation?
    var new: Allocation
}

extension State {
    /// Puts allocations as the servers want them. Neighbours of one plan share the look-ups and counts of what they
    /// belong to: a plan has a thousand of them.
    mutating func put(_ list: [Allocation], _ touched: inout [Touched]) {
        var start = 0
        while start < list.count {
            let first = list[start]
            var end = start + 1
            while end < list.count, Self.areOfOneRun(first, list[end]) { end += 1 }
            put(run: list[start..<end], first, &touched)
            start = end
        }
    }

    /// Looks at names only: which objects are shared may differ from server to server, what becomes of an entry not.
    private static func areOfOneRun(_ a: Allocation, _ b: Allocation) -> Bool {
        a.evalID == b.evalID && a.deploymentID == b.deploymentID
            && (a.job === b.job || JobVersionName(a.job.job) == JobVersionName(b.job.job))
    }

    private mutating func put(run: ArraySlice<Allocation>, _ first: Allocation, _ touched: inout [Touched]) {
        let key = first.jobKey
        // Whoever made the entry may hold an older copy of the version; all shall have the one that is kept.
        var kept = version(first.jobVersion, of: key)
        if kept?.job.createIndex != first.job.job.createIndex { kept = nil }
        var changes: [AllocationChange] = []
        changes.reserveCapacity(run.count)
        var (added, moved): ([AllocationID], [AllocationID]) = ([], [])
        var deployed: [AllocationID] = []
        for allocation in run {
            let old = allocations[allocation.id]
            let new = stamped(allocation, old, kept)
            if let old, old.evalID != new.evalID { remove(new.id, from: old.evalID) }
            if let old, old.deploymentID != new.deploymentID {
                allocationsByDeployment[old.deploymentID]?.remove(new.id)
            }
            if old == nil {
                added.append(new.id)
                allocationsByNode[new.nodeID, default: []].insert(new.id)
            }
            if old?.evalID != new.evalID { moved.append(new.id) }
            if !new.deploymentID.isZero, old?.deploymentID != new.deploymentID { deployed.append(new.id) }
            store(AllocationChange(old: old, new: new), &touched)
            changes.append(AllocationChange(old: old, new: new))
        }
        if !added.isEmpty { creationOrder.add(added, at: index) }
        index(added: added, moved: moved, deployed: deployed, first)
        count(changes, &touched)
    }

    /// Files allocations under what they belong to.
    private mutating func index(
        added: [AllocationID], moved: [AllocationID], deployed: [AllocationID], _ first: Allocation
    ) {
        // A new job's allocations are those of its evaluation and of its deployment, too: the three share one set as
        // long as they are the same.
        let fresh = TreeSet(added)
        func join(_ ids: [AllocationID], _ set: inout TreeSet<AllocationID>) {
            if set.isEmpty, ids.count == added.count, ids == added {
                set = fresh
            } else {
                for id in ids { set.insert(id) }
            }
        }
        if !added.isEmpty { join(added, &allocationsByJob[first.jobKey, default: []]) }
        if !moved.isEmpty { join(moved, &allocationsByEvaluation[first.evalID, default: []]) }
        if !deployed.isEmpty { join(deployed, &allocationsByDeployment[first.deploymentID, default: []]) }
    }

    private func stamped(_ allocation: Allocation, _ old: Allocation?, _ kept: SharedJob?) -> Allocation {
        var allocation = allocation
        if let kept {
            allocation.job = kept
        } else if let old, JobVersionName(old.job.job) == JobVersionName(allocation.job.job) {
            allocation.job = old.job
        }
        if let old {
            // What did not change keeps its one object.
            if allocation.sharedResources == old.sharedResources { allocation.sharedResources = old.sharedResources }
            if allocation.metrics == old.metrics { allocation.metrics = old.metrics }
        }
        allocation.createIndex = old?.createIndex ?? index
        (allocation.modifyIndex, allocation.allocModifyIndex) = (index, index)
        allocation.createTime = old?.createTime ?? time.nanoseconds
        allocation.modifyTime = time.nanoseconds
        if allocation.deploymentStatus != old?.deploymentStatus { allocation.deploymentStatus?.modifyIndex = index }
        return allocation
    }

    private mutating func remove(_ id: AllocationID, from evaluation: EvaluationID) {
        allocationsByEvaluation[evaluation]?.remove(id)
        if allocationsByEvaluation[evaluation]?.isEmpty ?? false { allocationsByEvaluation[evaluation] = nil }
    }

    /// Stores an allocation over its old self. Its job's and its deployment's counts are the caller's business.
    private mutating func store(_ change: AllocationChange, _ touched: inout [Touched]) {
        allocations[change.new.id] = change.new
        account(change.old, change.new)
        mark(.allocations)
        touched.append(.allocation(change.new.id))
        followClaims(of: change.old, to: change.new, &touched)
    }

    /// Takes in what nodes report. The counts are changed once for all reports of a job in the entry.
    mutating func apply(_ updates: [AllocationUpdate], _ touched: inout [Touched]) {
        var byJob: [JobKey: Int] = [:]
        var changes: [[AllocationChange]] = []
        for update in updates {
            // Reports of allocations that were collected meanwhile say nothing any more.
            guard let old = allocations[update.id] else { continue }
            let change = AllocationChange(old: old, new: reported(update, old))
            store(change, &touched)
            let job = old.jobKey
            if let at = byJob[job] {
                changes[at].append(change)
            } else {
                byJob[job] = changes.count
                changes.append([change])
            }
        }
        for ofJob in changes { count(ofJob, &touched) }
    }

    private func reported(_ update: AllocationUpdate, _ old: Allocation) -> Allocation {
        var allocation = old
        allocation.clientStatus = update.clientStatus
        allocation.clientDescription = update.clientDescription
        allocation.packedTaskStates = update.packedTaskStates.copy
        if let network = update.networkStatus { allocation.networkStatus = network }
        if let healthy = update.deploymentHealthy, allocation.deploymentStatus?.healthy != healthy {
            var health = allocation.deploymentStatus ?? AllocationHealth()
            health.healthy = healthy
            health.timestamp = update.deploymentHealthTime
            health.modifyIndex = index
            allocation.deploymentStatus = health
        }
        allocation.modifyIndex = index
        allocation.modifyTime = time.nanoseconds
        return allocation
    }

    /// Keeps the counts of a job and of its deployments true. All changes are of one job.
    private mutating func count(_ changes: [AllocationChange], _ touched: inout [Touched]) {
        guard let key = changes.first?.new.jobKey else { return }
        countDeployments(changes, &touched)
        retally(key, &touched) { tally in
            for change in changes {
                if let old = change.old { tally.count(old, by: -1) }
                tally.count(change.new, by: 1)
            }
        }
    }

    mutating func deleteAllocation(_ id: AllocationID, _ touched: inout [Touched]) {
        guard let old = allocations[id] else { return }
        allocations[id] = nil
        creationOrder.remove(id, at: old.createIndex)
        account(old, nil)
        allocationsByJob[old.jobKey]?.remove(id)
        if allocationsByJob[old.jobKey]?.isEmpty ?? false { allocationsByJob[old.jobKey] = nil }
        allocationsByNode[old.nodeID]?.remove(id)
        if allocationsByNode[old.nodeID]?.isEmpty ?? false { allocationsByNode[old.nodeID] = nil }
        remove(id, from: old.evalID)
        allocationsByDeployment[old.deploymentID]?.remove(id)
        if allocationsByDeployment[old.deploymentID]?.isEmpty ?? false {
            allocationsByDeployment[old.deploymentID] = nil
        }
        mark(.allocations)
        touched.append(.removedAllocation(id, old.nodeID))
        followClaims(of: old, to: nil, &touched)
        retally(old.jobKey, &touched) { $0.count(old, by: -1) }
    }
}
