internal import Glibc

/// What the process runs on, for the section `runtime` of `agent-info`.
enum RuntimeFacts {
    static var current: [String: String] {
        [
            "arch": architecture, "kernel.name": "linux", "version": "swift",
            "cpu_count": String(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
            "max_procs": String(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))), "threads": String(threads),
        ]
    }

    /// In the words of the field: `amd64`, `arm64`.
    private static var architecture: String {
        #if arch(x86_64)
            "amd64"
        #elseif arch(arm64)
            "arm64"
        #else
            "unknown"
        #endif
    }

    private static var threads: Int { (try? LocalFile.names(in: "/proc/self/task").count) ?? 0 }
}
