import AccessControl
import Base
import Model
import State

/// `/v1/jobs/statuses`: jobs with their allocations and newest deployment, newest change first.
enum JobStatuses {
    /// Jobs that one request may name.
    static let jobsMax = 10_000

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        var wanted: Set<JobKey>?
        var children = try call.request.flag("include_children") ?? false
        if let body = try call.request.optionalJSON()?.objectValue {
            children = try body.readFlag("IncludeChildren") ?? children
            if let names = body.caseInsensitive("Jobs")?.arrayValue {
                wanted = try keys(names)
                if wanted?.isEmpty == true { throw APIError.badRequest("no jobs in request") }
            }
        }
        let named = wanted
        let withChildren = children
        return try await call.read([.jobs, .allocations, .deployments]) { state in
            let namespace = named == nil ? options.namespaceSelection : nil
            var jobs = state.allJobs(namespace: namespace, prefix: options.prefix).map(\.job)
            jobs = call.visible(jobs, .readJob) { $0.namespace }
            if let named { jobs.removeAll { !named.contains($0.key) } }
            if !withChildren, named == nil { jobs.removeAll { !$0.parentID.isEmpty } }
            jobs.sort { $0.modifyIndex != $1.modifyIndex ? $0.modifyIndex < $1.modifyIndex : $0.key > $1.key }
            // Newest first is the list's own order, so `reverse` turns it into oldest first.
            var newestFirst = options
            newestFirst.reverse.toggle()
            let page = try Page(jobs, newestFirst) {
                .created($0.modifyIndex, "")
            } whole: {
                JobWire.stored($0)
            }
            var response = try APIResponse.list(page) { try status($0, state) }
            if let next = page.nextToken { response.set("X-Nomad-NextToken", next.filter { $0 != "." }) }
            return response
        }
    }

    private static func keys(_ names: [JSON]) throws(APIError) -> Set<JobKey> {
        guard names.count <= jobsMax else { throw .badRequest("at most \(jobsMax) jobs in a request") }
        var keys: Set<JobKey> = []
        for name in names {
            let namespace = name.objectValue?.caseInsensitive("Namespace")?.stringValue ?? ""
            guard let id = name.objectValue?.caseInsensitive("ID")?.stringValue else {
                throw .badRequest("each of Jobs needs an ID")
            }
            keys.insert(JobKey(namespace: namespace.isEmpty ? Namespace.defaultName : namespace, id: id))
        }
        return keys
    }

    private static func status(_ job: Job, _ state: State) throws -> JSON {
        let allocations = state.allocations(ofJob: job.key).filter { $0.desiredStatus == .run || !$0.isClientTerminal }
        let children = state.children(of: job.key)
        let launcher = job.isPeriodic || job.isParameterized
        return [
            "Namespace": .string(job.namespace), "ID": .string(job.id), "Name": .string(job.name),
            "Type": .string(job.type), "NodePool": .string(job.nodePool),
            "Datacenters": .array(job.datacenters.map { .string($0) }), "Priority": .int(Int64(job.priority)),
            "Version": .int(Int64(clamping: job.version)), "SubmitTime": .int(job.submitTime),
            "ModifyIndex": .int(Int64(clamping: job.modifyIndex)), "Allocs": .array(allocations.map(allocation)),
            "GroupCountSum": .int(Int64(job.taskGroups.reduce(0) { $0 + $1.count })),
            "ChildStatuses": launcher ? .array(children.map { .string($0.job.status) }) : .null,
            "ParentID": .string(job.parentID),
            "LatestDeployment": state.latestDeployment(ofJob: job.key).map(deployment) ?? .null,
            "Stop": .bool(job.stop), "IsPack": .bool(job.meta["pack.name"] != nil), "Status": .string(job.status),
        ]
    }

    private static func allocation(_ allocation: Allocation) -> JSON {
        [
            "ID": .string(allocation.id.text), "Group": .string(allocation.taskGroup),
            "ClientStatus": .string(allocation.clientStatus.rawValue), "NodeID": .string(allocation.nodeID.text),
            "DeploymentStatus": [
                "Canary": .bool(allocation.deploymentStatus?.canary ?? false),
                "Healthy": allocation.deploymentStatus?.healthy.map { .bool($0) } ?? .null,
            ],
            "JobVersion": .int(Int64(clamping: allocation.jobVersion)),
            "FollowupEvalID": .string(allocation.followupEvalID.isZero ? "" : allocation.followupEvalID.text),
            "HasPausedTask": false,
        ]
    }

    private static func deployment(_ deployment: Deployment) -> JSON {
        let groups = deployment.taskGroups.values
        return [
            "ID": .string(deployment.id.text), "IsActive": .bool(deployment.status.isActive),
            "JobVersion": .int(Int64(clamping: deployment.jobVersion)), "Status": .string(deployment.status.rawValue),
            "StatusDescription": .string(deployment.statusDescription),
            "AllAutoPromote": .bool(groups.allSatisfy { $0.desiredCanaries == 0 || $0.autoPromote }),
            "RequiresPromotion": .bool(deployment.requiresPromotion),
        ]
    }
}
