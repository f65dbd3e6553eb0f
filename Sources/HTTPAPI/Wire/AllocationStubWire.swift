import Base
import Model

/// An allocation in lists. Written without a tree: lists hold a hundred thousand of them.
struct AllocationStubWire {
    var withResources = false
    var withTaskStates = true

    func write(_ allocation: Allocation, to writer: inout ObjectWriter) throws {
        writer.open()
        if withResources {
            writer.field("AllocatedResources", try AllocationWire.resources(allocation))
        }
        writer.field("ClientDescription", allocation.clientDescription)
        writer.field("ClientStatus", allocation.clientStatus.rawValue)
        writer.field("CreateIndex", allocation.createIndex)
        writer.field("CreateTime", allocation.createTime)
        writer.name("DeploymentStatus")
        Self.write(allocation.deploymentStatus, to: &writer)
        writer.field("DesiredDescription", allocation.desiredDescription)
        writer.field("DesiredStatus", allocation.desiredStatus.rawValue)
        writer.name("DesiredTransition")
        Self.write(allocation.desiredTransition, to: &writer)
        writer.field("EvalID", allocation.evalID)
        writer.field("FollowupEvalID", allocation.followupEvalID)
        writer.field("ID", allocation.id)
        writer.field("JobID", allocation.jobID)
        writer.field("JobType", allocation.job.job.type)
        writer.field("JobVersion", allocation.jobVersion)
        writer.field("ModifyIndex", allocation.modifyIndex)
        writer.field("ModifyTime", allocation.modifyTime)
        writer.field("Name", allocation.name)
        writer.field("Namespace", allocation.namespace)
        writer.field("NextAllocation", allocation.nextAllocation)
        writer.field("NodeID", allocation.nodeID)
        writer.field("NodeName", allocation.nodeName)
        writer.name("PreemptedAllocations")
        if allocation.preemptedAllocations.isEmpty {
            writer.null()
        } else {
            writer.openList()
            for id in allocation.preemptedAllocations { writer.value(id.text) }
            writer.closeList()
        }
        writer.field("PreemptedByAllocation", allocation.preemptedByAllocation)
        writer.field("RescheduleTracker", try AllocationWire.tracker(allocation.rescheduleTracker))
        writer.field("TaskGroup", allocation.taskGroup)
        writer.name("TaskStates")
        if withTaskStates { TaskStateWire.write(allocation.taskStates, to: &writer) } else { writer.null() }
        writer.close()
    }

    static func write(_ health: AllocationHealth?, to writer: inout ObjectWriter) {
        guard let health else { return writer.null() }
        writer.open()
        writer.field("Canary", health.canary)
        writer.field("Healthy", health.healthy)
        writer.field("ModifyIndex", health.modifyIndex)
        writer.field("Timestamp", health.timestamp.text)
        writer.close()
    }

    static func write(_ transition: DesiredTransition, to writer: inout ObjectWriter) {
        writer.open()
        writer.field("ForceReschedule", transition.forceReschedule)
        writer.field("Migrate", transition.migrate)
        writer.field("NoShutdownDelay", transition.noShutdownDelay)
        writer.field("Reschedule", transition.reschedule)
        writer.close()
    }
}
