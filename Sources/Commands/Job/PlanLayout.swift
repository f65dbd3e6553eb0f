import Base

/// Layout of `job plan`.
enum PlanLayout {
    /// Whether any group would create or stop allocations.
    static func changesAllocations(_ plan: JSON) -> Bool {
        plan.child("Annotations").entries("DesiredTGUpdates").contains { _, update in
            ["Stop", "Place", "Migrate", "DestructiveUpdate", "Canary"].contains { update.int($0) > 0 }
        }
    }

    static func lines(_ plan: JSON, file: String, _ invocation: Invocation) -> [String] {
        let show = invocation.show
        var lines: [String] = []
        if plan.has("Diff"), invocation.flags.bool("diff") {
            lines += JobDiffLayout(style: show.style, isVerbose: show.isVerbose).lines(plan.child("Diff"))
            lines.append("")
        }
        lines.append(show.title("Scheduler dry-run:"))
        lines += dryRun(plan, show: show)
        lines.append("")
        if !plan.text("Warnings").isEmpty {
            lines += [show.style.yellow("Job Warnings:"), plan.text("Warnings"), ""]
        }
        lines += preemptions(plan, show: show)
        return lines + checkIndex(plan.int("JobModifyIndex"), file: file, invocation)
    }

    private static func dryRun(_ plan: JSON, show: Show) -> [String] {
        var lines: [String] = []
        let failed = plan.entries("FailedTGAllocs")
        if failed.isEmpty {
            lines.append(show.style.green("- All tasks successfully allocated."))
        } else {
            let everywhere = plan.child("Diff").list("Fields").contains {
                $0.text("Name") == "Type" && $0.text("New") == "system"
            }
            lines.append(
                show.style.yellow(
                    "- WARNING: Failed to place all allocations\(everywhere ? " on all nodes" : "")."))
            for (at, (group, metric)) in failed.enumerated() {
                if at > 0 { lines.append("") }
                lines.append("  " + PlacementLayout.heading(group, metric))
                lines += PlacementLayout.reasons(metric, indent: "    ")
            }
        }
        let rolling = plan.list("CreatedEvals").first { $0.text("TriggeredBy") == "rolling-update" }
        if let rolling {
            lines.append(
                "- Rolling update, next evaluation will be in \(TimeSpan(nanoseconds: rolling.int("Wait")).text).")
        }
        let next = plan.text("NextPeriodicLaunch")
        if let instant = Instant(rfc3339: next), !next.hasPrefix("0001-") {
            lines.append(
                "- If submitted now, next periodic launch would be at \(JobLayout.launch(instant, show: show)).")
        }
        return lines
    }

    /// Up to this many preempted allocations are listed one by one.
    private static let preemptedListMax = 9

    private static func preemptions(_ plan: JSON, show: Show) -> [String] {
        let stubs = plan.child("Annotations").list("PreemptedAllocs")
        guard !stubs.isEmpty else { return [] }
        var lines = [show.title("Preemptions:"), ""]
        if stubs.count <= preemptedListMax {
            var table = Table("Alloc ID", "Job ID", "Task Group")
            for stub in stubs.sorted(by: { $0.text("ID") < $1.text("ID") }) {
                table.add(stub.text("ID"), stub.text("JobID"), stub.text("TaskGroup"))
            }
            return lines + table.lines + [""]
        }
        var counts: [String: (job: String, namespace: String, type: String, count: Int)] = [:]
        for stub in stubs {
            let (job, namespace) = (stub.text("JobID"), stub.text("Namespace"))
            counts["\(namespace)\u{0}\(job)", default: (job, namespace, stub.text("JobType"), 0)].count += 1
        }
        var table = Table("Job ID", "Namespace", "Job Type", "Preemptions")
        for (_, entry) in counts.sorted(by: { $0.key < $1.key }) {
            table.add(entry.job, entry.namespace, entry.type, "\(entry.count)")
        }
        lines += table.lines + [""]
        return lines
    }

    private static func checkIndex(_ index: Int64, file: String, _ invocation: Invocation) -> [String] {
        var options = ""
        for variable in invocation.flags.list("var") { options += "-var=\(GoQuote.text(variable)) " }
        for path in invocation.flags.list("var-file") { options += "-var-file=\(GoQuote.text(path)) " }
        if let namespace = invocation.flags.optional("namespace") {
            options += "-namespace=\(GoQuote.text(namespace)) "
        }
        return [
            "Job Modify Index: \(index)",
            "To submit the job with version verification run:",
            "",
            "\(invocation.program.text) job run -check-index \(index) \(options)\(file)",
            "",
            "When running the job with the check-index flag, the job will only be run if the",
            "job modify index given matches the server-side version. If the index has",
            "changed, another user has modified the job and the plan's results are",
            "potentially invalid.",
        ]
    }
}
