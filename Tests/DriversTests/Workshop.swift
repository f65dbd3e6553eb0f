import Base
import Glibc
import Logging
import Synchronization
import Testing

@testable import Drivers

/// A directory of its own for one test, with a driver environment; removed afterwards with all that lives in it.
final class Workshop: Sendable {
    let directory: String
    let environment: DriverEnvironment
    let reported: Reported

    final class Reported: Sendable {
        private let list = Mutex<[DriverEvent]>([])
        func add(_ event: DriverEvent) { list.withLock { $0.append(event) } }
        var events: [DriverEvent] { list.withLock { $0 } }
    }

    private init(_ name: String) throws {
        var template = Array("/tmp/caravan-\(name)-XXXXXX".utf8CString)
        directory = String(cString: try #require(mkdtemp(&template)))
        let reported = Reported()
        self.reported = reported
        var logger = Logger(label: "test")
        logger.logLevel = .warning
        environment = DriverEnvironment(
            // Longer than the path of a socket may be.
            stateDirectory: directory + "/state-" + String(repeating: "x", count: 110), shim: Self.shim, coreMHz: 2000,
            cgroupParent: "caravan-test-" + directory.suffix(6),
            logger: logger
        ) { reported.add($0) }
    }

    /// The shim is built beside the tests.
    static let shim: String = {
        var path = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let text = String(decoding: path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return text.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            + "/caravan-shim"
    }()

    static func run(_ name: String, _ body: (Workshop) async throws -> Void) async throws {
        guard FileTree.isExecutable(shim) else {
            print("skipped: \(shim) is not built (swift build --product caravan-shim)")
            return
        }
        let workshop = try Workshop(name)
        do {
            try await body(workshop)
        } catch {
            await workshop.clean()
            throw error
        }
        await workshop.clean()
    }

    private func clean() async {
        let host = ShimHost(driver: "test", environment: environment)
        for name in FileTree.names(environment.stateDirectory + "/tasks") {
            await host.discard(environment.stateDirectory + "/tasks/" + name)
        }
        for hierarchy in FileTree.names("/sys/fs/cgroup") {
            rmdir("/sys/fs/cgroup/\(hierarchy)/\(environment.cgroupParent)")
        }
        rmdir("/sys/fs/cgroup/\(environment.cgroupParent)")
        try? FileTree.remove(directory)
    }

    /// A start with its directories made. `number` makes the id unique inside the test.
    func start(
        _ config: JSON, number: Int = 0, environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        memoryMB: Int = 64, user: String = "", logs: LogLimits = LogLimits()
    ) throws -> TaskStart {
        let allocation =
            "11111111-2222-3333-4444-" + String(directory.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) } | 1, radix: 16)
        let directories = TaskDirectories(allocation: directory + "/alloc/" + allocation, taskName: "web")
        for path in [directories.local, directories.secrets, directories.logs, directories.shared + "/tmp"] {
            try FileTree.make(path, mode: 0o777)
            chmod(path, 0o777)
        }
        chmod(directories.shared, 0o777)
        return TaskStart(
            id: "\(allocation)/web/0000000\(number)", allocationID: allocation, taskName: "web", groupName: "group",
            jobID: "job", jobName: "job", config: config, environment: environment,
            resources: TaskResources(cpuMHz: 100, memoryMB: memoryMB), user: user, directories: directories, logs: logs)
    }

    /// All of a log, its files in order.
    func log(_ task: TaskStart, _ stream: String = "stdout") throws -> String {
        let prefix = "web.\(stream)."
        let numbers = FileTree.names(task.directories.logs).filter { $0.hasPrefix(prefix) }
            .compactMap { Int($0.dropFirst(prefix.count)) }.sorted()
        return try numbers.map { number in
            String(
                decoding: try FileTree.read("\(task.directories.logs)/\(prefix)\(number)", limit: 1 << 26) ?? [],
                as: UTF8.self)
        }.joined()
    }

    /// What a port of the loopback interface says to somebody who connects; nil if nobody is there.
    func answer(_ port: Int) async throws -> String? {
        try await blocking {
            let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            defer { close(fd) }
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var address = Self.loopback(port)
            if Self.with(&address, { connect(fd, $0, $1) }) != 0 { return nil }
            var piece = [UInt8](repeating: 0, count: 1000)
            let count = read(fd, &piece, piece.count)
            return count > 0 ? String(decoding: piece[..<count], as: UTF8.self) : nil
        }
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func with(_ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32)
        -> Int32
    {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// Waits until something is so; an issue if it is not within a minute.
    static func eventually(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ check: () async throws -> Bool
    ) async throws {
        for _ in 0..<6000 {
            if try await check() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("never came: \(what)", sourceLocation: sourceLocation)
    }
}

/// Input for `exec` that ends at once.
func inputs(_ pieces: [ExecInput]) -> AsyncThrowingStream<ExecInput, any Error> {
    AsyncThrowingStream { continuation in
        for piece in pieces { continuation.yield(piece) }
        continuation.finish()
    }
}

/// Collects what a command writes.
final class Collected: Sendable {
    private let texts = Mutex<(out: [UInt8], err: [UInt8])>(([], []))
    func take(_ output: ExecOutput) {
        texts.withLock { texts in
            switch output {
            case .standardOutput(let bytes): texts.out += bytes
            case .standardError(let bytes): texts.err += bytes
            }
        }
    }
    var out: String { texts.withLock { String(decoding: $0.out, as: UTF8.self) } }
    var err: String { texts.withLock { String(decoding: $0.err, as: UTF8.self) } }
}
