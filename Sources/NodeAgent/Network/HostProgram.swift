import Glibc

/// Runs programs of the node to their end. All calls block.
enum HostProgram {
    private static let outputMax = 1 << 20

    /// Where programs are looked for.
    static var path: String { getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin" }

    /// Runs a program by its name with the agent's own `PATH` and returns what it said. Throws if it isn't there or
    /// ends with another status than 0.
    @discardableResult static func output(_ name: String, _ arguments: [String]) throws -> String {
        let program = path.split(separator: ":").map { String($0) + "/" + name }.first { access($0, X_OK) == 0 }
        guard let program else { throw HostError("find", name, number: ENOENT) }
        let (status, output) = try run(program, arguments, ["PATH=\(path)", "LC_ALL=C"], input: [])
        let text = String(decoding: output, as: UTF8.self)
        guard status == 0 else {
            throw CNIError(message: "\(name) \(arguments.joined(separator: " ")): \(text.prefix(500))")
        }
        return text
    }

    /// The status is the one of `waitpid`; the output is what the program wrote to its standard output, and with it
    /// its errors if there is no input that it answers.
    static func run(
        _ program: String, _ arguments: [String], _ environment: [String], input: [UInt8]
    ) throws -> (status: Int32, output: [UInt8]) {
        let toChild = try pipe()
        let fromChild: [Int32]
        do { fromChild = try pipe() } catch {
            for fd in toChild { close(fd) }
            throw error
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        if input.isEmpty { posix_spawn_file_actions_adddup2(&actions, fromChild[1], 2) }
        let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var child = pid_t()
        let failure = posix_spawn(&child, program, &actions, nil, words, variables)
        close(toChild[0])
        close(fromChild[1])
        defer { close(fromChild[0]) }
        guard failure == 0 else {
            close(toChild[1])
            throw HostError("run", program, number: failure)
        }
        // Inputs are far smaller than a pipe's buffer: this can't block against the child's output.
        _ = input.withUnsafeBytes { write(toChild[1], $0.baseAddress, $0.count) }
        close(toChild[1])
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while output.count < outputMax {
            let count = read(fromChild[0], &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            output += piece[..<count]
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return (status, output)
    }

    private static func pipe() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw HostError("make", "a pipe") }
        for fd in ends { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
        return ends
    }
}
