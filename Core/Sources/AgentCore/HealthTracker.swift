public import Base
public import Model

/// Decides whether an allocation is healthy, for its deployment or for the drain that it replaces one of.
public struct HealthTracker: Hashable, Sendable {
    /// What must hold, and how long.
    public struct Rule: Hashable, Sendable {
        public var minHealthyTime: TimeSpan
        public var healthyDeadline: TimeSpan
        public var usesChecks: Bool

        public init(minHealthyTime: TimeSpan, healthyDeadline: TimeSpan, usesChecks: Bool) {
            self.minHealthyTime = minHealthyTime
            self.healthyDeadline = healthyDeadline
            self.usesChecks = usesChecks
        }
    }

    public enum Verdict: Hashable, Sendable {
        case healthy
        /// Reasons by task, for its events.
        case unhealthy([String: String])
        /// Not known yet; look again then.
        case undecided(until: Instant)
    }

    /// What the tracker needs to know of a task.
    public struct TaskView: Hashable, Sendable {
        public var name: String
        public var role: TaskRole
        public var state: TaskState

        public init(name: String, role: TaskRole, state: TaskState) {
            self.name = name
            self.role = role
            self.state = state
        }
    }

    public let rule: Rule
    public let start: Instant
    private var checksPassingSince: Instant?

    public init(_ rule: Rule, start: Instant) {
        self.rule = rule
        self.start = start
    }

    /// The rule for an allocation, nil if nobody waits for its health.
    public static func rule(for allocation: Allocation) -> Rule? {
        guard allocation.desiredStatus == .run, allocation.deploymentStatus?.healthy == nil,
            let group = allocation.group
        else { return nil }
        if !allocation.deploymentID.isZero {
            guard let update = group.update, update.maxParallel > 0, update.healthCheck != "manual" else { return nil }
            return Rule(
                minHealthyTime: update.minHealthyTime, healthyDeadline: update.healthyDeadline,
                usesChecks: update.healthCheck != "task_states")
        }
        guard allocation.job.job.kind == .service, let migrate = group.migrate else { return nil }
        return Rule(
            minHealthyTime: migrate.minHealthyTime, healthyDeadline: migrate.healthyDeadline,
            usesChecks: migrate.healthCheck != "task_states")
    }

    public var deadline: Instant { start + rule.healthyDeadline }

    /// Looks at the tasks and at whether all checks that matter pass now.
    public mutating func observe(_ tasks: [TaskView], checksPass: Bool, now: Instant) -> Verdict {
        let tasks = tasks.filter { $0.role != .poststop }
        if let failed = firstFailure(tasks) {
            return .unhealthy(Dictionary(uniqueKeysWithValues: tasks.map { ($0.name, failed) }))
        }
        if !rule.usesChecks || checksPass {
            checksPassingSince = checksPassingSince ?? now
        } else {
            checksPassingSince = nil
        }
        let late = tasks.filter { !isUp($0) }
        if late.isEmpty, let passing = rule.usesChecks ? checksPassingSince : .zero {
            let started = tasks.compactMap { $0.state.startedAt?.instant }.max() ?? start
            let due = max(started, passing) + rule.minHealthyTime
            if due <= now { return .healthy }
            // One who would be healthy at the deadline is not too late.
            if due <= deadline || now < deadline { return .undecided(until: min(due, deadline)) }
        } else if now < deadline {
            return .undecided(until: deadline)
        }
        return .unhealthy(reasons(tasks, late: late))
    }

    private func isUp(_ task: TaskView) -> Bool {
        if task.state.state == .running { return true }
        switch task.role {
        case .prestart(sidecar: false), .poststart(sidecar: false):
            return task.state.state == .dead && !task.state.failed
        default: return false
        }
    }

    /// A failed task, or one that has ended though it was to go on.
    private func firstFailure(_ tasks: [TaskView]) -> String? {
        for task in tasks where task.state.state == .dead {
            if task.state.failed { return "Unhealthy because of failed task" }
            if !isUp(task) { return "Unhealthy because of dead task" }
        }
        return nil
    }

    private func reasons(_ tasks: [TaskView], late: [TaskView]) -> [String: String] {
        var reasons: [String: String] = [:]
        let deadline = "by healthy_deadline of \(rule.healthyDeadline.text)"
        for task in late { reasons[task.name] = "Task not running \(deadline)" }
        if !reasons.isEmpty { return reasons }
        for task in tasks {
            reasons[task.name] =
                rule.usesChecks && checksPassingSince == nil
                ? "Services not healthy \(deadline)"
                : "Task not running for min_healthy_time of \(rule.minHealthyTime.text) \(deadline)"
        }
        return reasons
    }
}
