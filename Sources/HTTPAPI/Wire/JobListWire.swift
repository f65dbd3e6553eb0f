import Base
import Model
import State

/// Jobs in lists, their summaries, and their states for scaling.
enum JobListWire {
    /// A job in lists. Written without a tree: watchers ask for all jobs again and again.
    static func write(_ job: Job, summary: JobSummary?, meta: Bool, to writer: inout ObjectWriter) throws {
        writer.open()
        writer.field("CreateIndex", job.createIndex)
        writer.name("Datacenters")
        if job.datacenters.isEmpty {
            writer.null()
        } else {
            writer.openList()
            for datacenter in job.datacenters { writer.value(datacenter) }
            writer.closeList()
        }
        writer.field("ID", job.id)
        writer.field("JobModifyIndex", job.jobModifyIndex)
        writer.name("JobSummary")
        if let summary { write(summary, to: &writer) } else { writer.null() }
        if meta { writer.field("Meta", try WireEncoder().encode(job.meta)) }
        writer.field("ModifyIndex", job.modifyIndex)
        writer.field("Multiregion", job.multiregion ?? .null)
        writer.field("Name", job.name)
        writer.field("Namespace", job.namespace)
        writer.field("NodePool", job.nodePool)
        writer.field("ParameterizedJob", job.isParameterized)
        writer.field("ParentID", job.parentID)
        writer.field("Periodic", job.isPeriodic)
        writer.field("Priority", job.priority)
        writer.field("Status", job.status)
        writer.field("StatusDescription", job.statusDescription)
        writer.field("Stop", job.stop)
        writer.field("SubmitTime", job.submitTime)
        writer.field("Type", job.type)
        writer.close()
    }

    private static func write(_ summary: JobSummary, to writer: inout ObjectWriter) {
        writer.open()
        writer.name("Children")
        if let children = summary.children {
            writer.open()
            writer.field("Dead", children.dead)
            writer.field("Pending", children.pending)
            writer.field("Running", children.running)
            writer.close()
        } else {
            writer.null()
        }
        writer.field("CreateIndex", summary.createIndex)
        writer.field("JobID", summary.jobID)
        writer.field("ModifyIndex", summary.modifyIndex)
        writer.field("Namespace", summary.namespace)
        writer.name("Summary")
        if summary.summary.isEmpty {
            writer.null()
        } else {
            writer.open()
            for (name, group) in summary.summary.sorted(by: { $0.key < $1.key }) {
                writer.name(chosen: name)
                write(group, to: &writer)
            }
            writer.close()
        }
        writer.close()
    }

    private static func write(_ group: GroupSummary, to writer: inout ObjectWriter) {
        writer.open()
        writer.field("Complete", group.complete)
        writer.field("Failed", group.failed)
        writer.field("Lost", group.lost)
        writer.field("Queued", group.queued)
        writer.field("Running", group.running)
        writer.field("Starting", group.starting)
        writer.field("Unknown", group.unknown)
        writer.close()
    }

    static func summary(_ summary: JobSummary) throws -> JSON { try WireEncoder().encode(summary) }

    /// `/v1/job/:id/scale`: how many instances of each group are wanted, placed, running, healthy.
    static func scaleStatus(_ job: Job, state: State) throws -> JSON {
        let encoder = WireEncoder()
        let allocations = state.allocations(ofJob: job.key)
        let deployment = state.latestDeployment(ofJob: job.key)
        let events = state.scalingEvents(of: job.key)
        var groups = JSONObject()
        for group in job.taskGroups {
            let live = allocations.filter { $0.taskGroup == group.name && !$0.isTerminal }
            let running = live.count { $0.clientStatus == .running }
            // Health is what the newest deployment says of the instances that it made.
            let judged = live.filter { $0.deploymentID == deployment?.id && $0.deploymentStatus?.healthy != nil }
            groups[group.name] = [
                "Desired": .int(Int64(job.stop ? 0 : group.count)), "Placed": .int(Int64(live.count)),
                "Running": .int(Int64(running)),
                "Healthy": .int(Int64(judged.count { $0.deploymentStatus?.healthy == true })),
                "Unhealthy": .int(Int64(judged.count { $0.deploymentStatus?.healthy == false })),
                "Events": try (events[group.name] ?? []).isEmpty ? .null : encoder.encode(events[group.name] ?? []),
            ]
        }
        return [
            "JobID": .string(job.id), "Namespace": .string(job.namespace),
            "JobCreateIndex": .int(Int64(clamping: job.createIndex)),
            "JobModifyIndex": .int(Int64(clamping: job.modifyIndex)), "JobStopped": .bool(job.stop),
            "TaskGroups": .object(groups),
        ]
    }
}
