import AgentCore
import Base
import Drivers
import Glibc
import Model
import NodeAgent
import Testing

/// Real processes under a real agent; skipped where `caravan-shim` is not built.
@Suite(.enabled(if: Bench.isPossible), .serialized) struct RawExecLifeTests {
    /// Runs a test beside an agent, then ends the agent as a crash would: nothing is said to the tasks.
    static func with(_ agent: NodeAgent, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run() }
            try await body()
            group.cancelAll()
        }
    }

    static func bench(_ body: (Bench) async throws -> Void) async throws {
        let bench = Bench()
        do {
            try await body(bench)
        } catch {
            bench.remove()
            throw error
        }
        bench.remove()
    }

    @Test func batchTaskRunsAndItsLogIsRead() async throws {
        try await Self.bench { bench in
            let given = allocation(type: .batch, command: "echo $NOMAD_TASK_NAME ${NOMAD_ALLOC_INDEX}; echo bad >&2")
            bench.servers.want(given)
            let agent = try await bench.agent()
            try await Self.with(agent) {
                try await Bench.until("complete") { bench.servers.update(given.id)?.clientStatus == .complete }
                let out = Gathered()
                try await agent.local.logs(
                    given.id, task: "main", stream: .stdout, from: .fromStart(0), follow: true
                ) { await out.add($0.data) }
                #expect(await out.text == "main 0\n")
                let events = bench.servers.update(given.id)?.taskStates["main"]?.events.map(\.type)
                #expect(events == ["Received", "Task Setup", "Started", "Terminated"])
                let entries = try await agent.local.list(given.id, path: "/")
                #expect(entries.map(\.name) == ["alloc", "main"])
                #expect(entries.allSatisfy { $0.isDirectory && $0.mode.hasPrefix("drwx") })
                let secrets = try await agent.local.list(given.id, path: "main/secrets")
                #expect(secrets.allSatisfy { $0.name == ".nomad-mount" })
                try await agent.local.collect(given.id)
                try await Bench.until("collected") {
                    access(bench.directory + "/alloc/" + given.id.text, F_OK) != 0
                }
            }
        }
    }

    @Test func failingTaskIsRestartedThenFails() async throws {
        try await Self.bench { bench in
            let given = allocation(command: "exit 3", attempts: 1)
            bench.servers.want(given)
            let agent = try await bench.agent()
            try await Self.with(agent) {
                try await Bench.until("failed") { bench.servers.update(given.id)?.clientStatus == .failed }
                let state = bench.servers.update(given.id)?.taskStates["main"]
                #expect(state?.restarts == 1)
                #expect(state?.failed == true)
                #expect(state?.events.last?.type == "Not Restarting")
            }
        }
    }

    @Test func badConfigurationsFailWithTheirReason() async throws {
        try await Self.bench { bench in
            let unknown = allocation(1, command: "true") { $0.driver = "warp" }
            let missing = allocation(2, command: "x") { $0.config = ["args": ["a"]] }
            let reference = allocation(3, command: "echo ${NOMAD_NOPE}")
            for each in [unknown, missing, reference] { bench.servers.want(each) }
            let agent = try await bench.agent()
            try await Self.with(agent) {
                for each in [unknown, missing, reference] {
                    try await Bench.until("failed") { bench.servers.update(each.id)?.clientStatus == .failed }
                }
                func events(_ given: Allocation) -> [TaskEvent] {
                    bench.servers.update(given.id)?.taskStates["main"]?.events ?? []
                }
                #expect(events(unknown).contains { $0.type == "Driver Failure" && $0.displayMessage.contains("warp") })
                #expect(
                    events(missing).contains { $0.type == "Failed Validation" && $0.displayMessage.contains("command") }
                )
                #expect(
                    events(reference).contains {
                        $0.type == "Failed Validation" && $0.displayMessage.contains("NOMAD_NOPE")
                    })
                #expect(events(reference).last?.displayMessage == "Error was unrecoverable")
            }
        }
    }

    @Test func tasksOutliveTheAgent() async throws {
        try await Self.bench { bench in
            let given = allocation(
                command: "echo $$; i=0; while true; do i=$((i+1)); echo line $i; sleep 0.05; done")
            bench.servers.want(given)
            let first = try await bench.agent()
            try await Self.with(first) {
                try await Bench.until("running") { bench.servers.update(given.id)?.clientStatus == .running }
            }
            let before = bench.servers.update(given.id)?.taskStates["main"]
            // Nobody is there for a moment; the task goes on.
            try await Task.sleep(nanoseconds: 300_000_000)
            let second = try await bench.agent()
            #expect(second.node.id == first.node.id)
            #expect(second.node.secretID == first.node.secretID)
            try await Self.with(second) {
                let out = Gathered()
                try await Bench.until("log goes on") {
                    await out.reset()
                    do {
                        try await second.local.logs(
                            given.id, task: "main", stream: .stdout, from: .fromStart(0), follow: false
                        ) { await out.add($0.data) }
                    } catch { return false }
                    return await out.text.split(separator: "\n").count > 20
                }
                let lines = await out.text.split(separator: "\n")
                let pid = pid_t(lines.first ?? "") ?? 0
                #expect(kill(pid, 0) == 0)
                // No line is missing, none is there twice.
                for (at, line) in lines.dropFirst().dropLast().enumerated() { #expect(line == "line \(at + 1)") }
                #expect(bench.servers.update(given.id)?.taskStates["main"]?.startedAt == before?.startedAt)

                let usage = try await second.local.usage(given.id, task: nil)
                #expect(usage.tasks.keys.sorted() == ["main"])
                let said = Gathered()
                let code = try await second.local.execute(
                    given.id, task: "main", command: ["/bin/sh", "-c", "echo in $NOMAD_JOB_ID; exit 4"], terminal: nil,
                    input: Nothing()
                ) { piece in if case .standardOutput(let bytes) = piece { await said.add(bytes) } }
                #expect(code == 4)
                #expect(await said.text == "in web\n")

                try await second.local.restart(given.id, .task("main"))
                try await Bench.until("restarted") {
                    bench.servers.update(given.id)?.taskStates["main"]?.restarts == 1
                        && bench.servers.update(given.id)?.clientStatus == .running
                }
                #expect(kill(pid, 0) != 0)

                var stopped = given
                stopped.desiredStatus = .stop
                bench.servers.want(stopped)
                try await Bench.until("stopped") { bench.servers.update(given.id)?.clientStatus == .complete }
            }
        }
    }

    /// An agent that is killed between the start of a task and the writing of its handle leaves a task that
    /// nobody knows.
    @Test func whatNoHandleNamesIsEnded() async throws {
        try await Self.bench { bench in
            let given = allocation(command: "echo $$; exec sleep 3600")
            bench.servers.want(given)
            let first = try await bench.agent()
            try await Self.with(first) {
                try await Bench.until("running") { bench.servers.update(given.id)?.clientStatus == .running }
            }
            let files = bench.directory + "/orphan"
            for name in ["", "/task", "/task/local", "/task/secrets", "/alloc", "/alloc/logs"] {
                mkdir(files + name, 0o755)
            }
            let orphan = try await bench.rawExec.start(
                TaskStart(
                    id: "orphan/task/00000000", allocationID: "orphan", taskName: "task", groupName: "g", jobID: "j",
                    jobName: "j", config: ["command": "/bin/sleep", "args": ["3600"]], environment: [:],
                    resources: TaskResources(cpuMHz: 100, memoryMB: 64),
                    directories: TaskDirectories(allocation: files, taskName: "task"), logs: LogLimits()))
            let pid = try #require(orphan.handle.state["pid"].flatMap { pid_t($0) })
            #expect(kill(pid, 0) == 0)

            let before = bench.servers.update(given.id)?.taskStates["main"]?.startedAt
            let second = try await bench.agent()
            try await Self.with(second) {
                try await Bench.until("the orphan is gone") { kill(pid, 0) != 0 }
                #expect(bench.servers.update(given.id)?.taskStates["main"]?.startedAt == before)
                var stopped = given
                stopped.desiredStatus = .stop
                bench.servers.want(stopped)
                try await Bench.until("stopped") { bench.servers.update(given.id)?.clientStatus == .complete }
            }
        }
    }

    @Test func taskThatEndedMeanwhileIsNoticed() async throws {
        try await Self.bench { bench in
            let (go, pid) = (bench.directory + "/go", bench.directory + "/pid")
            let given = allocation(
                type: .batch, command: "echo $$ >\(pid); until [ -e \(go) ]; do sleep 0.05; done; exit 5")
            bench.servers.want(given)
            try await Self.with(try await bench.agent()) {
                try await Bench.until("running") { bench.servers.update(given.id)?.clientStatus == .running }
                try await Bench.until("its process has begun") { (try? Bench.read(pid))?.last == 10 }
            }
            let process = try #require(pid_t(String(decoding: try Bench.read(pid).dropLast(), as: UTF8.self)))
            close(creat(go, 0o644))
            try await Bench.until("it has ended") { kill(process, 0) != 0 }
            try await Self.with(try await bench.agent()) {
                try await Bench.until("failed") { bench.servers.update(given.id)?.clientStatus == .failed }
                let events = bench.servers.update(given.id)?.taskStates["main"]?.events ?? []
                #expect(events.contains { $0.displayMessage == "Exit Code: 5" })
            }
        }
    }

    @Test func refusalsHaveTheirTexts() async throws {
        try await Self.bench { bench in
            let given = allocation(command: "echo out; sleep 60") { $0.env = ["A": "b"] }
            bench.servers.want(given)
            let agent = try await bench.agent()
            try await Self.with(agent) {
                try await Bench.until("running") { bench.servers.update(given.id)?.clientStatus == .running }
                let local = agent.local
                func text(_ body: () async throws -> Void) async -> String {
                    do {
                        try await body()
                        return "no error"
                    } catch { return "\(error)" }
                }
                let nobody = AllocationID(high: 1, low: 1)
                #expect(
                    await text { _ = try await local.list(nobody, path: "/") }
                        == "Unknown allocation \"\(nobody.text)\"")
                #expect(
                    await text { try await local.read(given.id, path: "../../x", offset: 0, limit: nil) { _ in } }
                        == "Path escapes the alloc directory")
                #expect(
                    await text {
                        try await local.logs(given.id, task: "zz", stream: .stdout, from: .fromStart(0), follow: false)
                        {
                            _ in
                        }
                    } == "unknown task name \"zz\"")
                #expect(
                    await text { try await local.restart(given.id, .task("zz")) }
                        == "Could not find task runner for task: zz")
                #expect(await text { try await local.signal(given.id, task: "zz", name: "SIGHUP") } == "Task not found")
                #expect(
                    await text { _ = try await local.stat(given.id, path: "nope") }
                        == "stat \(bench.directory)/alloc/\(given.id.text)/nope: no such file or directory")
                #expect(
                    await text { try await local.read(given.id, path: "alloc", offset: 0, limit: nil) { _ in } }
                        == "file \"alloc\" is a directory")
                var stopped = given
                stopped.desiredStatus = .stop
                bench.servers.want(stopped)
                try await Bench.until("stopped") { bench.servers.update(given.id)?.clientStatus == .complete }
            }
        }
    }
}

/// Bytes that a stream brought.
actor Gathered {
    private var bytes: [UInt8] = []
    func add(_ more: [UInt8]) { bytes += more }
    func reset() { bytes = [] }
    var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Input of a command that gets none.
struct Nothing: AsyncSequence, Sendable {
    struct AsyncIterator: AsyncIteratorProtocol {
        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> CommandInput? { nil }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator() }
}
