import Base
import Model
import State

extension Scenario {
    private func key(_ id: String) -> JobKey { JobKey(namespace: "default", id: id) }
    private var state: State { world.reader.committed }

    /// One line per allocation, by name, then in order of their making. Where it runs is not said: any node that
    /// is as good could have been chosen.
    func allocations(of id: String) -> [String] {
        let all = state.allocations(ofJob: key(id)).sorted { a, b in
            if a.taskGroup != b.taskGroup { return a.taskGroup < b.taskGroup }
            return a.index != b.index ? a.index < b.index : a.createIndex < b.createIndex
        }
        return all.map { allocation in
            var words = [
                allocation.name, "v\(allocation.jobVersion)", allocation.desiredStatus.rawValue,
                allocation.clientStatus.rawValue,
            ]
            if allocation.deploymentStatus?.canary ?? false { words.append("canary") }
            if let healthy = allocation.deploymentStatus?.healthy { words.append(healthy ? "healthy" : "unhealthy") }
            if !allocation.desiredDescription.isEmpty { words.append("(\(allocation.desiredDescription))") }
            return words.joined(separator: " ")
        }
    }

    func evaluations(of id: String) -> [String] {
        state.evaluations(ofJob: key(id)).map { evaluation in
            var words = [evaluation.triggeredBy.rawValue, evaluation.status.rawValue]
            for (group, metric) in evaluation.failedTGAllocs.sorted(by: { $0.key < $1.key }) {
                var reasons = metric.constraintFiltered.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
                reasons += metric.dimensionExhausted.sorted { $0.key < $1.key }.map {
                    "\($0.key) exhausted: \($0.value)"
                }
                words.append("\(group) failed (\(named(reasons.joined(separator: ", "))))")
            }
            for (group, count) in evaluation.queuedAllocations.sorted(by: { $0.key < $1.key }) where count > 0 {
                words.append("\(group) queued \(count)")
            }
            return words.joined(separator: " ")
        }
    }

    /// A text with the names of nodes in place of their ids.
    private func named(_ text: String) -> String {
        state.allNodes.reduce(text) { text, node in
            text.split(separator: node.id.text, omittingEmptySubsequences: false).joined(separator: node.name)
        }
    }

    func job(_ id: String) -> [String] {
        guard let job = state.job(key(id))?.job else { return ["no job \(id)"] }
        var lines = [
            "\(job.id) v\(job.version) \(job.status)\(job.stop ? " stopped" : "")\(job.stable ? " stable" : "")"
        ]
        for child in state.children(of: key(id)) { lines.append("child \(child.job.id) \(child.job.status)") }
        return lines
    }

    func deployment(of id: String) -> [String] {
        guard let deployment = state.latestDeployment(ofJob: key(id)) else { return ["no deployment of \(id)"] }
        var lines = ["v\(deployment.jobVersion) \(deployment.status.rawValue): \(deployment.statusDescription)"]
        for (name, group) in deployment.taskGroups.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "\(name) placed \(group.placedAllocs) of \(group.desiredTotal), healthy \(group.healthyAllocs), "
                    + "unhealthy \(group.unhealthyAllocs)"
                    + (group.desiredCanaries > 0
                        ? ", canaries \(group.placedCanaries.count) of \(group.desiredCanaries)"
                            + (group.promoted ? " promoted" : "") : ""))
        }
        return lines
    }

    /// One line per user of a volume.
    func claims(on id: String) -> [String] {
        state.claims(on: VolumeKey(namespace: "default", id: id)).compactMap { claim in
            guard let user = state.allocation(claim.allocation) else { return nil }
            let use = claim.writes ? "writes" : "reads"
            return
                "\(user.name) v\(user.jobVersion) \(user.desiredStatus.rawValue) \(user.clientStatus.rawValue) \(use)"
        }
    }

    func node(_ name: String) -> [String] {
        guard let node = state.allNodes.filter({ $0.name == name }).last else { return ["no node \(name)"] }
        let drain = node.drainStrategy == nil ? "" : " draining"
        return ["\(node.name) \(node.status) \(node.schedulingEligibility)\(drain)"]
            + node.events.map { "- \($0.message)" }
    }
}

/// The words of a command: plain ones, and `name=value`.
struct Options {
    private(set) var plain: [String] = []
    private var named: [String: String] = [:]

    init(_ words: some Sequence<String>) {
        for word in words {
            if let equals = word.firstIndex(of: "=") {
                named[String(word[..<equals])] = String(word[word.index(after: equals)...])
            } else {
                plain.append(word)
            }
        }
    }

    subscript(name: String) -> String? { named[name] }
    func number(_ name: String) -> Int? { named[name].flatMap { Int($0) } }
    func span(_ name: String) -> TimeSpan? { named[name].flatMap { TimeSpan(text: $0) } }

    /// A job of one group `g` with one task: type, count, cpu, memory, priority, env (its content), exit_after,
    /// exit_code, max_parallel, canary, progress, auto_revert, auto_promote, reschedule, port, cron, constraint.
    func job(named id: String) -> Job {
        let type = JobType(rawValue: self["type"] ?? "") ?? .service
        var task = TaskSpec()
        (task.name, task.driver) = ("main", "mock")
        task.config = ["command": .string(self["env"] ?? "run")]
        for name in ["exit_after", "start_error"] { if let value = self[name] { task.config[name] = .string(value) } }
        if let code = number("exit_code") { task.config["exit_code"] = .int(Int64(code)) }
        task.resources.cpu = number("cpu") ?? 500
        task.resources.memoryMB = number("memory") ?? 256
        var group = GroupSpec()
        (group.name, group.count, group.tasks) = ("g", number("count") ?? 1, [task])
        group.restartPolicy.attempts = 0
        if !type.isPerNode {
            var policy = ReschedulePolicy()
            (policy.delay, policy.delayFunction) = (span("reschedule") ?? .seconds(30), "constant")
            if let attempts = number("attempts") {
                (policy.unlimited, policy.attempts, policy.interval) = (false, attempts, .hours(1))
            }
            group.reschedulePolicy = policy
        }
        if type == .service {
            var migrate = MigratePolicy()
            (migrate.healthCheck, migrate.minHealthyTime) = ("task_states", .seconds(5))
            group.migrate = migrate
            group.update = update
        }
        if let port = number("port") {
            var network = NetworkSpec()
            var spec = PortSpec()
            (spec.label, spec.value) = ("http", port)
            network.reservedPorts = [spec]
            group.networks = [network]
        }
        if let source = self["volume"] {
            var request = VolumeRequest()
            (request.name, request.type, request.source) = ("v", "csi", source)
            (request.accessMode, request.attachmentMode) = (self["mode"] ?? "single-node-writer", "file-system")
            (request.perAlloc, request.readOnly) = (plain.contains("per_alloc"), plain.contains("read_only"))
            group.volumes["v"] = request
        }
        if let wanted = self["class"] {
            group.constraints = [Constraint(lTarget: "${node.class}", operand: "=", rTarget: wanted)]
        }
        var job = Job()
        (job.id, job.name, job.type, job.datacenters, job.taskGroups) = (id, id, type.rawValue, ["dc1"], [group])
        job.priority = number("priority") ?? 50
        if let line = self["cron"] {
            job.periodic = PeriodicSpec()
            job.periodic?.spec = line.split(separator: "_").joined(separator: " ")
        }
        if plain.contains("parameterized") { job.parameterizedJob = ParameterizedSpec() }
        return job
    }

    /// A volume of the plugin `disk`: plugin, mode.
    func volume(named id: String) -> CSIVolume {
        var volume = CSIVolume()
        (volume.id, volume.externalID, volume.pluginID) = (id, id, self["plugin"] ?? "disk")
        volume.requestedCapabilities = [
            CSIVolumeCapability(accessMode: self["mode"] ?? "single-node-writer", attachmentMode: "file-system")
        ]
        return volume
    }

    private var update: UpdatePolicy {
        var update = UpdatePolicy()
        update.maxParallel = number("max_parallel") ?? 1
        update.healthCheck = "task_states"
        update.minHealthyTime = .seconds(5)
        update.healthyDeadline = .seconds(60)
        update.progressDeadline = span("progress") ?? .minutes(10)
        update.canary = number("canary") ?? 0
        update.autoRevert = plain.contains("auto_revert")
        update.autoPromote = plain.contains("auto_promote")
        return update
    }
}
