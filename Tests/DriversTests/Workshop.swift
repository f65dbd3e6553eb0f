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
            stateDirectory: directory + "/state", shim: Self.shim, coreMHz: 2000, cgroupParent: "caravan-test-" + directory.suffix(6),
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
        }
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

    /// Waits until something is so; an issue if it is not within ten seconds.
    static func eventually(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ check: () async throws -> Bool
    ) async throws {
        for _ in 0..<1000 {
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
