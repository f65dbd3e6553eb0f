import Base

extension Validation {
    /// Instances that one group may ask for: what a scheduler can hold at once.
    static let groupCountMax = 1_000_000

    static func group(_ group: GroupSpec, of job: Job) -> Problems {
        var problems = Problems()
        problems.add(if: group.name.isEmpty, "Missing task group name")
        problems.add(if: group.name.contains("\0"), "Task group name contains null character")
        problems.add(if: group.count < 0, "Task group count can't be negative")
        problems.add(
            if: group.count > Self.groupCountMax,
            "Task group count must be at most \(Self.groupCountMax), not \(group.count)")
        problems.add(if: group.tasks.isEmpty, "Missing tasks for task group")
        for (at, constraint) in group.constraints.enumerated() {
            problems.add("Constraint \(at + 1) validation failed", self.constraint(constraint, level: .group))
        }
        preferences(job, group.affinities, group.spreads, &problems)
        policies(group, of: job, &problems)
        problems.add("Task group network validation failed", networks(group))
        problems.add("Task group service validation failed", services(group))
        scaling(group, &problems)
        volumes(group, of: job, &problems)
        tasks(group, &problems)
        for task in group.tasks {
            problems.add("Task \(task.name) validation failed", self.task(task, in: group, of: job))
        }
        return problems
    }

    private static func policies(_ group: GroupSpec, of job: Job, _ problems: inout Problems) {
        problems.nest(restart(group.restartPolicy))
        if job.kind.isPerNode {
            problems.add(if: group.reschedulePolicy != nil, "System jobs should not have a reschedule policy")
        } else if let policy = group.reschedulePolicy {
            problems.nest(reschedule(policy))
        } else {
            problems.add("Task Group \(group.name) should have a reschedule policy")
        }
        problems.add(
            if: group.ephemeralDisk.sizeMB < 10,
            "minimum ephemeral_disk size is 10 MB; got \(group.ephemeralDisk.sizeMB)")
        if let policy = group.update { problems.nest(update(policy)) }
        if let policy = group.migrate {
            problems.add(
                if: job.kind != .service, "Job type \"\(job.type)\" does not allow migrate block")
            problems.nest(migrate(policy))
        }
        if let policy = group.disconnect { problems.nest(disconnect(policy, of: job)) }
        if let span = group.maxRunDuration {
            problems.add(if: span <= .zero, "max_run_duration must be greater than zero, not \(span.text)")
            problems.add(
                if: !job.kind.runsToCompletion,
                "max_run_duration can only be set for batch and sysbatch jobs, not for \"\(job.type)\"")
        }
        if job.kind == .service, let deadline = group.update?.progressDeadline, deadline > .zero {
            for task in group.tasks where task.killTimeout > deadline {
                problems.add(
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
            if: scaling.min > group.count,
            "task group count must not be less than minimum count in scaling policy: \(group.count) < \(scaling.min)")
        inner.add(
            if: scaling.max < group.count,
            "task group count must not be greater than maximum count in scaling policy: \(group.count) > \(scaling.max)"
        )
        inner.add(
            if: scaling.type != "horizontal", "scaling policy type must be \"horizontal\", not \"\(scaling.type)\"")
        problems.add("Task group scaling policy invalid", inner)
    }

    static func bounds(_ scaling: ScalingSpec, _ problems: inout Problems) {
        problems.add(if: scaling.max < 0, "maximum count must be specified and non-negative")
        problems.add(if: scaling.min < 0, "minimum count must be non-negative")
        problems.add(
            if: scaling.max < scaling.min,
            "maximum count must not be less than minimum count: \(scaling.max) < \(scaling.min)")
    }

    private static func tasks(_ group: GroupSpec, _ problems: inout Problems) {
        var first: [String: Int] = [:]
        for (at, task) in group.tasks.enumerated() {
            if task.name.isEmpty {
                problems.add("Task \(at + 1) missing name")
            } else if let earlier = first[task.name] {
                problems.add("Task \(at + 1) redefines '\(task.name)' from task \(earlier + 1)")
            } else {
                first[task.name] = at
            }
        }
        problems.add(
            if: group.tasks.filter(\.leader).count > 1, "Only one task may be marked as leader")
        problems.add(
            if: !group.tasks.isEmpty && group.tasks.allSatisfy { $0.lifecycle != nil },
            "Task group has no main task; at least one task must be without lifecycle block")
    }
}
