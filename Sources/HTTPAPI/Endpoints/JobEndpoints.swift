import AccessControl
import Base
import Model
import State

/// Reading jobs: `/v1/jobs`, `/v1/job/:id` and what belongs to a job.
enum JobEndpoints {
    private static let jobTables: [Table] = [.jobs, .jobSummaries]

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let meta = try call.request.flag("meta") ?? false
        return try await call.read(jobTables) { state in
            let all = state.allJobs(namespace: options.namespaceSelection, prefix: options.prefix)
            let jobs = call.visible(all, .listJobs) { $0.job.namespace }
            let page = try Page(jobs, options) {
                .named($0.job.namespace, $0.job.id)
            } whole: {
                JobWire.stored($0.job)
            }
            return try .list(page) { shared, writer in
                let summary = state.summary(of: shared.job.key)
                try JobListWire.write(shared.job, summary: summary, meta: meta, to: &writer)
            }
        }
    }

    static func key(_ call: APICall) -> JobKey { JobKey(namespace: call.namespace, id: call.capture("job")) }

    static func get(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read([.jobs]) { state in
            state.job(key)?.job.modifyIndex
        } answer: { state in
            guard let job = state.job(key)?.job else { throw APIError.notFound("job not found") }
            return .json(JobWire.stored(job))
        }
    }

    static func versions(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        let request = try VersionsRequest(call.request)
        return try await call.read([.jobs]) { state in
            state.job(key)?.job.modifyIndex
        } answer: { state in
            let versions = state.versions(of: key).map(\.job)
            guard !versions.isEmpty else { throw APIError.notFound("job versions not found") }
            return .json([
                "Diffs": try request.diffs(of: versions), "Index": .int(Int64(clamping: versions[0].modifyIndex)),
                "KnownLeader": true, "LastContact": 0, "NextToken": "",
                "Versions": .array(versions.map { JobWire.stored($0) }),
            ])
        }
    }

    static func allocations(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        let all = try call.request.flag("all") ?? false
        return try await call.read([.allocations]) { state in
            var allocations = state.allocations(ofJob: key)
            if !all, let created = state.job(key)?.job.createIndex {
                // A purged job's id may be taken again: its allocations are another job's.
                allocations.removeAll { $0.job.job.createIndex != created }
            }
            return try AllocationEndpoints.stubs(allocations, call)
        }
    }

    static func evaluations(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read([.evaluations]) { state in
            .json(.array(try state.evaluations(ofJob: key).map { try EvaluationWire.tree($0) }))
        }
    }

    static func deployments(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        let all = try call.request.flag("all") ?? false
        return try await call.read([.deployments]) { state in
            var deployments = state.deployments(ofJob: key)
            if !all, let created = state.job(key)?.job.createIndex {
                deployments.removeAll { $0.jobCreateIndex != created }
            }
            return .json(.array(try deployments.map { try DeploymentWire.tree($0) }))
        }
    }

    static func latestDeployment(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read([.deployments]) { state in
            .json(try state.latestDeployment(ofJob: key).map { try DeploymentWire.tree($0) } ?? .null)
        }
    }

    static func summary(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read([.jobSummaries]) { state in
            state.summary(of: key)?.modifyIndex
        } answer: { state in
            guard let summary = state.summary(of: key) else { throw APIError.notFound("job not found") }
            return .json(try JobListWire.summary(summary))
        }
    }

    static func scaleStatus(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read([.jobs, .scalingEvents, .allocations]) { state in
            guard let job = state.job(key)?.job else { throw APIError.notFound("job not found") }
            return .json(try JobListWire.scaleStatus(job, state: state))
        }
    }

    /// The text that a version came from.
    static func submission(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        guard let text = call.request.parameter("version"), !text.isEmpty else {
            throw APIError.badRequest("version query parameter is required")
        }
        guard let version = UInt64(text) else {
            throw APIError.badRequest("version must be a whole number, not \"\(text)\"")
        }
        return try await call.read([.records, .jobs]) { state in
            guard let submission = JobSubmission.find(key, version: version, in: state) else {
                throw APIError.notFound("job source not found")
            }
            return .json(submission)
        }
    }

    /// The commands that a job's tasks offer to be run by name.
    static func actions(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read([.jobs]) { state in
            guard let job = state.job(key)?.job else { throw APIError.notFound("job not found") }
            var actions: [JSON] = []
            for group in job.taskGroups {
                for task in group.tasks {
                    for action in task.actions {
                        actions.append([
                            "Name": action["Name"] ?? "", "TaskGroupName": .string(group.name),
                            "TaskName": .string(task.name),
                        ])
                    }
                }
            }
            return .json(.array(actions))
        }
    }
}
