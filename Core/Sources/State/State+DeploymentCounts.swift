import Base
import HashTreeCollections
import Model

extension State {
    /// Keeps deployments' counts true when allocations of theirs appear or change their health.
    ///
    /// A new allocation is placed; the first one of a group starts the progress deadline and every one that
    /// becomes healthy moves it on. Canaries are remembered by id.
    mutating func countDeployments(_ changes: [AllocationChange], _ touched: inout [Touched]) {
        var start = 0
        while start < changes.count {
            let id = changes[start].new.deploymentID
            var end = start + 1
            while end < changes.count, changes[end].new.deploymentID == id { end += 1 }
            if !id.isZero, let deployment = deployments[id] { count(changes[start..<end], deployment, &touched) }
            start = end
        }
    }

    private mutating func count(
        _ changes: ArraySlice<AllocationChange>, _ old: Deployment, _ touched: inout [Touched]
    ) {
        var deployment = old
        var isChanged = false
        for change in changes {
            let name = change.new.taskGroup
            guard let before = deployment.taskGroups[name] else { continue }
            var group = before
            count(change, &group)
            guard group != before else { continue }
            deployment.taskGroups[name] = group
            isChanged = true
        }
        guard isChanged else { return }
        // Once per entry: what was changed in it already is touched already.
        if deployment.modifyIndex != index { touched.append(.deployment(deployment.id)) }
        deployment.modifyIndex = index
        deployment.modifyTime = time.nanoseconds
        deployments[deployment.id] = deployment
        tableIndexes[.deployments] = index
    }

    private func count(_ change: AllocationChange, _ group: inout DeploymentState) {
        let allocation = change.new
        let isNew = change.old?.deploymentID != allocation.deploymentID
        let oldHealth = isNew ? nil : change.old?.deploymentStatus?.healthy
        let health = allocation.deploymentStatus?.healthy
        if isNew {
            group.placedAllocs += 1
            if group.requireProgressBy == .zero, group.progressDeadline > .zero {
                group.requireProgressBy = Timestamp(time + group.progressDeadline)
            }
            if allocation.deploymentStatus?.canary ?? false, !group.placedCanaries.contains(allocation.id) {
                group.placedCanaries.append(allocation.id)
            }
        }
        guard oldHealth != health else { return }
        group.healthyAllocs += (health == true ? 1 : 0) - (oldHealth == true ? 1 : 0)
        group.unhealthyAllocs += (health == false ? 1 : 0) - (oldHealth == false ? 1 : 0)
        if health == true, group.progressDeadline > .zero {
            let reported = allocation.deploymentStatus?.timestamp ?? .zero
            let deadline = Timestamp((reported == .zero ? time : reported.instant) + group.progressDeadline)
            group.requireProgressBy = max(group.requireProgressBy, deadline)
        }
    }
}
