public import Base

extension JobWire {
    /// The typed job of a canonical tree, with what the cluster adds, drops or renames when it takes a job in.
    ///
    /// Fields that only the cluster sets (indexes, status, version…) start afresh. Throws with the path of a
    /// field whose value has no place in the type, such as a number beyond 64 bits.
    public static func job(canonical tree: JSONObject) throws(WireError) -> Job {
        var tree = tree
        let groups = tree.takeList("TaskGroups") ?? []
        var job = try head(tree)
        try addGroups(groups, to: &job) { (group, at) throws(WireError) in
            if let object = group.objectValue { return object }
            throw WireError(expecting: "an object", group).within("TaskGroups[\(at)]")
        }
        return job
    }

    /// The typed job of a submitted tree: the same as completing it, filling in the defaults and reading the result,
    /// but group by group, so that a large job is never there as a whole in the forms between.
    ///
    /// - Parameter change: is given the job's own level before its groups inherit from it.
    static func job(submitted tree: JSON, change: (inout JSONObject) -> Void) throws(WireError) -> Job {
        let table = JobSchema.job
        var top = try complete(tree, table, path: "", as: .filled, leaving: "TaskGroups")
        var groups: [JSON] = []
        switch top["TaskGroups"] {
        case .array?: groups = top.takeList("TaskGroups") ?? []
        case .null?, nil: break
        case let other?:
            if let field = table.field(json: "TaskGroups") { _ = try fitting(other, field, in: "", as: .filled) }
        }
        change(&top)
        let heritage = Canonical.head(&top)
        var job = try head(top)
        try addGroups(groups, to: &job) { (group, at) throws(WireError) in
            var group = try complete(group, JobSchema.group, path: "TaskGroups[\(at)]", as: .filled)
            Canonical.group(&group, heritage)
            return group
        }
        return job
    }

    private static func head(_ tree: JSONObject) throws(WireError) -> Job {
        var job = try Job(wire: .object(tree))
        resetServerFields(&job)
        return job
    }

    /// - Parameter canonical: gives the canonical form of a group, from the group and its place in the list.
    private static func addGroups(
        _ groups: [JSON], to job: inout Job, canonical: (JSON, Int) throws(WireError) -> JSONObject
    ) throws(WireError) {
        job.taskGroups.reserveCapacity(groups.count)
        for (at, tree) in groups.enumerated() {
            var tree = try canonical(tree, at)
            tree.mapObjects("Services", fillSidecar)
            tree.mapObjects("Tasks") { task in
                task.mapObjects("Services", fillSidecar)
                task.mapObjects("ScalingPolicies") { if $0.isNull("Enabled") { $0["Enabled"] = true } }
            }
            var group: GroupSpec
            do throws(WireError) {
                group = try GroupSpec(wire: .object(tree))
            } catch {
                throw error.within("TaskGroups[\(at)]")
            }
            takeIn(&group, namespace: job.namespace, job: job.id)
            job.taskGroups.append(group)
        }
    }

    /// The stored form of a job: what the API answers.
    public static func stored(_ job: Job) -> JSON { job.wire }

    /// Numbers that the task form has as numbers are null in a sidecar's submitted form.
    private static func fillSidecar(_ service: inout JSONObject) {
        service.mapObject("Connect") { connect in
            connect.mapObject("SidecarTask") { task in
                task.mapObject("Resources") { resources in
                    for name in ["CPU", "Cores", "MemoryMB", "MemoryMaxMB", "DiskMB", "IOPS"]
                    where resources.isNull(name) {
                        resources[name] = 0
                    }
                }
            }
        }
    }

    private static func resetServerFields(_ job: inout Job) {
        // The groups hold the merged policy; the job keeps what older clients read from it.
        var update = UpdatePolicy()
        if job.update.maxParallel > 0 {
            update.maxParallel = job.update.maxParallel
            update.stagger = job.update.stagger
        }
        job.update = update
        job.consulToken = ""
        job.vaultToken = ""
        job.nomadTokenID = ""
        job.parentID = ""
        job.dispatched = false
        job.dispatchIdempotencyToken = ""
        job.status = ""
        job.statusDescription = ""
        job.stable = false
        job.version = 0
        job.versionTag = nil
        job.submitTime = 0
        job.createIndex = 0
        job.modifyIndex = 0
        job.jobModifyIndex = 0
    }

    private static func takeIn(_ group: inout GroupSpec, namespace: String, job: String) {
        let target = ["Namespace": namespace, "Job": job, "Group": group.name]
        group.scaling?.target = target
        group.volumes = group.volumes.filter { $0.value.type == "host" || $0.value.type == "csi" }
        for at in group.networks.indices { takeIn(&group.networks[at]) }
        let names = ["JOB": job, "TASKGROUP": group.name, "TASK": "", "BASE": job + "-" + group.name]
        for at in group.services.indices { takeIn(&group.services[at], names) }
        for at in group.tasks.indices {
            let task = group.tasks[at].name
            let names = [
                "JOB": job, "TASKGROUP": group.name, "TASK": task, "BASE": "\(job)-\(group.name)-\(task)",
            ]
            for service in group.tasks[at].services.indices {
                takeIn(&group.tasks[at].services[service], names)
                for check in group.tasks[at].services[service].checks.indices {
                    group.tasks[at].services[service].checks[check].taskName = ""
                }
            }
            // Disk is asked for by the group's ephemeral_disk; the task's old field has had no effect since.
            group.tasks[at].resources.diskMB = 0
            for network in group.tasks[at].resources.networks.indices {
                takeIn(&group.tasks[at].resources.networks[network])
            }
            for policy in group.tasks[at].scalingPolicies.indices {
                group.tasks[at].scalingPolicies[policy].target = target.merging(["Task": task]) { $1 }
            }
        }
    }

    private static func takeIn(_ network: inout NetworkSpec) {
        network.device = ""
        func named(_ port: PortSpec) -> PortSpec {
            var port = port
            if port.hostNetwork.isEmpty { port.hostNetwork = "default" }
            return port
        }
        network.dynamicPorts = network.dynamicPorts.map(named)
        network.reservedPorts = network.reservedPorts.map(named)
    }

    private static func takeIn(_ service: inout ServiceSpec, _ names: [String: String]) {
        service.name = expanded(service.name, names)
        service.namespace = "default"
        for at in service.checks.indices where service.checks[at].name.isEmpty {
            service.checks[at].name = "service: \"\(service.name)\" check"
        }
    }

    /// A text with `${JOB}`, `${TASKGROUP}`, `${TASK}` and `${BASE}` replaced; other references stay.
    static func expanded(_ text: String, _ names: [String: String]) -> String {
        guard text.contains("${") else { return text }
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            result += rest[..<start.lowerBound]
            result += names[name] ?? "${\(name)}"
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
