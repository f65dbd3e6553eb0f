import Base

/// Layouts of allocations.
enum AllocationLayout {
    /// By creation, the newest first; allocations of one index are ordered by id.
    static func newestFirst(_ allocations: [JSON]) -> [JSON] {
        allocations.sorted {
            let (a, b) = ($0.int("CreateIndex"), $1.int("CreateIndex"))
            return a != b ? a > b : $0.text("ID") < $1.text("ID")
        }
    }

    /// The table of stubs; `node` leaves the node's name out in verbose tables, as the node's own page does.
    static func list(_ allocations: [JSON], show: Show, ofNode: Bool = false) -> [String] {
        var header = ["ID"]
        if show.isVerbose { header.append("Eval ID") }
        header.append("Node ID")
        if show.isVerbose, !ofNode { header.append("Node Name") }
        header += ["Task Group", "Version", "Desired", "Status", "Created", "Modified"]
        var table = Table(header)
        for allocation in newestFirst(allocations) {
            var row = [show.id(allocation.text("ID"))]
            if show.isVerbose { row.append(show.id(allocation.text("EvalID"))) }
            row.append(show.id(allocation.text("NodeID")))
            if show.isVerbose, !ofNode { row.append(allocation.text("NodeName")) }
            row += [
                allocation.text("TaskGroup"), "\(version(allocation))", allocation.text("DesiredStatus"),
                allocation.text("ClientStatus"), show.moment(allocation.instant("CreateTime")),
                show.moment(allocation.instant("ModifyTime")),
            ]
            table.add(row)
        }
        return table.lines
    }

    /// The job version of a stub or a whole allocation.
    static func version(_ allocation: JSON) -> Int64 {
        allocation.has("JobVersion") ? allocation.int("JobVersion") : allocation.child("Job").int("Version")
    }

    /// The first block of `alloc status`.
    static func header(_ allocation: JSON, show: Show) -> [String] {
        var block = KeyValues([
            ("ID", allocation.text("ID")),
            ("Eval ID", show.id(allocation.text("EvalID"))),
            ("Name", allocation.text("Name")),
            ("Node ID", show.id(allocation.text("NodeID"))),
            ("Node Name", allocation.text("NodeName")),
            ("Job ID", allocation.text("JobID")),
            ("Job Version", "\(version(allocation))"),
            ("Client Status", allocation.text("ClientStatus")),
            ("Client Description", allocation.text("ClientDescription")),
            ("Desired Status", allocation.text("DesiredStatus")),
            ("Desired Description", allocation.text("DesiredDescription")),
            ("Created", show.moment(allocation.instant("CreateTime"))),
            ("Modified", show.moment(allocation.instant("ModifyTime"))),
        ])
        addDeployment(allocation, to: &block, show: show)
        addFollowers(allocation, to: &block, show: show)
        if show.isVerbose {
            let metric = allocation.child("Metrics")
            block.add("Evaluated Nodes", "\(metric.int("NodesEvaluated"))")
            block.add("Filtered Nodes", "\(metric.int("NodesFiltered"))")
            block.add("Exhausted Nodes", "\(metric.int("NodesExhausted"))")
            block.add("Allocation Time", TimeSpan(nanoseconds: metric.int("AllocationTime")).text)
            block.add("Failures", "\(metric.int("CoalescedFailures"))")
        }
        return block.lines
    }

    private static func addDeployment(_ allocation: JSON, to block: inout KeyValues, show: Show) {
        let deployment = allocation.text("DeploymentID")
        guard !deployment.isEmpty else { return }
        let status = allocation.child("DeploymentStatus")
        block.add("Deployment ID", show.id(deployment))
        block.add(
            "Deployment Health", status["Healthy"]?.boolValue.map { $0 ? "healthy" : "unhealthy" } ?? "unset")
        if status.flag("Canary") { block.add("Canary", "true") }
    }

    /// What came before and what comes after.
    private static func addFollowers(_ allocation: JSON, to block: inout KeyValues, show: Show) {
        if !allocation.text("NextAllocation").isEmpty {
            block.add("Replacement Alloc ID", show.id(allocation.text("NextAllocation")))
        }
        if let attempts = rescheduleAttempts(allocation) { block.add("Reschedule Attempts", attempts) }
        if !allocation.text("FollowupEvalID").isEmpty {
            block.add("Followup Evaluation ID", show.id(allocation.text("FollowupEvalID")))
        }
        let preempted = allocation.texts("PreemptedAllocations")
        if !preempted.isEmpty {
            block.add("Preempted Alloc IDs", preempted.map { show.id($0) }.joined(separator: ","))
        }
        if !allocation.text("PreemptedByAllocation").isEmpty {
            block.add("Preempted By", show.id(allocation.text("PreemptedByAllocation")))
        }
    }

    /// `1/3`: tries in the policy's interval and the most it allows; nil where they are unlimited.
    private static func rescheduleAttempts(_ allocation: JSON) -> String? {
        let events = allocation.child("RescheduleTracker").list("Events")
        let group = allocation.child("Job").list("TaskGroups").first {
            $0.text("Name") == allocation.text("TaskGroup")
        }
        guard let policy = group?.child("ReschedulePolicy"), !policy.flag("Unlimited"), policy.int("Attempts") > 0,
            !events.isEmpty || allocation.text("ClientStatus") == "failed"
        else { return nil }
        let last = events.last?.int("RescheduleTime") ?? 0
        let recent = events.filter { $0.int("RescheduleTime") > last - policy.int("Interval") }
        return "\(recent.count)/\(policy.int("Attempts"))"
    }

    /// `alloc status -short`.
    static func short(_ allocation: JSON, show: Show) -> [String] {
        var lines = KeyValues([
            ("ID", allocation.text("ID")),
            ("Name", allocation.text("Name")),
            ("Created", show.moment(allocation.instant("CreateTime"))),
            ("Modified", show.moment(allocation.instant("ModifyTime"))),
        ]).lines
        var table = Table("Name", "State", "Last Event", "Time", "Lifecycle")
        for task in AllocationTask.all(of: allocation) {
            let last = task.state.list("Events").last
            table.add(
                task.name, task.state.text("State"), last?.text("Type") ?? "",
                show.time(last?.instant("Time") ?? .zero), task.lifecycle.isEmpty ? "main" : task.lifecycle)
        }
        lines += ["", show.title("Tasks")] + table.lines
        return lines
    }

    /// Ports of the group's network.
    static func addresses(_ allocation: JSON, show: Show) -> [String] {
        let shared = allocation.child("AllocatedResources").child("Shared")
        let ports = shared.list("Ports")
        guard !ports.isEmpty else { return [] }
        let mode = shared.list("Networks").first?.text("Mode") ?? ""
        var table = Table("Label", "Dynamic", "Address")
        for port in ports {
            var address = "\(port.text("HostIP")):\(port.int("Value"))"
            if port.int("To") > 0 { address += " -> \(port.int("To"))" }
            table.add("*" + port.text("Label"), "yes", address)
        }
        let title = "Allocation Addresses" + (mode.isEmpty ? "" : " (mode = \(GoQuote.text(mode)))")
        return ["", show.title(title)] + table.lines
    }

    /// What an event says.
    static func eventText(_ event: JSON) -> String {
        let text = event.text("DisplayMessage")
        if !text.isEmpty { return text }
        let message = event.text("Message")
        return message.isEmpty ? event.text("DriverMessage") : message
    }
}
