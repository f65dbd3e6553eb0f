import Base
public import Model

/// The life of one task. Its allocation's machine decides when it starts and that it must end; the task
/// decides about restarts.
public struct TaskMachine: Hashable, Sendable {
    public let key: TaskKey
    public internal(set) var spec: TaskSpec
    public internal(set) var role: TaskRole
    public internal(set) var state = TaskState()
    public internal(set) var life = TaskLife.waiting
    var stop: TaskStop?
    var restarts = RestartTracker()
    /// Whether its directory is made.
    var isPrepared = false
    /// Something changed that the servers should hear of.
    var isChanged = false
    /// Something changed that must survive the agent.
    var isDirty = false

    init(_ key: TaskKey, _ spec: TaskSpec, now: Instant) {
        self.key = key
        self.spec = spec
        role = TaskRole(spec.lifecycle)
        record(.received(at: now))
    }

    public var isDead: Bool { life == .dead }
    public var isRunning: Bool { state.state == .running }
    /// A kill is under way.
    var isEnding: Bool { stop?.purpose == .kill }
    /// The task's own address, if its driver gave it one.
    public var address: TaskAddress? {
        if case .running(_, let info) = life { info.network } else { nil }
    }

    /// The next time that `wake` has something to do.
    var nextWake: Instant? {
        switch stop?.stage {
        case .delaying(let until): return until
        case .retrying(let at, _): return at
        case .stopping: return nil
        case nil: break
        }
        if case .backoff(let until) = life { return until }
        return nil
    }

    mutating func record(_ event: TaskEvent) {
        state.record(event)
        isChanged = true
        isDirty = true
    }

    mutating func enter(_ life: TaskLife) {
        self.life = life
        isChanged = true
        isDirty = true
    }

    // MARK: - Orders of the allocation

    mutating func start(_ context: inout StepContext) {
        guard life == .waiting else { return }
        order(&context)
    }

    /// Asks for a new start at once.
    private mutating func order(_ context: inout StepContext) {
        let attempt = "\(key.allocation.text)/\(key.task)/\(context.hexadecimal8())"
        if !isPrepared { record(.setup("Building Task Directory", at: context.now)) }
        context.effects.starts.append(TaskStartOrder(key: key, attempt: attempt, isFirst: !isPrepared))
        enter(.starting(attempt: attempt))
    }

    /// Ends the task for good. Does nothing if that is under way.
    mutating func kill(_ context: inout StepContext) {
        guard !isDead, !isEnding else { return }
        switch life {
        case .waiting, .backoff, .awaitingServer:
            finish(failed: false, &context)
        case .starting(let attempt):
            stop = TaskStop(purpose: .kill, stage: .stopping(failures: 0))
            record(.killing(timeout: context.killTimeout(spec), at: context.now))
            context.effects.cancellations.append(TaskAttempt(key: key, attempt: attempt))
        case .recovering, .running:
            record(.killing(timeout: context.killTimeout(spec), at: context.now))
            begin(.kill, &context)
        case .dead: break
        }
    }

    /// Stops the process to start it again.
    mutating func restart(reason: String, fromTheBeginning: Bool, _ context: inout StepContext) {
        guard stop == nil, case .running = life else { return }
        record(.restartSignaled(reason: reason, at: context.now))
        begin(.restart(fromTheBeginning: fromTheBeginning), &context)
    }

    /// Its checks failed for too long.
    mutating func restartUnhealthy(reason: String, _ context: inout StepContext) {
        guard stop == nil, case .running = life else { return }
        record(.restartSignaled(reason: reason, at: context.now))
        begin(.unhealthy, &context)
    }

    /// Makes a task that has ended wait for its stage again.
    mutating func rewind() {
        guard isDead else { return }
        state.state = .pending
        state.failed = false
        state.finishedAt = nil
        stop = nil
        enter(.waiting)
    }

    private mutating func begin(_ purpose: TaskStop.Purpose, _ context: inout StepContext) {
        isDirty = true
        let delays = purpose == .kill && spec.shutdownDelay > .zero && !context.skipsShutdownDelay
        if delays {
            record(.waitingForShutdownDelay(spec.shutdownDelay, at: context.now))
            stop = TaskStop(purpose: purpose, stage: .delaying(until: context.now + spec.shutdownDelay))
        } else {
            stop = TaskStop(purpose: purpose, stage: .stopping(failures: 0))
            orderStop(&context)
        }
    }

    private func orderStop(_ context: inout StepContext) {
        guard case .running(let attempt, let info) = life else { return }
        let signal = spec.killSignal.isEmpty ? nil : spec.killSignal
        context.effects.stops.append(
            TaskStopOrder(
                key: key, attempt: attempt, handle: info.handle, signal: signal, timeout: context.killTimeout(spec)))
    }

    // MARK: - Time

    mutating func wake(_ context: inout StepContext) {
        guard let due = nextWake, due <= context.now else { return }
        switch stop?.stage {
        case .delaying:
            stop?.stage = .stopping(failures: 0)
            orderStop(&context)
        case .retrying(_, let failures):
            stop?.stage = .stopping(failures: failures)
            orderStop(&context)
        case .stopping: break
        case nil:
            order(&context)
        }
    }

    /// The servers have spoken: a task that was lost while the agent was away may start anew.
    mutating func serverSpoke() {
        if life == .awaitingServer { enter(.waiting) }
    }

    // MARK: - News

    mutating func step(_ input: TaskInput, _ context: inout StepContext) {
        switch input {
        case .started(let attempt, let info):
            guard life == .starting(attempt: attempt) else { return }
            started(attempt, info, &context)
        case .startFailed(let attempt, let phase, let message, let recoverable):
            guard life == .starting(attempt: attempt) else { return }
            startFailed(phase, message, recoverable: recoverable, &context)
        case .recovered(let attempt):
            guard case .recovering(attempt, let info) = life else { return }
            enter(.running(attempt: attempt, info))
            // The agent may have ended after the task had begun, and before that was written down.
            if !isRunning { noteStart(&context) }
            if case .stopping = stop?.stage { orderStop(&context) }
        case .recoveryFailed(let attempt, let message):
            guard case .recovering(attempt, _) = life else { return }
            record(.restoreFailed(message, at: context.now))
            if isEnding { return finish(failed: false, &context) }
            stop = nil
            state.state = .pending
            enter(context.serversKnown ? .waiting : .awaitingServer)
        case .exited(let attempt, let exit):
            guard case .running(attempt, let info) = life else { return }
            context.effects.destroys.append(TaskRecovery(key: key, attempt: attempt, handle: info.handle))
            exited(exit, &context)
        case .stopFailed(let attempt, let message):
            guard case .running(attempt, _) = life, case .stopping(let failures) = stop?.stage else { return }
            stopFailed(message, failures: failures + 1, &context)
        case .event(let event):
            guard !isDead else { return }
            record(event)
        }
    }

    private mutating func started(_ attempt: String, _ info: StartedInfo, _ context: inout StepContext) {
        enter(.running(attempt: attempt, info))
        noteStart(&context)
        if stop != nil { orderStop(&context) }
    }

    private mutating func noteStart(_ context: inout StepContext) {
        isPrepared = true
        state.state = .running
        state.startedAt = Timestamp(context.now)
        state.finishedAt = nil
        record(.started(at: context.now))
    }

    private mutating func startFailed(
        _ phase: StartPhase, _ message: String, recoverable: Bool, _ context: inout StepContext
    ) {
        if isEnding { return finish(failed: false, &context) }
        stop = nil
        record(.startFailed(phase, message, at: context.now))
        if phase == .driver || phase == .artifact { isPrepared = true }
        decide(.startFailed(recoverable: recoverable), &context)
    }

    private mutating func exited(_ exit: TaskExit, _ context: inout StepContext) {
        let stopped = stop
        record(.terminated(exit, at: context.now))
        switch stopped?.purpose {
        case .kill:
            record(.killed(at: context.now))
            finish(failed: false, &context)
        case .restart(let fromTheBeginning):
            stop = nil
            noteRestart(after: .zero, reason: "", &context)
            enter(.waiting)
            if !fromTheBeginning { order(&context) }
        case .unhealthy:
            stop = nil
            decide(.unhealthy, &context)
        case nil:
            decide(.exited(success: exit.isSuccess), &context)
        }
    }

    private mutating func decide(_ cause: RestartTracker.Cause, _ context: inout StepContext) {
        let verdict = restarts.decide(
            cause, policy: context.restartPolicy(spec), restartsOnSuccess: role.restartsOnSuccess(in: context.jobType),
            now: context.now, using: &context.generator)
        switch verdict {
        case .restart(let delay, let reason):
            noteRestart(after: delay, reason: reason, &context)
            enter(.backoff(until: context.now + delay))
        case .fail(let reason):
            record(.notRestarting(reason: reason, at: context.now))
            finish(failed: true, &context)
        case .finish:
            finish(failed: false, &context)
        }
    }

    private mutating func noteRestart(after delay: TimeSpan, reason: String, _ context: inout StepContext) {
        state.state = .pending
        state.restarts += 1
        state.lastRestart = Timestamp(context.now)
        record(.restarting(after: delay, reason: reason, at: context.now))
    }

    private mutating func stopFailed(_ message: String, failures: Int, _ context: inout StepContext) {
        if failures < TaskStop.retriesMax {
            let at = context.now + TaskStop.retryDelay(afterFailures: failures)
            stop?.stage = .retrying(at: at, failures: failures)
            return
        }
        record(.killed(error: message, at: context.now))
        finish(failed: true, &context)
    }

    /// The end. Also used for what surrounds the task: an allocation whose network can't be built has dead tasks.
    mutating func finish(failed: Bool, _ context: inout StepContext) {
        stop = nil
        state.state = .dead
        state.failed = state.failed || failed
        state.finishedAt = Timestamp(context.now)
        enter(.dead)
    }
}
