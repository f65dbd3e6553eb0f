import Base
import Model
import State

/// The launch times of a periodic job, read.
struct PeriodicSchedule {
    var lines: [Cron]
    var zone: TimeZoneRules

    func next(after instant: Instant) -> Instant? {
        lines.compactMap { $0.next(after: instant, zone: zone) }.min()
    }
}

// MARK: - Periodic jobs

extension ControlPlane {
    func schedule(of spec: PeriodicSpec) throws(CronError) -> PeriodicSchedule {
        var lines: [Cron] = []
        for line in spec.lines { lines.append(try Cron(line)) }
        let name = spec.timeZone
        guard let zone = configuration.timeZones.rules(name) else {
            throw CronError("Invalid time zone \"\(name)\": the server has no data for it; use UTC or install tzdata")
        }
        return PeriodicSchedule(lines: lines, zone: zone)
    }

    /// Sets the timer of a periodic job.
    /// - Parameter missed: launch at once what should have been launched while nobody led.
    mutating func schedulePeriodic(_ job: Job, missed: Bool) {
        guard let spec = job.periodic, spec.enabled, !job.stop, !job.isParameterized,
            let schedule = try? schedule(of: spec)
        else {
            periodic.remove(job.key)
            return
        }
        if missed {
            let last = head.periodicLaunch(of: job.key) ?? Instant(nanoseconds: job.submitTime)
            if let next = schedule.next(after: last), next <= now {
                periodic.set(job.key, at: now)
                return
            }
        }
        if let next = schedule.next(after: now) {
            periodic.set(job.key, at: next)
        } else {
            periodic.remove(job.key)
        }
    }

    mutating func launchDuePeriodicJobs() {
        while let (key, due) = periodic.pop(at: now) {
            guard let job = head.job(key)?.job, let spec = job.periodic else { continue }
            let overlaps = head.children(of: key).contains { $0.job.status != JobStatus.dead.rawValue }
            if !(spec.prohibitOverlap && overlaps) { launch(job, at: due) }
            schedulePeriodic(job, missed: false)
        }
    }

    /// Registers a child of a periodic job; nil when that launch exists already.
    @discardableResult
    private mutating func launch(_ parent: Job, at time: Instant) -> Evaluation? {
        var child = parent
        child.id = "\(parent.id)/periodic-\(time.seconds)"
        guard head.job(child.key) == nil else { return nil }
        child.periodic = nil
        makeChild(&child, of: parent)
        let evaluation = evaluation(of: child, .periodicJob, modifyIndex: nextIndex)
        commit(
            "JobRegistered",
            [.job(child), .periodicLaunch(parent.key, time), .evaluations([evaluation])])
        return evaluation
    }

    private func makeChild(_ child: inout Job, of parent: Job) {
        child.name = child.id
        child.parentID = parent.id
        (child.version, child.stable, child.stop, child.versionTag) = (0, false, false, nil)
        child.submitTime = now.nanoseconds
    }

    mutating func forcePeriodic(_ key: JobKey) throws(CommandError) -> Reply {
        guard let job = head.job(key)?.job else { throw CommandError(500, "job not found") }
        guard job.isPeriodic else { throw CommandError(500, "can't force launch non-periodic job") }
        guard !job.stop, job.periodic?.enabled ?? false, !job.isParameterized else {
            throw CommandError(500, "can't force run non-tracked job \"\(key.id)\" (\(key.namespace))")
        }
        try checkRoomForEvaluations()
        var time = now
        // Twice in a second: the next one takes the next second's name.
        while true {
            if let evaluation = launch(job, at: time) {
                var reply = Reply()
                reply.index = head.index
                reply.evaluation = evaluation.id
                reply.evaluationIndex = head.index
                reply.dispatchedJobID = evaluation.jobID
                return reply
            }
            time = time + .seconds(1)
        }
    }
}

// MARK: - Parameterized jobs

extension ControlPlane {
    mutating func dispatchJob(
        _ key: JobKey, payload: String?, meta: [String: String], idPrefix: String, token: String, priority: Int
    ) throws(CommandError) -> Reply {
        try checkRegistrationAllowed()
        guard let parent = head.job(key)?.job else { throw CommandError(500, "parameterized job not found") }
        guard let spec = parent.parameterizedJob, parent.isParameterized else {
            throw CommandError(500, "Specified job \"\(key.id)\" is not a parameterized job")
        }
        guard !parent.stop else { throw CommandError(500, "Specified job \"\(key.id)\" is stopped") }
        try check(payload, meta, against: spec)
        guard priority == 0 || (1...configuration.jobPriorityMax).contains(priority) else {
            throw CommandError(
                500, "job priority must be between [1, \(configuration.jobPriorityMax)], not \(priority)")
        }
        if !token.isEmpty,
            let done = head.children(of: key).first(where: { $0.job.dispatchIdempotencyToken == token })?.job
        {
            var reply = Reply()
            reply.dispatchedJobID = done.id
            reply.jobCreateIndex = done.createIndex
            return reply
        }
        var child = parent
        let suffix = String(UInt32(truncatingIfNeeded: generator.next()), radix: 16)
        let digits = String(repeating: "0", count: 8 - suffix.count) + suffix
        let prefix = idPrefix.isEmpty ? "" : idPrefix + "-"
        child.id = "\(parent.id)/dispatch-\(prefix)\(now.seconds)-\(digits)"
        makeChild(&child, of: parent)
        child.dispatched = true
        child.payload = payload.flatMap { $0.isEmpty ? nil : $0 }
        child.meta.merge(meta) { $1 }
        child.dispatchIdempotencyToken = token
        if priority != 0 { child.priority = priority }
        try checkRoomForEvaluation(of: child)
        var changes: [Change] = [.job(child)]
        var reply = Reply()
        if !child.isPeriodic {
            let evaluation = evaluation(of: child, .jobRegister, modifyIndex: nextIndex)
            changes.append(.evaluations([evaluation]))
            reply.evaluation = evaluation.id
            reply.evaluationIndex = nextIndex
        }
        reply.index = commit("JobRegistered", changes)
        reply.dispatchedJobID = child.id
        reply.jobCreateIndex = reply.index
        return reply
    }

    private func check(
        _ payload: String?, _ meta: [String: String], against spec: ParameterizedSpec
    ) throws(CommandError) {
        let text = payload ?? ""
        if spec.payload == "required", text.isEmpty {
            throw CommandError(500, "Payload is not provided but required by parameterized job")
        }
        if spec.payload == "forbidden", !text.isEmpty {
            throw CommandError(500, "Payload provided but forbidden by parameterized job")
        }
        let size = text.utf8.count / 4 * 3 - text.utf8.suffix(2).filter { $0 == UInt8(ascii: "=") }.count
        if size > configuration.payloadBytesMax {
            throw CommandError(500, "Payload exceeds maximum size; \(size) > \(configuration.payloadBytesMax)")
        }
        let allowed = spec.metaRequired + spec.metaOptional
        let extra = meta.keys.filter { !allowed.contains($0) }.sorted()
        if !extra.isEmpty {
            throw CommandError(
                500, "Dispatch request included unpermitted metadata keys: [\(extra.joined(separator: " "))]")
        }
        let missing = spec.metaRequired.filter { meta[$0] == nil }.sorted()
        if !missing.isEmpty {
            throw CommandError(
                500, "Dispatch did not provide required meta keys: [\(missing.joined(separator: " "))]")
        }
    }
}
