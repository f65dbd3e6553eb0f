import Base
import Glibc
import Synchronization
import TestHost
import Testing

@testable import Drivers

/// The docker driver against a real daemon.
@Suite(DockerDaemon(), .timeLimit(.minutes(5))) struct DockerTests {
    private func run(_ name: String, _ body: (Workshop, DockerDriver) async throws -> Void) async throws {
        guard let socket = DockerDaemon.socket else { return }
        try await Workshop.run(name) { w in
            var settings = DockerSettings()
            settings.socket = socket
            try await body(w, DockerDriver(settings: settings, environment: w.environment))
        }
    }

    private func shell(_ script: String, _ more: KeyValuePairs<String, JSON> = [:]) -> JSON {
        var config: JSON = [
            "image": .string(DockerDaemon.image), "command": "/bin/sh", "args": ["-c", .string(script)],
        ]
        for (key, value) in more { config[key] = value }
        return config
    }

    @Test func aContainerRunsAndEnds() async throws {
        try await run("docker") { w, driver in
            let task = try w.start(
                shell("ls -d /alloc /local /secrets; echo $GREETING; echo bad >&2; echo kept > /alloc/kept; exit 3"),
                environment: ["GREETING": "good day"])
            let handle = try await driver.start(task).handle
            #expect(try await driver.wait(handle) == ExitResult(code: 3))
            #expect(try w.log(task) == "/alloc\n/local\n/secrets\ngood day\n")
            #expect(try w.log(task, "stderr") == "bad\n")
            #expect(try FileTree.read(task.directories.shared + "/kept") == Array("kept\n".utf8))
            try await driver.recover(handle)
            try await driver.destroy(handle, force: false)
            #expect(FileTree.names(w.environment.stateDirectory + "/tasks") == [])
            let error = await #expect(throws: DriverError.self) { try await driver.recover(handle) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func portsArePublishedOldFormAndNew() async throws {
        try await run("ports") { w, driver in
            let old = [Loopback.freePort(), Loopback.freePort()]
            var task = try w.start(
                shell("nc -ll -p \(old[0]) -e echo same & nc -ll -p 80 -e echo mapped", ["port_map": ["web": 80]]))
            task.taskPorts = [
                PortMapping(label: "admin", hostIP: "127.0.0.1", value: old[0]),
                PortMapping(label: "web", hostIP: "127.0.0.1", value: old[1]),
            ]
            let started = try await driver.start(task)
            #expect(started.network?.ports == ["admin": old[0], "web": 80])
            #expect(started.network?.address.isEmpty == false)
            try await Workshop.eventually("same port answers") { try await w.answer(old[0]) == "same\n" }
            try await Workshop.eventually("mapped port answers") { try await w.answer(old[1]) == "mapped\n" }
            try await driver.destroy(started.handle, force: true)

            let new = Loopback.freePort()
            var next = try w.start(shell("nc -ll -p 8080 -e echo group", ["ports": ["web"]]), number: 1)
            next.groupPorts = [PortMapping(label: "web", hostIP: "127.0.0.1", value: new, to: 8080)]
            let second = try await driver.start(next).handle
            try await Workshop.eventually("group port answers") { try await w.answer(new) == "group\n" }
            try await driver.destroy(second, force: true)
        }
    }

    @Test func stopSendsTheSignalThenKills() async throws {
        try await run("stop") { w, driver in
            let script = "trap 'echo bye; exit 7' INT; echo ready; while :; do sleep 0.1; done"
            let task = try w.start(shell(script))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("ready") { try w.log(task) == "ready\n" }
            try await driver.stop(handle, signal: "SIGINT", timeout: .seconds(30))
            #expect(try await driver.wait(handle) == ExitResult(code: 7))
            #expect(try w.log(task) == "ready\nbye\n")
            try await driver.stop(handle, signal: "SIGINT", timeout: .seconds(30))
            try await driver.destroy(handle, force: false)

            let deaf = try await driver.start(try w.start(shell("sleep 1000"), number: 1)).handle
            try await driver.stop(deaf, signal: nil, timeout: .milliseconds(100))
            #expect(try await driver.wait(deaf).code == 137)
            let error = await #expect(throws: DriverError.self) { try await driver.signal(deaf, name: "SIGHUP") }
            #expect(error?.code == .notRunning)
            try await driver.destroy(deaf, force: false)
        }
    }

    @Test func commandsRunInTheContainer() async throws {
        try await run("exec") { w, driver in
            let handle = try await driver.start(try w.start(shell("sleep 1000"))).handle
            let collected = Collected()
            let exit = try await driver.exec(
                handle, ExecCommand(["sh", "-c", "cat; echo err >&2; exit 5"]),
                input: inputs([.standardInput(Array("in\n".utf8)), .closeStandardInput])
            ) { collected.take($0) }
            #expect(exit == ExitResult(code: 5))
            #expect(collected.out == "in\n")
            #expect(collected.err == "err\n")

            let terminal = Collected()
            let ended = try await driver.exec(
                handle,
                ExecCommand(
                    ["sh", "-c", "until [ \"$(stty size)\" = '44 55' ]; do sleep 0.1; done; echo sized"],
                    terminal: true, size: TerminalSize(rows: 33, columns: 99)),
                input: inputs([.resize(TerminalSize(rows: 44, columns: 55)), .standardInput(Array("go\n".utf8))])
            ) { terminal.take($0) }
            #expect(ended.isSuccess)
            #expect(terminal.out.contains("sized"))
            let usage = try await driver.stats(handle)
            #expect(usage.memory.usage > 0)
            let refused = await #expect(throws: DriverError.self) { try await driver.destroy(handle, force: false) }
            #expect(refused?.code == .stillRunning)
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func aCancelledCommandIsKilled() async throws {
        try await run("cancel") { w, driver in
            let task = try w.start(shell("sleep 1000"))
            let handle = try await driver.start(task).handle
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: DriverError.self) {
                        try await driver.exec(
                            handle, ExecCommand(["sh", "-c", "echo > /alloc/mark; exec sleep 77777"]),
                            input: AsyncThrowingStream { _ in }
                        ) { _ in }
                    }
                    #expect(error?.code == .cancelled)
                }
                try await Workshop.eventually("command runs") {
                    try FileTree.read(task.directories.shared + "/mark") != nil
                }
                group.cancelAll()
            }
            try await Workshop.eventually("command killed") {
                let collected = Collected()
                let list = ExecCommand(["sh", "-c", "cat /proc/[0-9]*/cmdline"])
                _ = try await driver.exec(handle, list, input: inputs([])) { collected.take($0) }
                return !collected.out.contains("77777")
            }
            try await driver.destroy(handle, force: true)
        }
    }

    /// However soon it comes, and whether a child or the whole container is killed.
    @Test(arguments: ["", "sh -c '", "sleep 1; "]) func runningOutOfMemoryIsSeen(first: String) async throws {
        try await run("oom") { w, driver in
            let child = first.hasSuffix("'")
            let script = first + "x=0123456789; while :; do x=$x$x; done" + (child ? "'; exit $?" : "")
            let task = try w.start(shell(script), memoryMB: 10)
            let handle = try await driver.start(task).handle
            let exit = try await driver.wait(handle)
            #expect(exit.oomKilled)
            #expect(exit.code == 137)
            try await driver.destroy(handle, force: false)
        }
    }

    @Test(arguments: [
        ("oom_memcg=/docker/8cb2cb06,task_memcg=/docker/8cb2cb06", true),
        ("oom_memcg=/system.slice/docker-8cb2cb06.scope,task_memcg=/system.slice/docker-8cb2cb06.scope", true),
        ("oom_memcg=/docker/77777777,task_memcg=/docker/77777777", false),
        ("global_oom,task_memcg=/docker/8cb2cb06", false),
    ])
    func theKernelNamesTheContainer(cgroups: String, expected: Bool) {
        let record = "4,17,2256124,-;oom-kill:constraint=CONSTRAINT_MEMCG,\(cgroups),task=sh,pid=25475,uid=0\n"
        #expect(KernelLog.isOutOfMemory(Array(record.utf8)[...], container: "8cb2cb06") == expected)
        #expect(!KernelLog.isOutOfMemory(Array(record.utf8)[...], container: ""))
        let other = record.replacing("oom-kill:", with: "said: oom-kill:")
        #expect(!KernelLog.isOutOfMemory(Array(other.utf8)[...], container: "8cb2cb06"))
    }

    @Test func noLineIsLostOrDoubledWhateverIsKilled() async throws {
        try await run("logs") { w, driver in
            let count = 20_000
            let task = try w.start(
                shell("for i in $(seq 1 \(count)); do echo line $i; [ $((i % 1000)) = 0 ] && sleep 0.05; done; exit 0"),
                logs: LogLimits(maxFiles: 100, maxFileSizeMB: 1))
            let handle = try await driver.start(task).handle
            let directory = handle.state["logs"] ?? ""
            // The log helper itself is killed again and again; `recover` starts another one.
            for round in 0..<6 {
                try await Workshop.eventually("lines of round \(round)") {
                    try w.log(task).utf8.count > round * 20_000
                }
                let state = ShimRecords(parsing: try FileTree.read(directory + "/state") ?? [])
                kill(pid_t(state.int("shim")), SIGKILL)
                try await Workshop.eventually("helper is dead") { try await !driver.logs.isAlive(directory) }
                try await driver.recover(handle)
            }
            #expect(try await driver.wait(handle).isSuccess)
            let lines = try w.log(task).split(separator: "\n")
            let wrong = (1...count).first { $0 > lines.count || lines[$0 - 1] != "line \($0)" }
            #expect(
                wrong == nil, "line \(wrong ?? 0) of \(lines.count) is \(lines.dropFirst((wrong ?? 1) - 1).first ?? "")"
            )
            #expect(lines.count == count)
            try await driver.destroy(handle, force: false)
        }
    }

    @Test func whatNobodyRemembersIsSweptAway() async throws {
        try await run("sweep") { w, driver in
            let kept = try await driver.start(try w.start(shell("sleep 1000"))).handle
            var other = try w.start(shell("sleep 1000"), number: 1)
            other.taskName = "other"
            let forgotten = try await driver.start(other).handle
            let raw = RawExecDriver(settings: RawExecSettings(enabled: true), environment: w.environment)
            let process = try await raw.start(
                try w.start(["command": "/bin/sleep", "args": ["1000"]], number: 2)
            ).handle
            await DriverSet([driver, raw], environment: w.environment).sweep(keeping: [kept])
            try await driver.recover(kept)
            for (owner, handle) in [(driver as any Driver, forgotten), (raw, process)] {
                let error = await #expect(throws: DriverError.self) { try await owner.recover(handle) }
                #expect(error?.code == .notFound)
            }
            try await driver.destroy(kept, force: true)
        }
    }

    @Test func aTerminalsOutputIsCollected() async throws {
        try await run("tty") { w, driver in
            let task = try w.start(shell("echo one; echo two", ["tty": true]))
            let handle = try await driver.start(task).handle
            #expect(try await driver.wait(handle).isSuccess)
            #expect(try w.log(task) == "one\r\ntwo\r\n")
            try await driver.destroy(handle, force: false)
        }
    }

    @Test func aMovingTagFallsBackOnTheImageThatIsHere() async throws {
        try await run("latest") { w, driver in
            let task = try w.start(["image": "caravan-test/busybox", "command": "/bin/echo", "args": ["hello"]])
            let handle = try await driver.start(task).handle
            #expect(try await driver.wait(handle).isSuccess)
            let messages = w.reported.events.map(\.message)
            #expect(messages.first == "Downloading image")
            #expect(messages.last?.contains("so the image that is on this node is used") == true)
            try await driver.destroy(handle, force: false)
        }
    }

    @Test func mistakesHaveClearMessages() async throws {
        try await run("mistakes") { w, driver in
            let missing = await #expect(throws: DriverError.self) {
                try await driver.start(try w.start(["image": "127.0.0.1:1/no/such:7"]))
            }
            #expect(missing?.message.hasPrefix("failed to pull 127.0.0.1:1/no/such:7: ") == true)
            #expect(missing?.code == .startFailed)
            let command = await #expect(throws: DriverError.self) {
                try await driver.start(try w.start(["image": .string(DockerDaemon.image), "command": "/no/such"]))
            }
            #expect(command?.message.contains("/no/such") == true)
            // Nothing is left: the same name can be used again.
            let next = try await driver.start(try w.start(shell("exit 0"))).handle
            #expect(try await driver.wait(next).isSuccess)
            try await driver.destroy(next, force: false)
        }
    }

    @Test func theFingerprintNamesWhatIsThere() async throws {
        try await run("fingerprint") { _, driver in
            let found = await driver.fingerprint()
            #expect(found.healthy && found.detected && found.description == "Healthy")
            #expect(found.attributes["driver.docker"] == "true")
            #expect(found.attributes["driver.docker.os_type"] == "linux")
            #expect(found.attributes["driver.docker.version"]?.isEmpty == false)
            #expect(found.attributes["driver.docker.runtimes"]?.contains("runc") == true)
        }
    }

    @Test func aDaemonThatIsNotThere() async throws {
        try await Workshop.run("nodaemon") { w in
            var settings = DockerSettings()
            settings.socket = w.directory + "/no.sock"
            let driver = DockerDriver(settings: settings, environment: w.environment)
            let found = await driver.fingerprint()
            #expect(!found.detected && !found.healthy)
            let error = await #expect(throws: DriverError.self) { try await driver.start(try w.start(shell("exit 0"))) }
            #expect(error?.recoverable == true)
            #expect(error?.message.contains("is it running?") == true)
        }
    }
}

/// A daemon that is ended and started again under its containers.
@Suite(.timeLimit(.minutes(5))) struct DockerRestartTests {
    @Test func aRestartOfTheDaemonLosesNoLineAndNoContainer() async throws {
        try await DockerDaemon.run(["--live-restore"]) { daemon in
            guard let daemon else { return }
            try await Workshop.run("restart") { w in
                var settings = DockerSettings()
                settings.socket = daemon.socket
                let driver = DockerDriver(settings: settings, environment: w.environment)
                let count = 300
                let task = try w.start([
                    "image": .string(DockerDaemon.image), "command": "/bin/sh",
                    "args": ["-c", .string("for i in $(seq 1 \(count)); do echo line $i; sleep 0.02; done; exit 4")],
                ])
                let handle = try await driver.start(task).handle
                try await withThrowingTaskGroup(of: ExitResult.self) { group in
                    group.addTask { try await driver.wait(handle) }
                    try await Workshop.eventually("first lines") { try w.log(task).contains("line 20\n") }
                    try await daemon.end(SIGTERM)
                    try daemon.start()
                    #expect(try await group.next() == ExitResult(code: 4))
                }
                // The daemon itself may lose a line when it ends; what it has is what there must be.
                var frames = DockerFrames()
                let container = handle.state["container"] ?? ""
                try await driver.client.stream(.get("/containers/\(container)/logs", ["stdout": "1"])) {
                    frames.add($0)
                }
                var kept: [UInt8] = []
                while let frame = frames.take() { kept += frame.bytes }
                let lines = try w.log(task).split(separator: "\n")
                #expect(lines == String(decoding: kept, as: UTF8.self).split(separator: "\n"))
                #expect(lines.count > count * 9 / 10)
                #expect(lines.last == "line \(count)")
                try await driver.destroy(handle, force: false)
            }
        }
    }
}
