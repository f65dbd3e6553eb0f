/// The parts of a spec that all drivers have in common.
extension ShimRecords {
    /// Where the output goes; nothing if the task wants no logs.
    mutating func addLogs(_ task: TaskStart) {
        if task.logs.disabled { return }
        add("log_out", task.directories.logs + "/" + task.taskName + ".stdout")
        add("log_err", task.directories.logs + "/" + task.taskName + ".stderr")
        add("log_max_bytes", task.logs.maxFileSizeMB << 20)
        add("log_max_files", task.logs.maxFiles)
    }

    mutating func addUser(_ user: UserIdentity) {
        add("uid", user.uid)
        add("gid", user.gid)
        for group in user.groups { add("group", group) }
    }
}
