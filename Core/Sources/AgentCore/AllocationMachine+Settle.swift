import Base
import Model

extension AllocationMachine {
    /// Does what is due: begins or goes on with the end, starts what may start, looks at checks and health,
    /// and tells the servers what is new.
    mutating func settle(_ context: inout StepContext) {
        context.take(allocation)
        expire(context.now)
        // A task that is killed before it ran is dead at once, and that may let the next stage go on.
        for _ in 0...(tasks.count + 1) {
            let before = tasks.map(\.life)
            chooseEnding(&context)
            if ending != nil { endTasks(&context) } else { startTasks(&context) }
            runPoststop(&context)
            if before == tasks.map(\.life) { break }
        }
        finishIfDead(&context)
        followChecks(&context)
        observeHealth(&context)
        report(&context)
    }

    // MARK: - Beginnings

    private mutating func startTasks(_ context: inout StepContext) {
        guard phase == .active, isBuilt else { return }
        var prestartIsOver = true
        var mainsAreUp = true
        for task in tasks {
            switch task.role {
            case .prestart(sidecar: true): prestartIsOver = prestartIsOver && task.isRunning
            case .prestart(sidecar: false): prestartIsOver = prestartIsOver && task.isDead && !task.state.failed
            case .main: mainsAreUp = mainsAreUp && task.state.state != .pending
            case .poststart, .poststop: break
            }
        }
        for at in tasks.indices where tasks[at].life == .waiting {
            switch tasks[at].role {
            case .prestart: tasks[at].start(&context)
            // A main task that has started once need not wait for a sidecar that restarts meanwhile.
            case .main where prestartIsOver || tasks[at].state.startedAt != nil: tasks[at].start(&context)
            case .poststart where prestartIsOver && mainsAreUp: tasks[at].start(&context)
            case .main, .poststart, .poststop: break
            }
        }
    }

    /// Poststop tasks run when all others are dead, however that came.
    private mutating func runPoststop(_ context: inout StepContext) {
        guard phase == .active, tasks.allSatisfy({ $0.role == .poststop || $0.isDead }) else { return }
        for at in tasks.indices where tasks[at].role == .poststop {
            if isForgotten {
                tasks[at].kill(&context)
            } else if tasks[at].life == .waiting {
                if isExpired || !isBuilt { tasks[at].kill(&context) } else { tasks[at].start(&context) }
            }
        }
    }

    // MARK: - The end

    private mutating func expire(_ now: Instant) {
        guard !isExpired, ending == nil, let deadline = runDeadline, deadline <= now, phase != .done else { return }
        isExpired = true
    }

    /// When `max_run_duration` is over.
    var runDeadline: Instant? {
        guard let limit = allocation.group?.maxRunDuration, limit > .zero else { return nil }
        return Instant(nanoseconds: allocation.createTime) + limit
    }

    private mutating func chooseEnding(_ context: inout StepContext) {
        guard ending == nil, phase != .done else { return }
        let living = tasks.filter { $0.role != .poststop && !$0.isDead }
        if allocation.desiredStatus != .run || isForgotten {
            ending = .stopped
        } else if isDisconnected {
            ending = .disconnected
        } else if isExpired {
            ending = .expired
        } else if let failed = tasks.first(where: { $0.isDead && $0.state.failed && $0.role != .poststop }) {
            ending = .failed(failed.key.task)
        } else if !living.isEmpty, tasks.contains(where: { $0.spec.leader && $0.isDead }) {
            ending = .leaderDead
        } else if !living.isEmpty, living.allSatisfy(\.role.isSidecar),
            tasks.contains(where: { $0.role == .main })
        {
            ending = .mainsDead
        }
        guard let ending else { return }
        announce(ending, &context)
        if let delay = allocation.group?.shutdownDelay, delay > .zero, !context.skipsShutdownDelay,
            tasks.contains(where: { $0.isRunning && $0.role != .poststop })
        {
            killFrom = context.now + delay
        }
    }

    private mutating func announce(_ ending: Ending, _ context: inout StepContext) {
        for at in tasks.indices where !tasks[at].isDead && tasks[at].role != .poststop {
            switch ending {
            case .failed(let sibling): tasks[at].record(.siblingFailed(sibling, at: context.now))
            case .leaderDead: tasks[at].record(.leaderDead(at: context.now))
            case .mainsDead: tasks[at].record(.mainsDead(at: context.now))
            case .stopped, .expired, .disconnected: break
            }
        }
    }

    /// The leader first and alone, then all others, the sidecars last.
    private mutating func endTasks(_ context: inout StepContext) {
        if case .waiting = phase {
            for at in tasks.indices { tasks[at].kill(&context) }
            phase = .active
        }
        guard phase == .active, killFrom <= context.now else { return }
        let ranks: [(TaskMachine) -> Bool] = [
            { $0.spec.leader }, { !$0.spec.leader && !$0.role.isSidecar }, { $0.role.isSidecar },
        ]
        for belongs in ranks {
            var isWaiting = false
            for at in tasks.indices where tasks[at].role != .poststop && belongs(tasks[at]) {
                tasks[at].kill(&context)
                isWaiting = isWaiting || !tasks[at].isDead
            }
            if isWaiting { return }
        }
    }

    private mutating func finishIfDead(_ context: inout StepContext) {
        guard phase == .active, tasks.allSatisfy(\.isDead) else { return }
        phase = .done
        isDirty = true
        context.effects.teardowns.append(id)
    }

    // MARK: - Checks and health

    private mutating func followChecks(_ context: inout StepContext) {
        for at in checks.indices {
            let name = checks[at].task
            let task = tasks.first { $0.key.task == name }
            let runs =
                name.isEmpty ? tasks.contains { $0.role == .main && $0.isRunning } : task?.isRunning ?? false
            checks[at].follow(isRunning: runs && ending == nil, now: context.now)
            guard checks[at].takeDue(now: context.now) else { continue }
            context.effects.checks.append(
                CheckOrder(
                    key: checks[at].key, service: checks[at].service, check: checks[at].check, task: name,
                    address: task?.address, handle: task?.life.handle))
        }
    }

    private mutating func observeHealth(_ context: inout StepContext) {
        healthWake = nil
        guard healthy == nil, isBuilt, let rule = HealthTracker.rule(for: allocation) else { return }
        var tracker = health ?? HealthTracker(rule, start: context.now)
        let views = tasks.map { HealthTracker.TaskView(name: $0.key.task, role: $0.role, state: $0.state) }
        let passes = checks.allSatisfy { $0.isPassing || !$0.mattersForHealth }
        let verdict = tracker.observe(views, checksPass: passes, now: context.now)
        health = tracker
        switch verdict {
        case .undecided(let until): healthWake = until
        case .healthy: decideHealth(true, context.now)
        case .unhealthy(let reasons):
            decideHealth(false, context.now)
            for at in tasks.indices {
                guard let reason = reasons[tasks[at].key.task] else { continue }
                tasks[at].record(.unhealthy(reason, at: context.now))
            }
        }
    }

    private mutating func decideHealth(_ healthy: Bool, _ now: Instant) {
        self.healthy = healthy
        healthTime = Timestamp(now)
        isDirty = true
    }

    // MARK: - Telling

    private mutating func report(_ context: inout StepContext) {
        if tasks.contains(where: \.isDirty) || isDirty {
            context.effects.stateSaves.append(id)
            isDirty = false
            for at in tasks.indices { tasks[at].isDirty = false }
        }
        if isForgotten {
            if phase == .done, !isRemoving {
                isRemoving = true
                context.effects.removals.append(id)
            }
            return
        }
        guard lastUpdate == nil || tasks.contains(where: \.isChanged) || healthy != lastUpdate?.deploymentHealthy
        else { return }
        for at in tasks.indices { tasks[at].isChanged = false }
        let now = update
        guard now != lastUpdate else { return }
        lastUpdate = now
        context.effects.updates.append(now)
    }

    // MARK: - Time

    /// The next time that `wake` has something to do.
    var nextWake: Instant? {
        guard phase != .done else { return nil }
        var times = tasks.compactMap(\.nextWake) + checks.compactMap(\.nextRun)
        if let healthWake { times.append(healthWake) }
        if ending == nil, let deadline = runDeadline { times.append(deadline) }
        if ending != nil, killFrom > .zero, tasks.contains(where: { !$0.isDead && !$0.isEnding }) {
            times.append(killFrom)
        }
        return times.min()
    }

    // MARK: - Checks of the specification

    static func makeChecks(_ allocation: Allocation) -> [CheckMachine] {
        guard let group = allocation.group else { return [] }
        var checks: [CheckMachine] = []
        func add(_ services: [ServiceSpec], owner: String, task: String) {
            for service in services {
                for (at, check) in service.checks.enumerated() {
                    let key = CheckKey(allocation: allocation.id, id: "\(owner)/\(service.name)/\(at)")
                    let target = task.isEmpty ? (check.taskName.isEmpty ? service.taskName : check.taskName) : task
                    checks.append(
                        CheckMachine(key, service: service, check: check, task: target, group: group.name))
                }
            }
        }
        add(group.services, owner: "group-" + group.name, task: "")
        for task in group.tasks { add(task.services, owner: task.name, task: task.name) }
        return checks
    }
}
