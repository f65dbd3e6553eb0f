import Base
import Glibc
import Synchronization
import TestHost
import Testing

@testable import Drivers

/// Runs a suite's tests against a Docker daemon of their own: own data, own socket, own bridge, nothing of it
/// left afterwards. Without root or without dockerd the tests are passed over, with a line that says so.
struct DockerDaemon: SuiteTrait, TestScoping {
    /// Path of the daemon's socket while a suite runs.
    @TaskLocal static var socket: String?
    /// An image made from busybox, so that no registry is needed.
    static let image = "caravan-test/busybox:1"

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Self.run { daemon in try await Self.$socket.withValue(daemon?.socket) { try await function() } }
    }

    /// Starts a daemon, hands it over, ends it. Hands over nil where there can't be one.
    static func run(_ options: [String] = [], _ body: @Sendable (DockerDaemon.Process?) async throws -> Void)
        async throws
    {
        if let missing = missing() {
            print("skipped: docker tests need \(missing)")
            return try await body(nil)
        }
        let daemon = try await Process(options)
        do {
            try await makeImage(daemon.socket, daemon.directory)
            try await body(daemon)
        } catch {
            await daemon.clean()
            throw error
        }
        await daemon.clean()
    }

    private static func missing() -> String? {
        if geteuid() != 0 { return "root" }
        for program in ["/usr/sbin/dockerd", "/usr/sbin/ip", "/bin/busybox", "/usr/bin/tar"]
        where !FileTree.isExecutable(program) {
            return program
        }
        return nil
    }

    /// A daemon with directory and bridge of its own.
    final class Process: Sendable {
        let directory: String
        let bridge: String
        let options: [String]
        private let pid = Mutex<pid_t>(0)
        private static let subnets = Mutex(0)
        var socket: String { directory + "/docker.sock" }

        init(_ options: [String]) async throws {
            var template = Array("/tmp/caravan-dockerd-XXXXXX".utf8CString)
            let directory = String(cString: try #require(mkdtemp(&template)))
            let bridge = "cv" + directory.suffix(6)
            self.directory = directory
            self.bridge = bridge
            self.options = options
            let taken = Self.subnets.withLock {
                $0 += 1; return $0
            }
            // Daemons of this process differ by their count, those of others most likely by the process.
            let number = 1 + (Int(getpid()) * 8 + taken) % 250
            try await blocking {
                try command(["/usr/sbin/ip", "link", "add", bridge, "type", "bridge"])
                try command(["/usr/sbin/ip", "addr", "add", "10.213.\(number).1/24", "dev", bridge])
                try command(["/usr/sbin/ip", "link", "set", bridge, "up"])
            }
            try start()
        }

        func start() throws {
            let arguments =
                [
                    "/usr/sbin/dockerd", "--data-root", directory + "/data", "--exec-root", directory + "/exec",
                    "--pidfile", directory + "/pid", "-H", "unix://" + socket, "--bridge", bridge, "--iptables=false",
                    "--ip6tables=false", "--ip-forward=false", "--ip-masq=false",
                ] + options
            let started = try spawn(arguments, log: directory + "/log")
            pid.withLock { $0 = started }
        }

        /// Sends a signal and waits for the end.
        func end(_ signal: Int32) async throws {
            let pid = pid.withLock { $0 }
            try await onOwnThread {
                kill(pid, signal)
                var status: Int32 = 0
                waitpid(pid, &status, 0)
            }
        }

        func clean() async {
            _ = try? await end(SIGTERM)
            let (bridge, directory) = (bridge, directory)
            _ = try? await blocking {
                try command(["/usr/sbin/ip", "link", "del", bridge])
                // Mounts of containers that were killed the hard way.
                MountTable.detach(under: directory)
                try FileTree.remove(directory)
            }
        }
    }

    private static func makeImage(_ socket: String, _ directory: String) async throws {
        let client = DockerClient(socket: socket)
        try await Workshop.eventually("daemon answers") { (try? await client.call(.get("/version"))) != nil }
        let archive = try await blocking { () -> [UInt8] in
            let root = directory + "/image"
            try FileTree.make(root + "/bin", mode: 0o755)
            try command(["/bin/busybox", "cp", "/bin/busybox", root + "/bin/busybox"])
            for name in ["sh", "sleep", "echo", "cat", "ls", "stty", "env", "nc", "seq", "id", "head", "mount"] {
                symlink("busybox", root + "/bin/" + name)
            }
            try command(["/usr/bin/tar", "-C", root, "-cf", directory + "/image.tar", "."])
            return try FileTree.read(directory + "/image.tar", limit: 1 << 26) ?? []
        }
        for tag in ["1", "latest"] {
            var request = DockerClient.Request.post(
                "/images/create", ["fromSrc": "-", "repo": "caravan-test/busybox", "tag": tag])
            request.headers.append(("Content-Type", "application/x-tar"))
            request.body = archive
            try await client.stream(request) { _ in }
        }
    }

    /// Runs a program to its end.
    static func command(_ arguments: [String]) throws {
        let pid = try spawn(arguments, log: "/dev/null")
        var status: Int32 = 0
        waitpid(pid, &status, 0)
        if status != 0 { throw DriverError(.failed, "\(arguments.joined(separator: " ")): status \(status)") }
    }

    static func spawn(_ arguments: [String], log: String) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [strdup("PATH=/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { (argv + environment).forEach { free($0) } }
        var pid = pid_t()
        let result = posix_spawn(&pid, arguments[0], &actions, nil, &argv, &environment)
        if result != 0 { throw DriverError(.failed, "\(arguments[0]): \(String(cString: strerror(result)))") }
        return pid
    }
}
