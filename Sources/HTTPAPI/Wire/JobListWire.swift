import Base
import Model
import State

/// Jobs in lists, their summaries, and their states for scaling.
enum JobListWire {
    static func stub(_ job: Job, summary: JobSummary?, meta: Bool) throws -> JSON {
        var object = JSONObject()
        object["ID"] = .string(job.id)
        object["ParentID"] = .string(job.parentID)
        object["Name"] = .string(job.name)
        object["Namespace"] = .string(job.namespace)
        object["Datacenters"] = job.datacenters.isEmpty ? .null : .array(job.datacenters.map { .string($0) })
        object["NodePool"] = .string(job.nodePool)
        object["Multiregion"] = job.multiregion ?? .null
        object["Type"] = .string(job.type)
        object["Priority"] = .int(Int64(job.priority))
        object["Periodic"] = .bool(job.isPeriodic)
        object["ParameterizedJob"] = .bool(job.isParameterized)
        object["Stop"] = .bool(job.stop)
        object["Status"] = .string(job.status)
        object["StatusDescription"] = .string(job.statusDescription)
        object["JobSummary"] = try summary.map { try self.summary($0) } ?? .null
        object["CreateIndex"] = .int(Int64(clamping: job.createIndex))
        object["ModifyIndex"] = .int(Int64(clamping: job.modifyIndex))
        object["JobModifyIndex"] = .int(Int64(clamping: job.jobModifyIndex))
        object["SubmitTime"] = .int(job.submitTime)
        if meta { object["Meta"] = try WireEncoder().encode(job.meta) }
        return .object(object)
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
