import Base

/// Constraints that follow from what a job uses: nobody has to write them, and no node can be chosen that lacks it.
enum ImpliedConstraints {
    /// Adds the missing ones. A constraint of the job's own on the same attribute stands in for the one on Vault.
    static func add(to job: inout Job) {
        for at in job.taskGroups.indices {
            let signals = signals(of: job.taskGroups[at])
            if !signals.isEmpty {
                add(
                    Constraint(
                        lTarget: "${attr.os.signals}", operand: "set_contains",
                        rTarget: signals.joined(separator: ",")),
                    to: &job.taskGroups[at].constraints)
            }
            let usesVault = job.taskGroups[at].tasks.contains { $0.vault != nil }
            let attribute = "${attr.vault.version}"
            if usesVault,
                !(job.constraints + job.taskGroups[at].constraints).contains(where: { $0.lTarget == attribute })
            {
                job.taskGroups[at].constraints.append(
                    Constraint(lTarget: attribute, operand: "semver", rTarget: ">= 0.6.1"))
            }
        }
    }

    static func add(_ constraint: Constraint, to constraints: inout [Constraint]) {
        if !constraints.contains(constraint) { constraints.append(constraint) }
    }

    /// Signals that the group's tasks may be sent, by name.
    private static func signals(of group: GroupSpec) -> [String] {
        var signals: Set<String> = []
        for task in group.tasks {
            signals.insert(task.killSignal)
            for template in task.templates where template["ChangeMode"] == "signal" {
                signals.insert(template["ChangeSignal"]?.stringValue ?? "")
            }
            if task.vault?["ChangeMode"] == "signal" { signals.insert(task.vault?["ChangeSignal"]?.stringValue ?? "") }
        }
        return signals.subtracting([""]).sorted()
    }
}
