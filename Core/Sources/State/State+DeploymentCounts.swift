import Base
import HashTreeCollections
import Model

extension State {
    /// Keeps a deployment's counts true when one of its allocations appears or changes its health.
    ///
    /// A new allocation is placed; the first one of a group starts the progress deadline and every one that
    /// becomes healthy moves it on. Canaries are remembered by id.
    mutating func count(_ old: Allocation?, _ allocation: Allocation, _ touched: inout [Touched]) {
        guard !allocation.deploymentID.isZero, var deployment = deployments[allocation.deploymentID],
            var group = deployment.taskGroups[allocation.taskGroup]
        else { return }
        let before = group
        let isNew = old?.deploymentID != allocation.deploymentID
        let oldHealth = isNew ? nil : old?.deploymentStatus?.healthy
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
        if oldHealth != health {
            group.healthyAllocs += (health == true ? 1 : 0) - (oldHealth == true ? 1 : 0)
            group.unhealthyAllocs += (health == false ? 1 : 0) - (oldHealth == false ? 1 : 0)
            if health == true, group.progressDeadline > .zero {
                let reported = allocation.deploymentStatus?.timestamp ?? .zero
                let deadline = Timestamp((reported == .zero ? time : reported.instant) + group.progressDeadline)
                group.requireProgressBy = max(group.requireProgressBy, deadline)
            }
        }
        guard group != before else { return }
        deployment.taskGroups[allocation.taskGroup] = group
        // Once per entry: what was changed in it already is touched already.
        if deployment.modifyIndex != index { touched.append(.deployment(deployment.id)) }
        deployment.modifyIndex = index
        deployment.modifyTime = time.nanoseconds
        deployments[deployment.id] = deployment
        tableIndexes[.deployments] = index
    }
}
