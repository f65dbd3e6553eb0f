public import Base
public import Model

/// Names a check of an allocation.
public struct CheckKey: Hashable, Comparable, Sendable {
    public var allocation: AllocationID
    /// `<task or group>/<service>/<position of the check>`.
    public var id: String

    public static func < (a: CheckKey, b: CheckKey) -> Bool {
        a.allocation != b.allocation ? a.allocation < b.allocation : a.id < b.id
    }
}

/// A check to run now; answered with `.checked`.
public struct CheckOrder: Hashable, Sendable {
    public var key: CheckKey
    public var service: ServiceSpec
    public var check: CheckSpec
    /// The task that the check belongs to, empty for the group as a whole.
    public var task: String
    /// The task's own address, if its driver gave it one.
    public var address: TaskAddress?
    /// Handle of the task, for checks that run inside of it.
    public var handle: String?
}

/// What a check found.
public struct CheckResult: Hashable, Sendable {
    public enum Verdict: Hashable, Sendable {
        case passing, warning, failing
    }

    public var verdict: Verdict
    public var output: String
    /// HTTP status, 0 for others.
    public var statusCode: Int

    public init(_ verdict: Verdict, output: String, statusCode: Int = 0) {
        self.verdict = verdict
        self.output = output
        self.statusCode = statusCode
    }
}

/// The life of one check: when it runs, and what its results add up to.
struct CheckMachine: Hashable, Sendable {
    let key: CheckKey
    var service: ServiceSpec
    var check: CheckSpec
    /// The task that it looks at; empty for the group as a whole.
    let task: String
    private(set) var status = CheckStatus()
    /// When it runs next; nil while its task doesn't run, or while it is under way.
    private(set) var nextRun: Instant?
    private var isActive = false
    private var activeSince = Instant.zero
    private var successes = 0
    private var failures = 0
    private var failingSince: Instant?

    init(_ key: CheckKey, service: ServiceSpec, check: CheckSpec, task: String, group: String) {
        self.key = key
        self.service = service
        self.check = check
        self.task = task
        status.id = key.id
        status.check = check.name
        status.group = group
        status.task = task
        status.service = service.name
        status.mode = onUpdate == "ignore" ? "readiness" : "healthiness"
    }

    /// The shortest time between two runs; what job files leave out.
    static let intervalMin = TimeSpan.seconds(1)

    private var onUpdate: String { check.onUpdate.isEmpty ? service.onUpdate : check.onUpdate }
    private var interval: TimeSpan { max(check.interval, Self.intervalMin) }
    /// Whether a deployment waits for it.
    var mattersForHealth: Bool { onUpdate != "ignore" }
    var isPassing: Bool { status.status == .success }

    /// Follows its task: runs while the task runs. The first run is half an interval after the start.
    mutating func follow(isRunning: Bool, now: Instant) {
        guard isRunning != isActive else { return }
        isActive = isRunning
        (successes, failures, failingSince) = (0, 0, nil)
        status.status = check.initialStatus == "passing" ? .success : .pending
        if isRunning {
            activeSince = now
            nextRun = now + TimeSpan(nanoseconds: interval.nanoseconds / 2)
        } else {
            nextRun = nil
        }
    }

    /// Whether it is to be run now.
    mutating func takeDue(now: Instant) -> Bool {
        guard isActive, let due = nextRun, due <= now else { return false }
        nextRun = nil
        return true
    }

    /// Takes a result. Returns whether the task has to be restarted because of it.
    mutating func take(_ result: CheckResult, now: Instant) -> Bool {
        guard isActive else { return false }
        nextRun = now + interval
        status.output = result.output
        status.statusCode = result.statusCode
        status.timestamp = now.seconds
        let passes = result.verdict == .passing || (result.verdict == .warning && onUpdate == "ignore_warnings")
        successes = passes ? successes + 1 : 0
        failures = passes ? 0 : failures + 1
        if passes, successes >= max(1, check.successBeforePassing) { status.status = .success }
        if !passes, failures >= max(1, check.failuresBeforeCritical) { status.status = .failure }
        return asksForRestart(result, now: now)
    }

    private mutating func asksForRestart(_ result: CheckResult, now: Instant) -> Bool {
        guard let restart = check.checkRestart, restart.limit > 0 else { return false }
        let isBad = result.verdict == .failing || (result.verdict == .warning && !restart.ignoreWarnings)
        guard isBad else {
            failingSince = nil
            return false
        }
        guard now >= activeSince + restart.grace else { return false }
        let since = failingSince ?? now
        failingSince = since
        guard now - since >= interval * Int64(restart.limit - 1) else { return false }
        failingSince = nil
        return true
    }

    var restartReason: String { "healthcheck: check \"\(check.name)\" unhealthy" }
}
