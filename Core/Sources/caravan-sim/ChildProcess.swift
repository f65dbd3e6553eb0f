#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Another process of this program, and what it prints.
struct ChildProcess {
    private let id: pid_t
    /// -1 once everything was read.
    private var output: Int32
    private var rest: [UInt8] = []

    private static let chunk = 65536

    /// Starts this program with other arguments; nil when the system refuses (see `errno`).
    init?(arguments: [String]) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        posix_spawn_file_actions_addclose(&actions, ends[1])
        let path = Self.program
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var id: pid_t = 0
        let result = posix_spawn(&id, path, &actions, nil, words, environ)
        close(ends[1])
        guard result == 0 else {
            close(ends[0])
            errno = result
            return nil
        }
        self.id = id
        output = ends[0]
    }

    private static var program: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return CommandLine.arguments[0] }
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Waits for a line of any process; nil when all have closed their output.
    static func nextLine(of processes: inout [ChildProcess]) -> (Int, String)? {
        while true {
            for at in processes.indices { if let line = processes[at].takeLine() { return (at, line) } }
            var polled: [pollfd] = []
            var who: [Int] = []
            for at in processes.indices where processes[at].output >= 0 {
                polled.append(pollfd(fd: processes[at].output, events: Int16(POLLIN), revents: 0))
                who.append(at)
            }
            if polled.isEmpty { return nil }
            guard poll(&polled, nfds_t(polled.count), -1) >= 0 || errno == EINTR else { return nil }
            for (slot, at) in who.enumerated() where polled[slot].revents != 0 { processes[at].read() }
        }
    }

    private mutating func takeLine() -> String? {
        guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { rest.removeFirst(end + 1) }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func read() {
        var buffer = [UInt8](repeating: 0, count: Self.chunk)
        #if canImport(Glibc)
            let count = Glibc.read(output, &buffer, buffer.count)
        #else
            let count = Darwin.read(output, &buffer, buffer.count)
        #endif
        guard count > 0 else {
            close(output)
            output = -1
            return
        }
        rest.append(contentsOf: buffer[..<count])
    }

    /// Waits for its end. - Returns: 0 if it ended well.
    func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
