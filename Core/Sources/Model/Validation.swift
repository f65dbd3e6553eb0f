import Base

/// Holds a job against the rules of the job language: every condition, all problems at once.
///
/// A pure function of the typed job. Messages say what is wrong, where (by nesting) and, where it isn't plain,
/// what to do; the leading words are the ones that clients of the API look for.
public enum Validation {
    public static func report(_ job: Job, rules: ValidationRules = ValidationRules()) -> ValidationReport {
        var report = ValidationReport()
        identity(job, &report.errors)
        placement(job, rules, &report.errors)
        groups(job, rules, &report.errors)
        launching(job, &report.errors)
        mesh(job, &report.errors)
        report.warnings = warnings(job, rules)
        report.withoutEffect = withoutEffect(job)
        return report
    }

    private static func identity(_ job: Job, _ problems: inout Problems) {
        problems.add(if: job.region.isEmpty && job.multiregion == nil, at: "Region", "Missing job region")
        problems.add(if: job.id.isEmpty, at: "ID", "Missing job ID")
        problems.add(if: job.id.contains(" "), at: "ID", "Job ID contains a space")
        problems.add(if: job.id.contains("\0"), at: "ID", "Job ID contains a null character")
        problems.add(if: job.name.isEmpty, at: "Name", "Missing job name")
        problems.add(if: job.name.contains("\0"), at: "Name", "Job Name contains a null character")
        problems.add(if: job.namespace.isEmpty, at: "Namespace", "Job must be in a namespace")
        if job.type.isEmpty {
            problems.add(
                at: "Type", "Missing job type; one of \(JobType.allCases.map(\.rawValue).joined(separator: ", "))")
        } else if JobType(rawValue: job.type) == nil {
            let names = JobType.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            problems.add(at: "Type", "Invalid job type: \"\(job.type)\"; must be one of \(names)")
        }
        problems.add(if: job.multiregion != nil, at: "Multiregion", "Multiregion jobs are unlicensed.")
        let description = job.ui?["Description"]?.stringValue ?? ""
        problems.add(
            if: description.utf8.count > 1000, at: "UI.Description",
            "UI description must be under 1000 characters, not \(description.utf8.count)")
    }

    private static func placement(_ job: Job, _ rules: ValidationRules, _ problems: inout Problems) {
        problems.add(
            if: !(1...rules.priorityMax).contains(job.priority), at: "Priority",
            "Job priority must be between [1, \(rules.priorityMax)]")
        problems.add(if: job.datacenters.isEmpty, at: "Datacenters", "Missing job datacenters")
        problems.add(if: job.datacenters.contains(""), at: "Datacenters", "Job datacenter must be non-empty string")
        for (at, constraint) in job.constraints.enumerated() {
            problems.add(
                "Constraint \(at + 1) validation failed", self.constraint(constraint, level: .job),
                at: FieldPath("Constraints", at))
        }
        preferences(job, job.affinities, job.spreads, &problems)
    }

    /// Affinities and spreads of the job or of a group.
    static func preferences(_ job: Job, _ affinities: [Affinity], _ spreads: [Spread], _ problems: inout Problems) {
        if job.kind == .system {
            problems.add(if: !affinities.isEmpty, at: "Affinities", "System jobs may not have an affinity stanza")
            problems.add(if: !spreads.isEmpty, at: "Spreads", "System jobs may not have a spread stanza")
            return
        }
        for (at, affinity) in affinities.enumerated() {
            problems.add(
                "Affinity \(at + 1) validation failed", self.affinity(affinity), at: FieldPath("Affinities", at))
        }
        for (at, spread) in spreads.enumerated() {
            problems.add("Spread \(at + 1) validation failed", self.spread(spread), at: FieldPath("Spreads", at))
        }
    }

    private static func groups(_ job: Job, _ rules: ValidationRules, _ problems: inout Problems) {
        problems.add(if: job.taskGroups.isEmpty, "Missing job task groups")
        var first: [String: Int] = [:]
        for (at, group) in job.taskGroups.enumerated() {
            if group.name.isEmpty {
                problems.add(at: FieldPath("TaskGroups", at), "Job task group \(at + 1) missing name")
            } else if let earlier = first[group.name] {
                problems.add(
                    at: FieldPath("TaskGroups", at),
                    "Job task group \(at + 1) redefines '\(group.name)' from group \(earlier + 1)")
            } else {
                first[group.name] = at
            }
            problems.add(
                if: job.kind.isPerNode && group.count > 1, at: FieldPath("TaskGroups", at, "Count"),
                "Job task group \(group.name) has count \(group.count). Count cannot exceed 1 with \(job.type) scheduler"
            )
            problems.add(
                if: (group.shutdownDelay ?? .zero) < .zero, at: FieldPath("TaskGroups", at, "ShutdownDelay"),
                "ShutdownDelay must be a positive value, not \((group.shutdownDelay ?? .zero).text) (group \(group.name))"
            )
            problems.add(
                if: group.stopAfterClientDisconnect.map { $0 != .zero } ?? false && job.kind.isPerNode,
                at: FieldPath("TaskGroups", at, "StopAfterClientDisconnect"),
                "stop_after_client_disconnect can only be set in batch and service jobs (group \(group.name))")
        }
        // Clamped, so that absurd counts are refused and not added up.
        let total = job.taskGroups.reduce(0) { $0 + min(max(0, $1.count), Int(Int32.max)) }
        problems.add(
            if: rules.countMax > 0 && total > rules.countMax, at: "TaskGroups",
            "total count was greater than configured job_max_count: \(total) > \(rules.countMax)")
        for (at, group) in job.taskGroups.enumerated() {
            problems.add(
                "Task group \(group.name) validation failed", self.group(group, of: job),
                at: FieldPath("TaskGroups", at))
        }
    }

    /// Periodic and parameterized jobs.
    private static func launching(_ job: Job, _ problems: inout Problems) {
        if let periodic = job.periodic, periodic.enabled {
            problems.add(
                if: !job.kind.runsToCompletion, at: "Periodic",
                "Periodic can only be used with \"batch\" scheduler or \"sysbatch\" scheduler, not with \"\(job.type)\""
            )
            problems.nest(self.periodic(periodic), at: "Periodic")
        }
        if let parameterized = job.parameterizedJob {
            problems.add(
                if: !job.kind.runsToCompletion, at: "ParameterizedJob",
                "Parameterized job can only be used with \"batch\" or \"sysbatch\" scheduler, not with \"\(job.type)\"")
            problems.nest(self.parameterized(parameterized), at: "ParameterizedJob")
        }
    }

    private static func periodic(_ periodic: PeriodicSpec) -> Problems {
        var problems = Problems()
        problems.add(
            if: !periodic.spec.isEmpty && !periodic.specs.isEmpty, at: "Spec",
            "Only cron or crons may be used, not both")
        problems.add(if: periodic.lines.isEmpty, "Must specify a spec: set cron or crons")
        problems.add(
            if: periodic.specType != "cron" && periodic.specType != "_internal_test", at: "SpecType",
            "Unknown periodic specification type \"\(periodic.specType)\"; must be \"cron\"")
        for line in periodic.lines {
            do {
                _ = try Cron(line)
            } catch {
                problems.add(at: periodic.spec == line ? "Spec" : "Specs", error.description)
            }
        }
        problems.add(
            if: !TimeZoneNames.contains(periodic.timeZone), at: "TimeZone",
            "Invalid time zone \"\(periodic.timeZone)\": unknown time zone \(periodic.timeZone); "
                + "use an IANA name such as Europe/Berlin")
        return problems
    }

    private static func parameterized(_ parameterized: ParameterizedSpec) -> Problems {
        var problems = Problems()
        problems.add(
            if: !["optional", "required", "forbidden"].contains(parameterized.payload), at: "Payload",
            "Unknown payload requirement: \"\(parameterized.payload)\"; must be optional, required or forbidden")
        let both = Set(parameterized.metaRequired).intersection(parameterized.metaOptional).sorted()
        problems.add(
            if: !both.isEmpty, at: "MetaOptional",
            "Required and optional meta keys should be disjoint. Following keys exist in both: "
                + "[\(both.joined(separator: " "))]")
        return problems
    }
}
