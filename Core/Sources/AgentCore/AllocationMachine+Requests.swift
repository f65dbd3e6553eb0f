import Base
import Model

extension AllocationMachine {
    static let userRestart = "User requested restart"

    mutating func restart(_ selection: RestartSelection, _ context: inout StepContext) -> NodeLocalError? {
        let notRunning = NodeLocalError(.failed, "Task not running")
        guard ending == nil, phase == .active else { return notRunning }
        switch selection {
        case .task(let name):
            guard let at = tasks.firstIndex(where: { $0.key.task == name }) else {
                return NodeLocalError(.failed, "Could not find task runner for task: \(name)")
            }
            guard tasks[at].isRunning else { return notRunning }
            tasks[at].restart(reason: Self.userRestart, fromTheBeginning: false, &context)
        case .running:
            let running = tasks.indices.filter { tasks[$0].isRunning }
            if running.isEmpty { return notRunning }
            for at in running { tasks[at].restart(reason: Self.userRestart, fromTheBeginning: false, &context) }
        case .all:
            for at in tasks.indices where tasks[at].role != .poststop {
                tasks[at].restart(reason: Self.userRestart, fromTheBeginning: true, &context)
                tasks[at].rewind()
            }
        }
        settle(&context)
        return nil
    }

    mutating func signal(_ task: String?, _ name: String, _ request: UInt64, _ context: inout StepContext)
        -> NodeLocalError?
    {
        if let task, !task.isEmpty, self.task(task) == nil { return NodeLocalError(.failed, "Task not found") }
        var isSent = false
        for at in tasks.indices where task == nil || task == "" || tasks[at].key.task == task {
            guard tasks[at].isRunning, let handle = tasks[at].life.handle else { continue }
            tasks[at].record(.signaling(name, at: context.now))
            context.effects.signals.append(
                TaskSignalOrder(key: tasks[at].key, handle: handle, name: name, request: request))
            isSent = true
        }
        if !isSent { return NodeLocalError(.failed, "Task not running") }
        settle(&context)
        return nil
    }
}

extension AllocationMachine {
    // MARK: - Writing down and reading back

    var record: AllocationRecord {
        var record = AllocationRecord()
        record.isBuilt = isBuilt
        record.isExpired = isExpired
        record.isDone = phase == .done
        record.networkStatus = networkStatus
        record.healthy = healthy
        record.healthTime = healthTime
        for task in tasks {
            var entry = TaskRecord()
            entry.state = task.state
            entry.restarts = task.restarts
            entry.isPrepared = task.isPrepared
            switch task.life {
            case .running(let attempt, let info), .recovering(let attempt, let info):
                entry.attempt = attempt
                entry.started = info
            default: break
            }
            record.tasks[task.key.task] = entry
        }
        return record
    }

    /// Goes on after a restart of the agent: looks for what was running.
    mutating func restore(_ record: AllocationRecord, _ context: inout StepContext) {
        isBuilt = record.isBuilt
        isExpired = record.isExpired
        networkStatus = record.networkStatus
        healthy = record.healthy
        healthTime = record.healthTime
        isDirty = false
        if record.isDone { phase = .done } else if isBuilt { phase = .active }
        for at in tasks.indices {
            guard let entry = record.tasks[tasks[at].key.task] else { continue }
            tasks[at].state = entry.state
            tasks[at].restarts = entry.restarts
            tasks[at].isPrepared = entry.isPrepared
            if entry.state.state == .dead || record.isDone {
                tasks[at].life = .dead
            } else if let started = entry.started {
                tasks[at].life = .recovering(attempt: entry.attempt, started)
                context.effects.recoveries.append(
                    TaskRecovery(key: tasks[at].key, attempt: entry.attempt, handle: started.handle))
            } else {
                // It was between two runs: what the driver may have begun left nothing to find.
                tasks[at].state.state = .pending
                tasks[at].life = .waiting
            }
        }
        if phase == .building { context.effects.builds.append(id) }
        settle(&context)
    }
}
