import AgentCore
import Base
import JobSpec
import Model
import State

/// The way of a job, in words: what each arrow of the architecture carries.
enum Way {
    /// The first arrows: a file's text becomes a tree, the tree a canonical and validated job.
    static func job(of text: String, name: String) throws -> (Job, [String]) {
        let file = try JobFile.parse(text, name: name)
        let prepared = try JobAdmission.prepare(.object(file.tree))
        let job = prepared.job
        var lines = ["file \(name): \(text.split(separator: "\n").count) lines"]
        lines.append("tree: job \(file.tree["ID"]?.text ?? "?") with \(file.tree.count) fields")
        lines.append(
            "job: \(job.id), \(job.type), priority \(job.priority), "
                + job.taskGroups.map { group in
                    "\(group.count) × \(group.name) of "
                        + group.tasks.map { "\($0.name) (\($0.driver))" }.joined(separator: ", ")
                }.joined(separator: "; "))
        lines.append("command: registerJob \(job.id)")
        return (job, lines)
    }

    static func text(of entry: Entry) -> String {
        "entry \(entry.cause): " + entry.changes.map(text(of:)).joined(separator: "; ")
    }

    private static func text(of change: Change) -> String {
        switch change {
        case .job(let job): "job \(job.id) v\(job.version)"
        case .jobStability(let key, let version, let stable): "job \(key.id) v\(version) stable \(stable)"
        case .evaluations(let list):
            list.map { "evaluation \($0.triggeredBy.rawValue) \($0.status)" }.joined(separator: ", ")
        case .allocations(let list): list.map { "allocation \(text(of: $0))" }.joined(separator: ", ")
        case .allocationUpdates(let list): list.map { text(of: $0) }.joined(separator: ", ")
        case .deployments(let list):
            list.map { "deployment of v\($0.jobVersion) \($0.status)" }.joined(separator: ", ")
        case .node(let node): "node \(node.name) \(node.status)"
        default: "another change"
        }
    }

    static func text(of allocation: Allocation) -> String {
        "\(allocation.name) to \(allocation.desiredStatus) on \(allocation.nodeName)"
    }

    static func text(of update: AllocationUpdate) -> String {
        let health = update.deploymentHealthy.map { $0 ? ", healthy" : ", unhealthy" } ?? ""
        return "one is \(update.clientStatus)\(health)"
    }

    /// Why the scheduler chose as it did.
    static func reasons(of entry: Entry) -> [String] {
        entry.changes.flatMap { change -> [String] in
            guard case .allocations(let list) = change else { return [] }
            return list.compactMap { allocation in
                guard let metric = allocation.metrics?.metric else { return nil }
                return "plan for \(allocation.name): \(metric.nodesEvaluated) nodes evaluated, "
                    + "\(metric.nodesFiltered) filtered, \(metric.nodesExhausted) exhausted"
            }
        }
    }

    static func text(of desired: DesiredAllocations, to name: String) -> String {
        "stream to \(name): "
            + (desired.allocations.map { "\($0.name) is to \($0.desiredStatus)" }
            + desired.removed.map { _ in "one is collected" }).joined(separator: ", ")
    }
}

extension World {
    /// Notes a stage of a job's way, when somebody follows it.
    mutating func note(_ stage: String) { way?.append(stage) }
}
