import Base

extension Validation {
    /// Instances that one group may ask for: what a scheduler can hold at once.
    static let groupCountMax = 1_000_000

    static func group(_ group: GroupSpec, of job: Job) -> Problems {
        var problems = Problems()
        problems.add(if: group.name.isEmpty, at: "Name", "Missing task group name")
        problems.add(if: group.name.contains("\0"), at: "Name", "Task group name contains null character")
        problems.add(if: group.count < 0, at: "Count", "Task group count can't be negative")
        problems.add(
            if: group.count > Self.groupCountMax, at: "Count",
            "Task group count must be at most \(Self.groupCountMax), not \(group.count)")
        problems.add(if: group.tasks.isEmpty, "Missing tasks for task group")
        for (at, constraint) in group.constraints.enumerated() {
            problems.add(
                "Constraint \(at + 1) validation failed", self.constraint(constraint, level: .group),
                at: FieldPath("Constraints", at))
        }
        preferences(job, group.affinities, group.spreads, &problems)
        policies(group, of: job, &problems)
        problems.add("Task group network validation failed", networks(group), at: FieldPath())
        problems.add("Task group service validation failed", services(group), at: FieldPath())
        scaling(group, &problems)
        volumes(group, of: job, &problems)
        tasks(group, &problems)
        for (at, task) in group.tasks.enumerated() {
            problems.add(
                "Task \(task.name) validation failed", self.task(task, in: group, of: job), at: FieldPath("Tasks", at))
        }
        return problems
    }

    private static func policies(_ group: GroupSpec, of job: Job, _ problems: inout Problems) {
        problems.nest(restart(group.restartPolicy), at: "RestartPolicy")
        if job.kind.isPerNode {
            problems.add(
                if: group.reschedulePolicy != nil, at: "ReschedulePolicy",
                "System jobs should not have a reschedule policy")
        } else if let policy = group.reschedulePolicy {
            problems.nest(reschedule(policy), at: "ReschedulePolicy")
        } else {
            problems.add("Task Group \(group.name) should have a reschedule policy")
        }
        problems.add(
            if: group.ephemeralDisk.sizeMB < 10, at: "EphemeralDisk.SizeMB",
            "minimum ephemeral_disk size is 10 MB; got \(group.ephemeralDisk.sizeMB)")
        problems.add(
            if: group.ephemeralDisk.sizeMB > Self.amountMax, at: "EphemeralDisk.SizeMB",
            "maximum ephemeral_disk size is \(Self.amountMax) MB; got \(group.ephemeralDisk.sizeMB)")
        problems.add(
            if: group.update?.canary ?? 0 > Self.groupCountMax, at: "Update.Canary",
            "Canary count must be at most \(Self.groupCountMax), not \(group.update?.canary ?? 0)")
        if let policy = group.update { problems.nest(update(policy), at: "Update") }
        if let policy = group.migrate {
            problems.add(
                if: job.kind != .service, at: "Migrate", "Job type \"\(job.type)\" does not allow migrate block")
            problems.nest(migrate(policy), at: "Migrate")
        }
        if let policy = group.disconnect { problems.nest(disconnect(policy, of: job), at: "Disconnect") }
        if let span = group.maxRunDuration {
            problems.add(
                if: span <= .zero, at: "MaxRunDuration", "max_run_duration must be greater than zero, not \(span.text)")
            problems.add(
                if: !job.kind.runsToCompletion, at: "MaxRunDuration",
                "max_run_duration can only be set for batch and sysbatch jobs, not for \"\(job.type)\"")
        }
        if job.kind == .service, let deadline = group.update?.progressDeadline, deadline > .zero {
            for (at, task) in group.tasks.enumerated() where task.killTimeout > deadline {
                problems.add(
                    at: FieldPath("Tasks", at, "KillTimeout"),
                    "Task \(task.name) has a kill timeout (\(task.killTimeout.text)) longer than the group's progress "
                        + "deadline (\(deadline.text))")
            }
        }
    }

    private static func scaling(_ group: GroupSpec, _ problems: inout Problems) {
        guard let scaling = group.scaling else { return }
        var inner = Problems()
        bounds(scaling, &inner)
        inner.add(
            if: scaling.min > group.count, at: "Min",
            "task group count must not be less than minimum count in scaling policy: \(group.count) < \(scaling.min)")
        inner.add(
            if: scaling.max < group.count, at: "Max",
            "task group count must not be greater than maximum count in scaling policy: \(group.count) > \(scaling.max)"
        )
        inner.add(
            if: scaling.type != "horizontal", at: "Type",
            "scaling policy type must be \"horizontal\", not \"\(scaling.type)\"")
        problems.add("Task group scaling policy invalid", inner, at: "Scaling")
    }

    static func bounds(
        _ scaling: ScalingSpec, at path: FieldPath = FieldPath(), _ problems: inout Problems
    ) {
        problems.add(if: scaling.max < 0, at: path + "Max", "maximum count must be specified and non-negative")
        problems.add(if: scaling.min < 0, at: path + "Min", "minimum count must be non-negative")
        problems.add(
            if: scaling.max < scaling.min, at: path + "Max",
            "maximum count must not be less than minimum count: \(scaling.max) < \(scaling.min)")
    }

    private static func tasks(_ group: GroupSpec, _ problems: inout Problems) {
        var first: [String: Int] = [:]
        for (at, task) in group.tasks.enumerated() {
            if task.name.isEmpty {
                problems.add(at: FieldPath("Tasks", at), "Task \(at + 1) missing name")
            } else if let earlier = first[task.name] {
                problems.add(
                    at: FieldPath("Tasks", at), "Task \(at + 1) redefines '\(task.name)' from task \(earlier + 1)")
            } else {
                first[task.name] = at
            }
        }
        let leaders = group.tasks.indices.filter { group.tasks[$0].leader }
        if leaders.count > 1 {
            problems.add(at: FieldPath("Tasks", leaders[1]), "Only one task may be marked as leader")
        }
        problems.add(
            if: !group.tasks.isEmpty && group.tasks.allSatisfy { $0.lifecycle != nil },
            "Task group has no main task; at least one task must be without lifecycle block")
    }
}
