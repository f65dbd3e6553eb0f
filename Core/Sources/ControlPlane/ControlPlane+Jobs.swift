import Base
import Model
import State

/// Where records that belong to jobs are kept.
public enum RecordTable {
    /// The texts that job versions came from.
    public static let submissions = "job-submissions"

    /// The key of a version's submission.
    public static func submissionKey(namespace: String, job: String, version: UInt64) -> String {
        "\(namespace)/\(job)@\(version)"
    }
}

// MARK: - Register

extension ControlPlane {
    mutating func registerJob(_ request: RegisterJob) throws(CommandError) -> Reply {
        var job = request.job
        let old = head.job(job.key)?.job
        try checkRegistrationAllowed()
        guard head.namespace(job.namespace) != nil else {
            throw CommandError(500, "job \"\(job.id)\" is in nonexistent namespace \"\(job.namespace)\"")
        }
        try check(request.enforceIndex, against: old)
        if let old { try checkUpdate(from: old, to: job) }
        try checkLimits(of: job)
        try checkEvalPriority(request.evalPriority)
        if request.preserveCounts, let old {
            for at in job.taskGroups.indices {
                job.taskGroups[at].count = old.group(job.taskGroups[at].name)?.count ?? job.taskGroups[at].count
            }
        }
        if request.preserveResources, let old { Self.preserveResources(of: old, in: &job) }
        return try put(job, over: old, priority: request.evalPriority, submission: request.submission)
    }

    private static func preserveResources(of old: Job, in job: inout Job) {
        for group in job.taskGroups.indices {
            let known = old.group(job.taskGroups[group].name)?.tasks ?? []
            for task in job.taskGroups[group].tasks.indices {
                let name = job.taskGroups[group].tasks[task].name
                guard let before = known.first(where: { $0.name == name }) else { continue }
                job.taskGroups[group].tasks[task].resources = before.resources
            }
        }
    }

    /// Stores a job as a new version if it says anything new, and evaluates it if it runs by itself.
    private mutating func put(
        _ job: Job, over old: Job?, priority: Int?, submission: JSON? = nil, trigger: EvaluationTrigger = .jobRegister
    ) throws(CommandError) -> Reply {
        var job = job
        var changes: [Change] = []
        var reply = Reply()
        if let old, !Self.differs(job, from: old) {
            job = old
        } else {
            job.version = old.map { $0.version + 1 } ?? 0
            job.submitTime = now.nanoseconds
            job.stable = false
            job.versionTag = nil
            job.jobModifyIndex = nextIndex
            changes.append(.job(job))
            if let submission {
                let key = RecordTable.submissionKey(namespace: job.namespace, job: job.id, version: job.version)
                changes.append(.record(table: RecordTable.submissions, key: key, submission))
            }
        }
        reply.jobModifyIndex = job.jobModifyIndex
        if !job.isPeriodic, !job.isParameterized {
            try checkRoomForEvaluation(of: job)
            let evaluation = evaluation(of: job, trigger, priority: priority)
            changes.append(.evaluations([evaluation]))
            reply.evaluation = evaluation.id
            reply.evaluationIndex = nextIndex
        }
        if !changes.isEmpty { reply.index = commit("JobRegistered", changes) }
        return reply
    }

    /// Whether a submitted job says anything else than the stored one.
    static func differs(_ job: Job, from old: Job) -> Bool {
        var same = job
        same.status = old.status
        same.statusDescription = old.statusDescription
        same.stable = old.stable
        same.version = old.version
        same.versionTag = old.versionTag
        same.submitTime = old.submitTime
        same.createIndex = old.createIndex
        same.modifyIndex = old.modifyIndex
        same.jobModifyIndex = old.jobModifyIndex
        same.consulToken = old.consulToken
        same.vaultToken = old.vaultToken
        same.nomadTokenID = old.nomadTokenID
        return same != old
    }

    func checkRegistrationAllowed() throws(CommandError) {
        guard !head.schedulerConfiguration.rejectJobRegistration else {
            throw CommandError(
                403, "Job registration, dispatch, and scale are disabled by the scheduler configuration")
        }
    }

    func check(_ enforced: LogIndex?, against old: Job?) throws(CommandError) {
        guard let enforced else { return }
        let head = "Enforcing job modify index \(enforced): job "
        if let old {
            if enforced == 0 { throw CommandError(500, head + "already exists") }
            if enforced != old.jobModifyIndex {
                throw CommandError(500, head + "exists with conflicting job modify index: \(old.jobModifyIndex)")
            }
        } else if enforced != 0 {
            throw CommandError(500, head + "does not exist")
        }
    }

    private func checkUpdate(from old: Job, to job: Job) throws(CommandError) {
        func word(_ yes: Bool, _ name: String) -> String { yes ? name : "non-\(name)" }
        if old.type != job.type {
            throw CommandError(500, "cannot update job from type \"\(old.type)\" to \"\(job.type)\"")
        }
        for (was, becomes, name) in [
            (old.isPeriodic, job.isPeriodic, "periodic"),
            (old.parameterizedJob != nil, job.parameterizedJob != nil, "parameterized"),
        ] where was != becomes {
            throw CommandError(
                500, "cannot update \(word(was, name)) job to being \(word(becomes, name)); stop and purge it first")
        }
        if old.dispatched != job.dispatched {
            throw CommandError(500, "cannot change whether a job was dispatched")
        }
    }

    /// What a single job can't know of itself: the server's limits and time zones.
    private func checkLimits(of job: Job) throws(CommandError) {
        guard (1...configuration.jobPriorityMax).contains(job.priority) else {
            throw CommandError(500, "job priority must be between [1, \(configuration.jobPriorityMax)]")
        }
        for group in job.taskGroups where group.count > configuration.groupCountMax {
            throw CommandError(
                500,
                "task group \"\(group.name)\" asks for \(group.count) instances; at most "
                    + "\(configuration.groupCountMax) are allowed")
        }
        if let spec = job.periodic, spec.enabled {
            do throws(CronError) {
                _ = try schedule(of: spec)
            } catch {
                throw CommandError(500, error.description)
            }
        }
    }
}

// MARK: - Deregister, evaluate, revert, stability

extension ControlPlane {
    /// Stops a job, or removes it. A job that isn't there is evaluated too: what is left of it gets stopped.
    mutating func deregisterJob(
        _ key: JobKey, purge: Bool, evalPriority: Int?, noShutdownDelay: Bool
    ) throws(CommandError) -> Reply {
        try checkEvalPriority(evalPriority)
        var reply = Reply()
        var changes: [Change] = []
        let job = head.job(key)?.job
        if var job {
            if purge {
                changes.append(.deleteJob(key))
            } else if !job.stop {
                job.stop = true
                job.version += 1
                changes.append(.job(job))
            }
            if noShutdownDelay, let marked = markNoShutdownDelay(key) { changes.append(marked) }
        }
        if !(job.map { $0.isPeriodic || $0.isParameterized } ?? false) {
            var stopped = job ?? Job()
            (stopped.namespace, stopped.id) = (key.namespace, key.id)
            var evaluation = evaluation(of: stopped, .jobDeregister, priority: evalPriority, modifyIndex: nextIndex)
            evaluation.type = .service
            changes.append(.evaluations([evaluation]))
            reply.evaluation = evaluation.id
            reply.evaluationIndex = nextIndex
        }
        reply.jobModifyIndex = nextIndex
        reply.index = changes.isEmpty ? head.index : commit("JobDeregistered", changes)
        return reply
    }

    private func markNoShutdownDelay(_ key: JobKey) -> Change? {
        var marked: [Allocation] = []
        for var allocation in head.allocations(ofJob: key) where !allocation.isTerminal {
            allocation.desiredTransition.noShutdownDelay = true
            marked.append(allocation)
        }
        return marked.isEmpty ? nil : .allocations(marked)
    }

    mutating func evaluateJob(_ key: JobKey, forceReschedule: Bool) throws(CommandError) -> Reply {
        guard let job = head.job(key)?.job else { throw CommandError(500, "job not found") }
        if job.isPeriodic { throw CommandError(500, "can't evaluate periodic job") }
        if job.isParameterized { throw CommandError(500, "can't evaluate parameterized job") }
        try checkRoomForEvaluations()
        var changes: [Change] = []
        if forceReschedule {
            let forced = head.allocations(ofJob: key).filter { allocation in
                allocation.clientStatus == .failed && allocation.desiredStatus == .run
                    && allocation.nextAllocation.isZero
                    && (job.group(allocation.taskGroup)?.reschedulePolicy?.isEnabled ?? false)
            }.map { allocation in
                var allocation = allocation
                allocation.desiredTransition.forceReschedule = true
                return allocation
            }
            if !forced.isEmpty { changes.append(.allocations(forced)) }
        }
        let evaluation = evaluation(of: job, .jobRegister, modifyIndex: job.modifyIndex)
        changes.append(.evaluations([evaluation]))
        var reply = Reply()
        reply.index = commit("EvaluationUpdated", changes)
        reply.evaluation = evaluation.id
        reply.evaluationIndex = reply.index
        reply.jobModifyIndex = job.modifyIndex
        return reply
    }

    mutating func revertJob(
        _ key: JobKey, to version: UInt64, enforcing prior: UInt64?
    ) throws(CommandError) -> Reply {
        guard let current = head.job(key)?.job else {
            throw CommandError(404, "job \"\(key.id)\" not found")
        }
        if version == current.version { throw CommandError(500, "can't revert to current version") }
        guard let old = head.version(version, of: key)?.job else {
            throw CommandError(
                500, "job \"\(key.id)\" in namespace \"\(key.namespace)\" at version \(version) not found")
        }
        if let prior, prior != current.version {
            throw CommandError(500, "Current job has version \(current.version); enforcing version \(prior)")
        }
        try checkRegistrationAllowed()
        // The version that comes is made from the same text as the old one.
        let source = RecordTable.submissionKey(namespace: key.namespace, job: key.id, version: version)
        let submission = head.record(table: RecordTable.submissions, key: source)
        return try put(old, over: current, priority: nil, submission: submission)
    }

    mutating func setJobStability(_ key: JobKey, _ version: UInt64, _ stable: Bool) throws(CommandError) -> Reply {
        guard head.job(key) != nil else { throw CommandError(500, "job not found") }
        guard let stored = head.version(version, of: key)?.job else {
            throw CommandError(
                500, "job \"\(key.id)\" in namespace \"\(key.namespace)\" at version \(version) not found")
        }
        var reply = Reply()
        if stored.stable != stable {
            reply.index = commit("JobStability", [.jobStability(key, version: version, stable: stable)])
        }
        return reply
    }
}
