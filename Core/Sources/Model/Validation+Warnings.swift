import Base

extension Validation {
    /// What is taken but should be known, in the text form of the API.
    static func warnings(_ job: Job, _ rules: ValidationRules) -> [String] {
        var warnings: [String] = []
        for group in job.taskGroups {
            let inner = self.warnings(group, of: job)
            if !inner.isEmpty { warnings.append("Group \"\(group.name)\" has warnings: \(inner.text)") }
        }
        let promotions = job.taskGroups.compactMap(\.update?.autoPromote)
        if promotions.contains(true), promotions.contains(false) {
            warnings.append("auto_promote must be true for all groups to enable automatic promotion")
        }
        let mayExceed = rules.oversubscriptionByPool[job.nodePool] ?? rules.isMemoryOversubscriptionEnabled
        for group in job.taskGroups {
            for task in group.tasks where task.resources.memoryMaxMB != 0 && !mayExceed {
                warnings.append(
                    "Memory oversubscription is not enabled; Task \"\(group.name).\(task.name)\" memory_max value will be "
                        + "ignored. Update the Scheduler Configuration to allow oversubscription.")
            }
        }
        return warnings
    }

    private static func warnings(_ group: GroupSpec, of job: Job) -> Problems {
        var problems = Problems()
        // In a multi-region job the regions say the count.
        if let update = group.update, update.maxParallel > group.count, job.multiregion == nil {
            problems.add(
                "Update max parallel count is greater than task group count (\(update.maxParallel) > \(group.count)). "
                    + "A destructive change would result in the simultaneous replacement of all allocations.")
        }
        problems.add(
            if: group.networks.contains { $0.mBits > 0 },
            "mbits has been deprecated as of Nomad 0.12.0. Please remove mbits from the network block")
        var tasks = Problems()
        for task in group.tasks {
            tasks.add(
                if: task.resources.iops > 0,
                "Task \"\(task.name)\": IOPS has been deprecated as of Nomad 0.9.0. Please remove IOPS from resource stanza."
            )
            tasks.add(
                if: !task.resources.networks.isEmpty,
                "Task \"\(task.name)\": task network resources have been deprecated as of Nomad 0.12.0. "
                    + "Please configure networking via group network block.")
            var templates = Problems()
            for (at, template) in task.templates.enumerated() where (template["VaultGrace"]?.intValue ?? 0) != 0 {
                templates.add(
                    "Template[\(at)] VaultGrace has been deprecated as of Nomad 0.11 and ignored since Vault 0.5. "
                        + "Please remove VaultGrace / vault_grace from template stanza.")
            }
            tasks.add("Task \"\(task.name)\"", templates, at: FieldPath())
        }
        problems.nest(tasks, at: FieldPath())
        return problems
    }
}
