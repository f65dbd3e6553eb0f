import AccessControl
import Base
import Model
import State

/// `/v1/scaling/policies` and `/v1/scaling/policy/:id`: the scaling blocks of jobs.
enum ScalingEndpoints {
    struct Policy: Sendable {
        var job: Job
        var group: String
        var spec: ScalingSpec

        /// The policy's own id, or one that follows from what it scales.
        var id: String {
            if !spec.id.isEmpty { return spec.id }
            var generator = SeededGenerator(seed: seed)
            return ID<ScalingEndpoints.Policy>(using: &generator).text
        }

        private var seed: UInt64 {
            var hash = StableHash()
            for text in [job.namespace, job.id, group, spec.type] { hash.combine(text) }
            hash.combine(job.createIndex)
            return hash.value
        }

        var target: JSON {
            var object = JSONObject([
                ("Namespace", .string(job.namespace)), ("Job", .string(job.id)), ("Group", .string(group)),
            ])
            for (name, value) in spec.target.sorted(by: { $0.key < $1.key }) { object[name] = .string(value) }
            return .object(object)
        }

        var type: String { spec.type.isEmpty ? "horizontal" : spec.type }

        var stub: JSON {
            [
                "ID": .string(id), "Enabled": .bool(spec.enabled), "Type": .string(type), "Target": target,
                "CreateIndex": .int(Int64(clamping: spec.createIndex > 0 ? spec.createIndex : job.createIndex)),
                "ModifyIndex": .int(Int64(clamping: spec.modifyIndex > 0 ? spec.modifyIndex : job.jobModifyIndex)),
            ]
        }

        var whole: JSON {
            var tree = stub
            tree["Namespace"] = .string(job.namespace)
            tree["Policy"] = spec.policy ?? .null
            tree["Min"] = .int(Int64(spec.min))
            tree["Max"] = .int(Int64(spec.max))
            return tree
        }
    }

    /// Policies of all jobs that are not stopped, by job and group.
    static func all(_ state: State, namespace: String?) -> [Policy] {
        state.allJobs(namespace: namespace).filter { !$0.job.stop }.flatMap { shared -> [Policy] in
            let job = shared.job
            return job.taskGroups.flatMap { group in
                (group.scaling.map { [Policy(job: job, group: group.name, spec: $0)] } ?? [])
                    + group.tasks.flatMap { task in
                        task.scalingPolicies.map { spec in
                            var spec = spec
                            spec.target["Task"] = task.name
                            return Policy(job: job, group: group.name, spec: spec)
                        }
                    }
            }
        }
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let job = call.request.parameter("job") ?? ""
        let type = call.request.parameter("type") ?? ""
        let prefix = options.prefix.isEmpty ? nil : try UUIDText.prefix(options.prefix, "scaling policy lookup failed")
        return try await call.read([.jobs]) { state in
            var policies = call.visible(
                all(state, namespace: options.namespaceSelection), .listScalingPolicies, .listJobs
            ) { $0.job.namespace }
            if !job.isEmpty { policies.removeAll { $0.job.id != job } }
            if !type.isEmpty { policies.removeAll { !$0.type.hasPrefix(type) } }
            if let prefix { policies.removeAll { !$0.id.filter { $0 != "-" }.hasPrefix(prefix) } }
            policies.sort { $0.id < $1.id }
            let page = try Page(policies, options) {
                .id($0.id)
            } whole: {
                $0.whole
            }
            return try .list(page) { $0.stub }
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let id: ID<Policy> = try UUIDText.whole(call.capture("policy"), "scaling policy lookup failed")
        return try await call.read([.jobs]) { state in
            guard let policy = all(state, namespace: nil).first(where: { $0.id == id.text }) else {
                throw APIError.notFound("policy not found")
            }
            let wanted: [Capability] = [.readScalingPolicy, .readJob]
            guard call.rights.allows(wanted, namespace: policy.job.namespace) else { throw Gate.denied }
            return .json(policy.whole)
        }
    }
}
