import Base

extension Validation {
    static func restart(_ policy: RestartPolicy) -> Problems {
        var problems = Problems()
        problems.add(
            if: policy.mode != "delay" && policy.mode != "fail", at: "Mode",
            "Unsupported restart mode: \"\(policy.mode)\"; must be \"fail\" or \"delay\"")
        problems.add(
            if: policy.attempts == 0 && policy.mode != "fail", at: "Attempts",
            "Restart policy \"\(policy.mode)\" with \(policy.attempts) attempts is ambiguous; use mode \"fail\"")
        problems.add(
            if: policy.attempts < 0, at: "Attempts",
            "Restart attempts can not be less than zero: \(policy.attempts) < 0")
        problems.add(
            if: policy.interval < .seconds(5), at: "Interval",
            "Interval can not be less than 5s (got \(policy.interval.text))")
        problems.add(
            if: policy.attempts > 0 && exceeds(policy.delay, times: policy.attempts, policy.interval), at: "Attempts",
            "Nomad can't restart the TaskGroup \(policy.attempts) times in an interval of \(policy.interval.text) "
                + "with a delay of \(policy.delay.text)")
        return problems
    }

    private static func exceeds(_ span: TimeSpan, times: Int, _ limit: TimeSpan) -> Bool {
        let (product, overflow) = span.nanoseconds.multipliedReportingOverflow(by: Int64(times))
        return overflow || product > limit.nanoseconds
    }

    static func reschedule(_ policy: ReschedulePolicy) -> Problems {
        var problems = Problems()
        guard policy.isEnabled else { return problems }
        if policy.attempts > 0 {
            problems.add(
                if: policy.interval <= .zero, at: "Interval", "Interval must be a non zero value if Attempts > 0")
            if policy.unlimited {
                problems.add(
                    at: "Attempts",
                    "Reschedule Policy with Attempts = \(policy.attempts), Interval = \(policy.interval.text), "
                        + "and Unlimited = true is ambiguous; set unlimited = false to count attempts")
            }
        }
        problems.add(
            if: policy.delay < .seconds(5), at: "Delay", "Delay cannot be less than 5s (got \(policy.delay.text))")
        let functions = ["constant", "exponential", "fibonacci"]
        guard functions.contains(policy.delayFunction) else {
            problems.add(
                at: "DelayFunction",
                "Invalid delay function \"\(policy.delayFunction)\", must be one of [\"constant\" \"exponential\" \"fibonacci\"]"
            )
            return problems
        }
        if policy.delayFunction != "constant" {
            problems.add(
                if: policy.maxDelay < .seconds(5), at: "MaxDelay",
                "Max Delay cannot be less than 5s (got \(policy.maxDelay.text))")
            problems.add(
                if: policy.maxDelay < policy.delay, at: "MaxDelay",
                "Max Delay cannot be less than Delay \(policy.delay.text) (got \(policy.maxDelay.text))")
        }
        if !policy.unlimited {
            problems.add(
                if: policy.interval < .seconds(15), at: "Interval",
                "Interval cannot be less than 15s (got \(policy.interval.text))")
            if problems.isEmpty, policy.attempts > 0 { attempts(policy, &problems) }
        }
        return problems
    }

    /// Whether the interval has room for the attempts with their growing delays.
    private static func attempts(_ policy: ReschedulePolicy, _ problems: inout Problems) {
        // More delays than this fill any interval that a job can name.
        let delays = (0..<min(policy.attempts, 1000)).map { delay(policy, attempt: $0) }
        let fits: Bool
        var needed: TimeSpan
        if policy.delayFunction == "constant" {
            fits = !exceeds(policy.delay, times: policy.attempts, policy.interval)
            needed = TimeSpan(
                nanoseconds: policy.delay.nanoseconds.multipliedReportingOverflow(by: Int64(policy.attempts))
                    .partialValue)
        } else if policy.delayFunction == "exponential" {
            fits = delays.allSatisfy { $0 < policy.interval }
            needed = delays.last ?? .zero
        } else {
            fits = (delays.last ?? .zero) <= policy.interval
            needed = delays.last ?? .zero
        }
        guard !fits else { return }
        // Rounded up to the next minute, so that the advice can be typed.
        needed = TimeSpan.minutes(needed.nanoseconds / 60_000_000_000 + 1)
        problems.add(
            at: "Interval",
            "Nomad can only make \(max(0, delays.filter { $0 < policy.interval }.count)) attempts in \(policy.interval.text) "
                + "with initial delay \(policy.delay.text), delay function \"\(policy.delayFunction)\" and max delay "
                + "\(policy.maxDelay.text); set the interval to at least \(needed.text) to accommodate \(policy.attempts) attempts"
        )
    }

    /// The delay before an attempt, counted from the first; above the cap the caps add up.
    private static func delay(_ policy: ReschedulePolicy, attempt: Int) -> TimeSpan {
        var current = policy.delay
        var next = policy.delayFunction == "fibonacci" ? policy.delay : policy.delay * 2
        for _ in 0..<attempt {
            let following: TimeSpan
            if next > policy.maxDelay {
                following = current + policy.maxDelay
                next = following + policy.maxDelay
            } else {
                following = next
                next = policy.delayFunction == "fibonacci" ? current + next : next * 2
            }
            current = following
        }
        return current
    }

    static func update(_ policy: UpdatePolicy) -> Problems {
        var problems = Problems()
        problems.add(
            if: !["checks", "task_states", "manual"].contains(policy.healthCheck), at: "HealthCheck",
            "Invalid health check given: \"\(policy.healthCheck)\"; must be \"checks\", \"task_states\" or \"manual\"")
        problems.add(
            if: policy.maxParallel < 0, at: "MaxParallel",
            "Max parallel can not be less than zero: \(policy.maxParallel) < 0")
        problems.add(
            if: policy.canary < 0, at: "Canary", "Canary count can not be less than zero: \(policy.canary) < 0")
        problems.add(
            if: policy.canary == 0 && policy.autoPromote, at: "AutoPromote",
            "Auto Promote requires a Canary count greater than zero")
        problems.add(
            if: policy.minHealthyTime < .zero, at: "MinHealthyTime",
            "Minimum healthy time may not be less than zero: \(policy.minHealthyTime.text)")
        problems.add(
            if: policy.healthyDeadline <= .zero, at: "HealthyDeadline",
            "Healthy deadline must be greater than zero: \(policy.healthyDeadline.text)")
        problems.add(
            if: policy.progressDeadline < .zero, at: "ProgressDeadline",
            "Progress deadline must be zero or greater: \(policy.progressDeadline.text)")
        problems.add(
            if: policy.minHealthyTime >= policy.healthyDeadline, at: "MinHealthyTime",
            "Minimum healthy time must be less than healthy deadline: \(policy.minHealthyTime.text) > "
                + policy.healthyDeadline.text)
        problems.add(
            if: policy.progressDeadline != .zero && policy.healthyDeadline >= policy.progressDeadline,
            at: "HealthyDeadline",
            "Healthy deadline must be less than progress deadline: \(policy.healthyDeadline.text) > "
                + policy.progressDeadline.text)
        problems.add(
            if: policy.stagger <= .zero, at: "Stagger", "Stagger must be greater than zero: \(policy.stagger.text)")
        return problems
    }

    static func migrate(_ policy: MigratePolicy) -> Problems {
        var problems = Problems()
        problems.add(
            if: policy.maxParallel < 0, at: "MaxParallel", "MaxParallel must be >= 0 but found \(policy.maxParallel)")
        let isKnown = ["checks", "task_states"].contains(policy.healthCheck)
        problems.add(
            if: !isKnown && !(policy.healthCheck.isEmpty && policy.maxParallel == 0), at: "HealthCheck",
            "Invalid HealthCheck: \"\(policy.healthCheck)\"; must be \"checks\" or \"task_states\"")
        problems.add(
            if: policy.minHealthyTime < .zero, at: "MinHealthyTime",
            "MinHealthyTime is \(policy.minHealthyTime.text) and must be >= 0")
        problems.add(
            if: policy.healthyDeadline < .zero, at: "HealthyDeadline",
            "HealthyDeadline is \(policy.healthyDeadline.text) and must be >= 0")
        problems.add(
            if: policy.minHealthyTime > policy.healthyDeadline, at: "MinHealthyTime",
            "MinHealthyTime must be less than HealthyDeadline")
        return problems
    }

    static func disconnect(_ policy: DisconnectPolicy, of job: Job) -> Problems {
        var problems = Problems()
        problems.add(if: policy.lostAfter < .zero, at: "LostAfter", "lost_after cannot be a negative duration")
        problems.add(
            if: (policy.stopOnClientAfter ?? .zero) < .zero, at: "StopOnClientAfter",
            "stop_on_client_after cannot be a negative duration")
        problems.add(
            if: policy.stopOnClientAfter != nil && job.kind.isPerNode, at: "StopOnClientAfter",
            "stop_on_client_after can only be set for batch and service jobs")
        problems.add(
            if: policy.lostAfter != .zero && policy.stopOnClientAfter != nil, at: "LostAfter",
            "Disconnect cannot be configured with both lost_after and stop_on_client_after")
        problems.add(
            if: !["best_score", "keep_original", "keep_replacement", "longest_running"].contains(policy.reconcile),
            at: "Reconcile",
            "Disconnect reconcile option is invalid: \"\(policy.reconcile)\"; must be best_score, keep_original, "
                + "keep_replacement or longest_running")
        return problems
    }
}
