/// Operating system, kernel, memory and control groups, read from texts that the kernel shows.
enum SystemFacts {
    /// `ID` and `VERSION_ID` of `/etc/os-release`, or "linux" and nothing.
    static func release(_ text: String) -> (name: String, version: String) {
        var values: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, !line.hasPrefix("#") else { continue }
            var value = parts[1]
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = value.dropFirst().dropLast()
            }
            values[parts[0]] = String(value)
        }
        return (values["ID"] ?? "linux", values["VERSION_ID"] ?? "")
    }

    /// Bytes by name of `/proc/meminfo`.
    static func memory(_ text: String) -> [String: UInt64] {
        var values: [String: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let number = UInt64(parts[1].filter(\.isNumber)) else { continue }
            values[String(parts[0])] = parts[1].hasSuffix("kB") ? number * 1024 : number
        }
        return values
    }

    /// Version and mount point of the control groups in `/proc/self/mounts`: version 2 only when no
    /// controller of version 1 is mounted.
    static func cgroups(mounts: String) -> (version: Int, path: String)? {
        var second: String?
        var first: String?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 3 else { continue }
            let path = MountTable.unescape(String(fields[1]))
            switch fields[2] {
            case "cgroup2": second = second ?? path
            case "cgroup" where fields[3].split(separator: ",").contains("memory"):
                first = path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
            default: break
            }
        }
        if let first { return (1, first) }
        return second.map { (2, $0) }
    }

    /// The signals that a task can be sent, as the node attribute `os.signals` lists them.
    static let signals = [
        "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO", "SIGIOT",
        "SIGKILL", "SIGPIPE", "SIGPROF", "SIGQUIT", "SIGSEGV", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGXCPU", "SIGXFSZ",
    ]
}
