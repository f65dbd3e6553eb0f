import Base

/// Layouts of deployments.
enum DeploymentLayout {
    /// The newest first.
    static func list(_ deployments: [JSON], show: Show) -> [String] {
        var table = Table("ID", "Job ID", "Job Version", "Status", "Description")
        let sorted = deployments.sorted {
            let (a, b) = ($0.int("CreateIndex"), $1.int("CreateIndex"))
            return a != b ? a > b : $0.text("ID") < $1.text("ID")
        }
        for deployment in sorted {
            table.add(
                show.id(deployment.text("ID")), deployment.text("JobID"), "\(deployment.int("JobVersion"))",
                deployment.text("Status"), deployment.text("StatusDescription"))
        }
        return table.lines
    }

    /// The block of `deployment status`.
    static func status(_ deployment: JSON, show: Show) -> [String] {
        KeyValues([
            ("ID", show.id(deployment.text("ID"))),
            ("Job ID", deployment.text("JobID")),
            ("Job Version", "\(deployment.int("JobVersion"))"),
            ("Status", deployment.text("Status")),
            ("Description", deployment.text("StatusDescription")),
        ]).lines + deployed(deployment, show: show)
    }

    /// The block inside `job status`.
    static func latest(_ deployment: JSON, show: Show) -> [String] {
        [show.title("Latest Deployment")]
            + KeyValues([
                ("ID", show.id(deployment.text("ID"))),
                ("Status", deployment.text("Status")),
                ("Description", deployment.text("StatusDescription")),
            ]).lines + deployed(deployment, show: show)
    }

    /// Progress by group, with the columns that the job's update policy makes meaningful.
    private static func deployed(_ deployment: JSON, show: Show) -> [String] {
        let groups = deployment.entries("TaskGroups")
        guard !groups.isEmpty else { return [] }
        let autoRevert = groups.contains { $0.value.flag("AutoRevert") }
        let canaries = groups.contains { $0.value.int("DesiredCanaries") > 0 }
        let deadline = groups.contains { $0.value.int("ProgressDeadline") > 0 }
        var header = ["Task Group"]
        if autoRevert { header.append("Auto Revert") }
        if canaries { header.append("Promoted") }
        header.append("Desired")
        if canaries { header.append("Canaries") }
        header += ["Placed", "Healthy", "Unhealthy"]
        if deadline { header.append("Progress Deadline") }
        var table = Table(header)
        for (name, group) in groups {
            var row = [name]
            if autoRevert { row.append("\(group.flag("AutoRevert"))") }
            if canaries { row.append(group.int("DesiredCanaries") > 0 ? "\(group.flag("Promoted"))" : "N/A") }
            row.append("\(group.int("DesiredTotal"))")
            if canaries { row.append(group.int("DesiredCanaries") > 0 ? "\(group.int("DesiredCanaries"))" : "N/A") }
            row += ["PlacedAllocs", "HealthyAllocs", "UnhealthyAllocs"].map { "\(group.int($0))" }
            if deadline { row.append(show.time(text: group.text("RequireProgressBy"))) }
            table.add(row)
        }
        return ["", show.title("Deployed")] + table.lines
    }
}
