public import Model

/// What an allocation's tasks add up to.
public enum AllocationStatus {
    public static let failed = "Failed tasks"
    public static let running = "Tasks are running"
    public static let pending = "No tasks have started"
    public static let complete = "All tasks have completed"
    public static let expired = "allocation exceeded max_run_duration"

    /// The client status and its description: any failed task fails the allocation; else any running, any
    /// pending, all dead. One that was ended because of its `max_run_duration` is complete once it is dead.
    public static func derive(_ tasks: some Sequence<TaskState>, expired isExpired: Bool = false)
        -> (status: ClientStatus, description: String)
    {
        var isRunning = false
        var isPending = false
        var isFailed = false
        for task in tasks {
            switch task.state {
            case .running: isRunning = true
            case .pending: isPending = true
            case .dead: isFailed = isFailed || task.failed
            }
        }
        if isExpired, !isRunning, !isPending { return (.complete, expired) }
        if isFailed { return (.failed, failed) }
        if isRunning { return (.running, running) }
        if isPending { return (.pending, pending) }
        return (.complete, complete)
    }
}
