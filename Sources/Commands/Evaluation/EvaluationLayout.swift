import Base

/// Layouts of evaluations.
enum EvaluationLayout {
    /// By creation, the newest first; evaluations of one index are ordered by id.
    static func newestFirst(_ evaluations: [JSON]) -> [JSON] {
        evaluations.sorted {
            let (a, b) = ($0.int("CreateIndex"), $1.int("CreateIndex"))
            return a != b ? a > b : $0.text("ID") < $1.text("ID")
        }
    }

    static func placementFailures(_ evaluation: JSON) -> String {
        evaluation.text("Status") == "blocked"
            ? "N/A - In Progress" : "\(!evaluation.entries("FailedTGAllocs").isEmpty)"
    }

    static func list(_ evaluations: [JSON], show: Show) -> [String] {
        var table = Table(
            "ID", "Priority", "Triggered By", "Job ID", "Namespace", "Node ID", "Status", "Placement Failures")
        for evaluation in evaluations {
            table.add(
                show.id(evaluation.text("ID")), "\(evaluation.int("Priority"))", evaluation.text("TriggeredBy"),
                evaluation.text("JobID"), evaluation.text("Namespace"), show.id(evaluation.text("NodeID")),
                evaluation.text("Status"), placementFailures(evaluation))
        }
        return table.lines
    }

    static func status(_ evaluation: JSON, show: Show) -> [String] {
        var block = KeyValues([
            ("ID", show.id(evaluation.text("ID"))),
            ("Create Time", show.moment(evaluation.instant("CreateTime"))),
            ("Modify Time", show.moment(evaluation.instant("ModifyTime"))),
            ("Status", evaluation.text("Status")),
            (
                "Status Description",
                evaluation.text("StatusDescription").isEmpty
                    ? evaluation.text("Status") : evaluation.text("StatusDescription")
            ),
            ("Type", evaluation.text("Type")),
            ("TriggeredBy", evaluation.text("TriggeredBy")),
        ])
        if !evaluation.text("JobID").isEmpty { block.add("Job ID", evaluation.text("JobID")) }
        if evaluation.text("TriggeredBy") == "node-update" {
            block.add("Node ID", show.id(evaluation.text("NodeID")))
        } else if evaluation.text("TriggeredBy") == "max-plan-attempts" {
            block.add("Previous Eval", show.id(evaluation.text("PreviousEval")))
        }
        block.add("Priority", "\(evaluation.int("Priority"))")
        block.add("Placement Failures", placementFailures(evaluation))
        if let wait = Instant(rfc3339: evaluation.text("WaitUntil")), !evaluation.text("WaitUntil").hasPrefix("0001-") {
            block.add("Wait Until", show.time(wait))
        }
        if !evaluation.text("QuotaLimitReached").isEmpty {
            block.add("Quota Limit Reached", evaluation.text("QuotaLimitReached"))
        }
        if show.isVerbose {
            block.add("Previous Eval", evaluation.text("PreviousEval"))
            block.add("Next Eval", evaluation.text("NextEval"))
            block.add("Blocked Eval", evaluation.text("BlockedEval"))
        }
        return block.lines + failedPlacements(evaluation, show: show)
    }

    private static func failedPlacements(_ evaluation: JSON, show: Show) -> [String] {
        let failed = evaluation.entries("FailedTGAllocs")
        guard !failed.isEmpty else { return [] }
        var lines = ["", show.title("Failed Placements")]
        for (at, (group, metric)) in failed.enumerated() {
            if at > 0 { lines.append("") }
            lines.append(PlacementLayout.heading(group, metric))
            lines += PlacementLayout.reasons(metric, indent: "  ")
        }
        let blocked = evaluation.text("BlockedEval")
        if !blocked.isEmpty {
            lines += ["", "Evaluation \"\(show.id(blocked))\" waiting for additional capacity to place remainder"]
        }
        return lines
    }
}
