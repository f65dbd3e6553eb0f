internal import Glibc

/// Starting the shim executable.
enum ShimProcess {
    /// Runs `<shim> <verb> <directory>` until it ends, and returns its records from stdout. For the verb "run"
    /// that means: until the detached shim has started its task, or says why it could not.
    static func run(_ shim: String, _ verb: String, directory: String) async throws -> ShimRecords {
        try await onOwnThread { ShimRecords(parsing: try spawn([shim, verb, directory], errors: false)) }
    }

    /// Runs a program of the node to its end and returns what it wrote, its errors too.
    static func output(_ arguments: [String]) async throws -> String {
        try await onOwnThread { String(decoding: try spawn(arguments, errors: true), as: UTF8.self) }
    }

    private static func spawn(_ arguments: [String], errors: Bool) throws -> [UInt8] {
        var ends: [Int32] = [0, 0]
        // A socket pair, since pipes can't be made close-on-exec in one step here.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw problem("make a socket pair") }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        if errors { posix_spawn_file_actions_adddup2(&actions, ends[1], 2) }

        // The agent's own environment may hold secrets and is no business of the helper's.
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=" + path), nil]
        defer { (argv + environment).forEach { free($0) } }
        var pid = pid_t()
        let result = posix_spawn(&pid, arguments[0], &actions, nil, &argv, &environment)
        close(ends[1])
        guard result == 0 else {
            throw DriverError(
                .unavailable,
                "start \(arguments[0]): \(String(cString: strerror(result))); is it installed there?", recoverable: true
            )
        }
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            output += piece[..<count]
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return output
    }

    static func problem(_ what: String) -> DriverError {
        DriverError(.failed, "\(what): \(String(cString: strerror(errno)))", recoverable: true)
    }
}
