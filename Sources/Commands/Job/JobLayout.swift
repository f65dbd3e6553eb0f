import Base

/// Layouts of jobs.
enum JobLayout {
    /// The table of jobs.
    static func list(_ jobs: [JSON], allNamespaces: Bool, show: Show) -> [String] {
        var table = Table(
            allNamespaces
                ? ["ID", "Namespace", "Type", "Priority", "Status", "Submit Date"]
                : ["ID", "Type", "Priority", "Status", "Submit Date"])
        let sorted = jobs.sorted {
            ($0.text("ID"), namespace($0)) < ($1.text("ID"), namespace($1))
        }
        for job in sorted {
            var row = [job.text("ID")]
            if allNamespaces { row.append(namespace(job)) }
            row += [
                type(job), "\(job.int("Priority"))", status(job), show.time(job.instant("SubmitTime")),
            ]
            table.add(row)
        }
        return table.lines
    }

    private static func namespace(_ stub: JSON) -> String {
        let name = stub.text("Namespace")
        return name.isEmpty ? stub.child("JobSummary").text("Namespace") : name
    }

    /// `batch/periodic` and its kin, from a stub.
    private static func type(_ stub: JSON) -> String {
        if stub.flag("Periodic") { return stub.text("Type") + "/periodic" }
        if stub.flag("ParameterizedJob") { return stub.text("Type") + "/parameterized" }
        return stub.text("Type")
    }

    static func status(_ job: JSON) -> String {
        job.flag("Stop") ? job.text("Status") + " (stopped)" : job.text("Status")
    }

    /// Whether a whole job is periodic.
    static func isPeriodic(_ job: JSON) -> Bool { job.has("Periodic") && job.child("Periodic")["Enabled"] != false }
    /// Whether a whole job is a template that is dispatched (and not an instance of one).
    static func isParameterized(_ job: JSON) -> Bool { job.has("ParameterizedJob") && !job.flag("Dispatched") }

    /// The block on top of `job status`.
    static func header(_ job: JSON, nextLaunch: Instant?, show: Show) -> [String] {
        var block = KeyValues([
            ("ID", job.text("ID")),
            ("Name", job.text("Name")),
            ("Submit Date", show.time(job.instant("SubmitTime"))),
            ("Type", job.text("Type")),
            ("Priority", "\(job.int("Priority"))"),
            ("Datacenters", job.texts("Datacenters").joined(separator: ",")),
            ("Namespace", job.text("Namespace")),
            ("Status", status(job)),
            ("Periodic", "\(isPeriodic(job))"),
            ("Parameterized", "\(isParameterized(job))"),
        ])
        if isPeriodic(job), !isParameterized(job) {
            if job.flag("Stop") {
                block.add("Next Periodic Launch", "none (job stopped)")
            } else if let nextLaunch {
                block.add("Next Periodic Launch", launch(nextLaunch, show: show))
            }
        }
        return block.lines
    }

    /// `2027-01-01T04:30:00Z (947h51m23s from now)`.
    static func launch(_ next: Instant, show: Show) -> String {
        let seconds = (next.nanoseconds - show.now.nanoseconds + 500_000_000) / 1_000_000_000
        return "\(show.time(next)) (\(TimeSpan.seconds(seconds).text) from now)"
    }

    /// Counts by group.
    static func summary(_ summary: JSON, show: Show) -> [String] {
        var table = Table("Task Group", "Queued", "Starting", "Running", "Failed", "Complete", "Lost")
        for (name, group) in summary.entries("Summary") {
            table.add(
                [name]
                    + ["Queued", "Starting", "Running", "Failed", "Complete", "Lost"].map { "\(group.int($0))" })
        }
        return [show.title("Summary")] + table.lines
    }

    static func children(_ title: String, _ summary: JSON, show: Show) -> [String] {
        let counts = summary.child("Children")
        var table = Table("Pending", "Running", "Dead")
        table.add(["Pending", "Running", "Dead"].map { "\(counts.int($0))" })
        return [show.title(title)] + table.lines
    }

    /// Ids and states of launched or dispatched jobs.
    static func instances(_ jobs: [JSON]) -> [String] {
        var table = Table("ID", "Status")
        for job in jobs.sorted(by: { $0.text("ID") < $1.text("ID") }) { table.add(job.text("ID"), job.text("Status")) }
        return table.lines
    }

    static func parameters(_ job: JSON, show: Show) -> [String] {
        let config = job.child("ParameterizedJob")
        return [show.title("Parameterized Job")]
            + KeyValues([
                ("Payload", config.text("Payload")),
                ("Required Metadata", config.texts("MetaRequired").joined(separator: ", ")),
                ("Optional Metadata", config.texts("MetaOptional").joined(separator: ", ")),
            ]).lines
    }

    /// What a job's evaluations say about it.
    static func evaluations(_ evaluations: [JSON], show: Show) -> [String] {
        var table = Table("ID", "Priority", "Triggered By", "Status", "Placement Failures")
        for evaluation in EvaluationLayout.newestFirst(evaluations) {
            table.add(
                show.id(evaluation.text("ID")), "\(evaluation.int("Priority"))", evaluation.text("TriggeredBy"),
                evaluation.text("Status"), EvaluationLayout.placementFailures(evaluation))
        }
        return [show.title("Evaluations")] + table.lines
    }

    /// Why a job's allocations wait, if its newest failed evaluation still has a blocked successor.
    static func placementFailure(_ evaluations: [JSON], show: Show) -> [String]? {
        guard evaluations.contains(where: { $0.text("Status") == "blocked" }) else { return nil }
        let failed = evaluations.filter { !$0.entries("FailedTGAllocs").isEmpty }
        guard let newest = failed.max(by: { $0.int("CreateIndex") < $1.int("CreateIndex") }) else { return nil }
        var lines = [show.title("Placement Failure")]
        for (at, (group, metric)) in newest.entries("FailedTGAllocs").enumerated() {
            if at > 0 { lines.append("") }
            lines.append("Task Group \(GoQuote.text(group)):")
            lines += PlacementLayout.reasons(metric, indent: "  ")
        }
        return lines
    }

    /// When failed allocations get another try.
    static func rescheduling(_ allocations: [JSON], _ evaluations: [JSON], show: Show) -> [String]? {
        var byID: [String: JSON] = [:]
        for evaluation in evaluations { byID[evaluation.text("ID")] = evaluation }
        var next: [String: (evaluation: String, time: Instant)] = [:]
        for allocation in allocations {
            guard let evaluation = byID[allocation.text("FollowupEvalID")], evaluation.text("Status") == "pending",
                let time = Instant(rfc3339: evaluation.text("WaitUntil")), time > show.now
            else { continue }
            let group = allocation.text("TaskGroup")
            if let known = next[group], known.time <= time { continue }
            next[group] = (evaluation.text("ID"), time)
        }
        guard !next.isEmpty else { return nil }
        var table = Table("Task Group", "Eval ID", "Eval Time")
        for (group, entry) in next.sorted(by: { $0.key < $1.key }) {
            table.add(group, show.id(entry.evaluation), show.ago(entry.time))
        }
        return [show.title("Future Rescheduling Attempts")] + table.lines
    }
}
