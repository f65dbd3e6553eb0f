import Base

/// Walks two versions of a job side by side in their stored form.
///
/// Fields of the job, its groups and tasks are shown when they changed; blocks are shown with all their fields, so
/// that a change is seen with what stands around it.
struct DiffWalk {
    private let blocks = DiffBlocks()

    func job(_ old: Job?, _ new: Job?) throws -> JobDiff {
        let before = try tree(old)
        let after = try tree(new)
        var diff = JobDiff(
            type: DiffType(old: old != nil, new: new != nil, changed: specification(old) != specification(new)),
            id: (new ?? old)?.id ?? "")
        diff.fields = fields(before, after, Self.jobFieldsLeftOut)
        diff.objects =
            blocks.texts("Datacenters", before["Datacenters"], after["Datacenters"])
            + blocks.placement(before, after)
            + blocks.objects(
                [("Periodic", "Periodic"), ("ParameterizedJob", "ParameterizedJob"), ("UI", "UI")], before, after)
        diff.taskGroups = try named(old?.taskGroups ?? [], new?.taskGroups ?? [], \.name).map { try group($0, $1) }
        return diff
    }

    /// Set by the server, secret, or shown elsewhere.
    private static let jobFieldsLeftOut: Set<String> = [
        "ID", "Status", "StatusDescription", "Version", "Stable", "CreateIndex", "ModifyIndex", "JobModifyIndex",
        "SubmitTime", "NomadTokenID", "ConsulToken", "VaultToken", "Payload", "DispatchIdempotencyToken",
    ]

    /// A job without what the server sets.
    private func specification(_ job: Job?) -> Job? {
        guard var job else { return nil }
        job.status = ""
        job.statusDescription = ""
        job.version = 0
        job.versionTag = nil
        job.stable = false
        job.submitTime = 0
        job.createIndex = 0
        job.modifyIndex = 0
        job.jobModifyIndex = 0
        return job
    }

    private func tree(_ value: (some Encodable)?) throws -> JSONObject {
        guard let value else { return JSONObject() }
        return try WireEncoder().encode(value).objectValue ?? JSONObject()
    }

    /// Pairs by name, in the order of names.
    private func named<T>(_ old: [T], _ new: [T], _ name: KeyPath<T, String>) -> [(T?, T?)] {
        let before = Dictionary(old.map { ($0[keyPath: name], $0) }) { first, _ in first }
        let after = Dictionary(new.map { ($0[keyPath: name], $0) }) { first, _ in first }
        return Set(before.keys).union(after.keys).sorted().map { (before[$0], after[$0]) }
    }

    private func group(_ old: GroupSpec?, _ new: GroupSpec?) throws -> TaskGroupDiff {
        let before = try tree(old)
        let after = try tree(new)
        var diff = TaskGroupDiff(
            type: DiffType(old: old != nil, new: new != nil, changed: old != new), name: (new ?? old)?.name ?? "")
        diff.fields = fields(before, after, ["Name"])
        let policies = [
            ("RestartPolicy", "RestartPolicy"), ("ReschedulePolicy", "ReschedulePolicy"),
            ("EphemeralDisk", "EphemeralDisk"), ("Update", "Update"), ("Disconnect", "Disconnect"),
            ("Scaling", "Scaling"), ("Consul", "Consul"),
        ]
        diff.objects = blocks.placement(before, after) + blocks.objects(policies, before, after)
        // A policy that every service has says nothing when its group appears or goes.
        if old != nil, new != nil { diff.objects += blocks.objects([("Migrate", "Migrate")], before, after) }
        diff.objects += blocks.set("Network", before["Networks"], after["Networks"])
        diff.objects += blocks.named("Service", "Name", before["Services"], after["Services"])
        diff.objects += blocks.map("Volume", before["Volumes"], after["Volumes"])
        diff.tasks = try named(old?.tasks ?? [], new?.tasks ?? [], \.name).map { try task($0, $1) }
        if let old, let new, old.restartPolicy == new.restartPolicy {
            try ownRestarts(old, new, &diff)
        }
        return diff
    }

    /// A task's restart policy follows its group's and is shown there; what a task changes for itself is shown with it.
    private func ownRestarts(_ old: GroupSpec, _ new: GroupSpec, _ diff: inout TaskGroupDiff) throws {
        for (before, after) in named(old.tasks, new.tasks, \.name) {
            guard let before, let after, before.restartPolicy != after.restartPolicy,
                let at = diff.tasks.firstIndex(where: { $0.name == after.name })
            else { continue }
            diff.tasks[at].objects += blocks.objects(
                [("RestartPolicy", "RestartPolicy")], try tree(before), try tree(after))
        }
    }

    private func task(_ old: TaskSpec?, _ new: TaskSpec?) throws -> TaskDiff {
        let before = try tree(old)
        let after = try tree(new)
        var diff = TaskDiff(
            type: DiffType(old: old != nil, new: new != nil, changed: old != new), name: (new ?? old)?.name ?? "")
        diff.fields = fields(before, after, ["Name"])
        diff.objects =
            blocks.placement(before, after)
            + blocks.objects(
                [
                    ("Config", "Config"), ("Resources", "Resources"), ("LogConfig", "LogConfig"),
                    ("DispatchPayload", "DispatchPayload"), ("Lifecycle", "Lifecycle"), ("Vault", "Vault"),
                    ("Consul", "Consul"), ("CSIPluginConfig", "CSIPluginConfig"), ("Identity", "Identity"),
                    ("Schedule", "Schedule"),
                ], before, after)
        diff.objects += blocks.set("Artifact", before["Artifacts"], after["Artifacts"])
        diff.objects += blocks.named("Service", "Name", before["Services"], after["Services"])
        diff.objects += blocks.set("Template", before["Templates"], after["Templates"])
        diff.objects += blocks.set("VolumeMount", before["VolumeMounts"], after["VolumeMounts"])
        diff.objects += blocks.named("Action", "Name", before["Actions"], after["Actions"])
        diff.objects += blocks.named("Secret", "Name", before["Secrets"], after["Secrets"])
        diff.objects += blocks.set("Identities", before["Identities"], after["Identities"])
        diff.objects += blocks.named("ScalingPolicy", "Type", before["ScalingPolicies"], after["ScalingPolicies"])
        return diff
    }

    /// The plain fields of a job, group or task, its meta and environment included.
    private func fields(_ old: JSONObject, _ new: JSONObject, _ leftOut: Set<String>) -> [FieldDiff] {
        var before = blocks.plain(old, leftOut)
        var after = blocks.plain(new, leftOut)
        for name in ["Meta", "Env"] {
            before.merge(blocks.flat(old[name], name)) { $1 }
            after.merge(blocks.flat(new[name], name)) { $1 }
        }
        return blocks.compare(before, after, withContext: false)
    }
}
