import Base
import Glibc
import Testing

@testable import Drivers

/// raw_exec through real shims and real processes.
@Suite(.timeLimit(.minutes(5))) struct RawExecTests {
    private func driver(_ workshop: Workshop) -> RawExecDriver {
        RawExecDriver(settings: RawExecSettings(enabled: true), environment: workshop.environment)
    }

    private func shell(_ script: String) -> JSON { ["command": "/bin/sh", "args": ["-c", .string(script)]] }

    @Test func aTaskRunsInItsDirectoryAndEnds() async throws {
        try await Workshop.run("ends") { w in
            let driver = driver(w)
            let task = try w.start(
                shell("pwd; echo $GREETING; echo bad >&2; exit 3"), environment: ["GREETING": "good day"])
            let started = try await driver.start(task)
            let exit = try await driver.wait(started.handle)
            #expect(exit == ExitResult(code: 3))
            #expect(try w.log(task) == "\(task.directories.task)\ngood day\n")
            #expect(try w.log(task, "stderr") == "bad\n")
            // Asked again, by an agent that knows the handle's text only.
            let again = try DriverHandle(text: started.handle.text)
            #expect(again == started.handle)
            let fresh = self.driver(w)
            try await fresh.recover(again)
            #expect(try await fresh.wait(again) == exit)
            try await fresh.destroy(again, force: false)
            #expect(FileTree.names(w.environment.stateDirectory + "/tasks") == [])
        }
    }

    @Test func coresAndScoreAreSet() async throws {
        try await Workshop.run("cores") { w in
            let driver = driver(w)
            var config = shell("grep Cpus_allowed_list /proc/self/status; cat /proc/self/oom_score_adj")
            config["oom_score_adj"] = 321
            var task = try w.start(config)
            task.resources.cores = [0]
            let handle = try await driver.start(task).handle
            #expect(try await driver.wait(handle).isSuccess)
            #expect(try w.log(task) == "Cpus_allowed_list:\t0\n321\n")
            try await driver.destroy(handle, force: false)
        }
    }

    @Test func aRestartAppendsToTheLog() async throws {
        try await Workshop.run("appends") { w in
            let driver = driver(w)
            for number in 0..<3 {
                let task = try w.start(shell("echo run \(number)"), number: number)
                let handle = try await driver.start(task).handle
                #expect(try await driver.wait(handle).isSuccess)
                try await driver.destroy(handle, force: false)
            }
            let task = try w.start(.null)
            #expect(FileTree.names(task.directories.logs) == ["web.stderr.0", "web.stdout.0"])
            #expect(try w.log(task) == "run 0\nrun 1\nrun 2\n")
        }
    }

    @Test func stopSendsTheSignalFirstAndLeavesNoChildBehind() async throws {
        try await Workshop.run("stop") { w in
            let driver = driver(w)
            let pids = w.directory + "/pids"
            // Two children: one in the group, one that has left session and parent.
            let task = try w.start(
                shell(
                    """
                    sleep 1000 & echo $! > \(pids); setsid sh -c 'echo $$ >> \(pids); exec sleep 1000' &
                    trap 'echo bye; exit 7' INT; echo ready; while :; do sleep 0.05; done
                    """))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("ready") {
                try w.log(task).contains("ready") && (FileTree.read(pids) ?? []).filter { $0 == 10 }.count == 2
            }
            try await driver.stop(handle, signal: nil, timeout: .seconds(30))
            #expect(try await driver.wait(handle) == ExitResult(code: 7))
            #expect(try w.log(task) == "ready\nbye\n")
            for pid in String(decoding: try FileTree.read(pids) ?? [], as: UTF8.self).split(separator: "\n") {
                let state = String(decoding: try FileTree.read("/proc/\(pid)/stat") ?? [], as: UTF8.self)
                #expect(state.isEmpty || state.contains(") Z "), "process \(pid) still lives: \(state)")
            }
        }
    }

    @Test func aDeafTaskIsKilledAtTheTimeout() async throws {
        try await Workshop.run("deaf") { w in
            let driver = driver(w)
            let task = try w.start(shell("trap '' INT TERM; echo ready; while :; do sleep 0.05; done"))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("ready") { try w.log(task).contains("ready") }
            try await driver.stop(handle, signal: "SIGTERM", timeout: .milliseconds(100))
            #expect(try await driver.wait(handle) == ExitResult(code: 137, signal: 9))
        }
    }

    @Test func signalsReachTheTask() async throws {
        try await Workshop.run("signal") { w in
            let driver = driver(w)
            let task = try w.start(
                shell("trap 'echo hup; exit 0' HUP; echo ready; while :; do sleep 0.05; done"))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("ready") { try w.log(task).contains("ready") }
            await #expect(throws: DriverError.self) { try await driver.signal(handle, name: "SIGNOPE") }
            try await driver.signal(handle, name: "SIGHUP")
            #expect(try await driver.wait(handle).isSuccess)
            let error = await #expect(throws: DriverError.self) { try await driver.signal(handle, name: "SIGHUP") }
            #expect(error?.code == .notRunning)
        }
    }

    @Test func commandsRunInTheTask() async throws {
        try await Workshop.run("exec") { w in
            let driver = driver(w)
            let task = try w.start(shell("sleep 1000"), environment: ["PATH": "/usr/bin:/bin", "A": "b"])
            let handle = try await driver.start(task).handle
            let collected = Collected()
            let exit = try await driver.exec(
                handle, ExecCommand(["sh", "-c", "cat; echo $A; pwd; echo err >&2; exit 5"]),
                input: inputs([.standardInput(Array("in\n".utf8)), .closeStandardInput])
            ) { collected.take($0) }
            #expect(exit == ExitResult(code: 5))
            #expect(collected.out == "in\nb\n\(task.directories.task)\n")
            #expect(collected.err == "err\n")

            let terminal = Collected()
            let size = TerminalSize(rows: 33, columns: 99)
            let ended = try await driver.exec(
                handle,
                ExecCommand(["sh", "-c", "stty size; read x; stty size; tty >/dev/null"], terminal: true, size: size),
                input: inputs([.resize(TerminalSize(rows: 44, columns: 55)), .standardInput(Array("go\n".utf8))])
            ) { terminal.take($0) }
            #expect(ended.isSuccess)
            #expect(terminal.out.contains("44 55"))

            let nothing = await #expect(throws: DriverError.self) {
                try await driver.exec(handle, ExecCommand(["/no/such"]), input: inputs([])) { _ in }
            }
            #expect(nothing?.message.contains("/no/such") == true)
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func muchOutputOfACommandArrivesWhole() async throws {
        try await Workshop.run("much") { w in
            let driver = driver(w)
            let handle = try await driver.start(try w.start(shell("sleep 1000"))).handle
            let collected = Collected()
            let exit = try await driver.exec(
                handle, ExecCommand(["sh", "-c", "head -c 5000000 /dev/zero"]), input: inputs([])
            ) { collected.take($0) }
            #expect(exit.isSuccess)
            #expect(collected.out.utf8.count == 5_000_000)
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func aCancelledCommandIsKilled() async throws {
        try await Workshop.run("cancel") { w in
            let driver = driver(w)
            let handle = try await driver.start(try w.start(shell("sleep 1000"))).handle
            let mark = w.directory + "/mark"
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let error = await #expect(throws: DriverError.self) {
                        try await driver.exec(
                            handle, ExecCommand(["sh", "-c", "echo $$ > \(mark); exec sleep 1000"]),
                            input: AsyncThrowingStream { _ in }
                        ) { _ in }
                    }
                    #expect(error?.code == .cancelled)
                }
                try await Workshop.eventually("command started") { (try FileTree.read(mark) ?? []).contains(10) }
                group.cancelAll()
            }
            let pid = String(decoding: (try FileTree.read(mark) ?? []).dropLast(), as: UTF8.self)
            try await Workshop.eventually("command killed") { try FileTree.read("/proc/\(pid)/stat") == nil }
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func aMissingCommandSaysSo() async throws {
        try await Workshop.run("missing") { w in
            let driver = driver(w)
            let error = await #expect(throws: DriverError.self) {
                try await driver.start(try w.start(["command": "no-such-program"]))
            }
            #expect(error?.code == .startFailed)
            #expect(error?.recoverable == false)
            #expect(error?.message == "failed to start command: run no-such-program: No such file or directory")
            #expect(FileTree.names(w.environment.stateDirectory + "/tasks") == [])
        }
    }

    @Test func statisticsAreMeasured() async throws {
        try await Workshop.run("stats") { w in
            let driver = driver(w)
            let task = try w.start(shell("echo ready; while :; do :; done"))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("CPU used") { try await driver.stats(handle).cpu.percent > 1 }
            let usage = try await driver.stats(handle)
            #expect(usage.memory.rss > 0)
            #expect(usage.processes.count == 1)
            #expect(usage.processes.keys.first == Int(handle.state["pid"] ?? ""))
            try await driver.stop(handle, signal: nil, timeout: .zero)
            let error = await #expect(throws: DriverError.self) { try await driver.stats(handle) }
            #expect(error?.code == .notRunning)
        }
    }

    @Test func aTaskWhoseShimWasKilledIsCleanedAwayAndReported() async throws {
        try await Workshop.run("orphan") { w in
            let driver = driver(w)
            let task = try w.start(shell("echo $$; exec sleep 1000"))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("pid") { try w.log(task).contains("\n") }
            let pid = try w.log(task).dropLast()
            let state = ShimRecords(parsing: try FileTree.read((handle.state["directory"] ?? "") + "/state") ?? [])
            #expect(kill(pid_t(state.int("shim")), SIGKILL) == 0)
            let exit = try await driver.wait(handle)
            #expect(exit.error == "the task's helper process was killed")
            try await Workshop.eventually("task gone") {
                let state = String(decoding: try FileTree.read("/proc/\(pid)/stat") ?? [], as: UTF8.self)
                return state.isEmpty || state.contains(") Z ")
            }
            try await driver.destroy(handle, force: false)
            let error = await #expect(throws: DriverError.self) { try await driver.recover(handle) }
            #expect(error?.code == .notFound)
        }
    }

    @Test func destroyWithoutForceRefusesARunningTask() async throws {
        try await Workshop.run("force") { w in
            let driver = driver(w)
            let handle = try await driver.start(try w.start(shell("sleep 1000"))).handle
            let error = await #expect(throws: DriverError.self) { try await driver.destroy(handle, force: false) }
            #expect(error?.code == .stillRunning)
            try await driver.destroy(handle, force: true)
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func theShimStaysSmall() async throws {
        try await Workshop.run("small") { w in
            let driver = driver(w)
            let task = try w.start(shell("head -c 30000000 /dev/zero; echo; echo done; sleep 1000"))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("done") { try w.log(task).contains("done") }
            let state = ShimRecords(parsing: try FileTree.read((handle.state["directory"] ?? "") + "/state") ?? [])
            let memory = String(
                decoding: try FileTree.read("/proc/\(state.int("shim"))/smaps_rollup") ?? [], as: UTF8.self)
            let line = try #require(memory.split(separator: "\n").first { $0.hasPrefix("Pss:") })
            let kibibytes = try #require(Int(line.split(separator: " ")[1]))
            #expect(kibibytes <= 3072, "the shim takes \(kibibytes) KiB")
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func aDisabledDriverRefuses() async throws {
        try await Workshop.run("disabled") { w in
            let driver = RawExecDriver(settings: RawExecSettings(), environment: w.environment)
            #expect(await driver.fingerprint().detected == false)
            let error = await #expect(throws: DriverError.self) { try await driver.start(try w.start(shell("true"))) }
            #expect(error?.code == .unavailable)
        }
    }
}

/// Many tasks at once.
@Suite(.timeLimit(.minutes(5))) struct ManyTasksTests {
    @Test func fiftyTasksStartRunAndEndTogether() async throws {
        try await Workshop.run("many") { w in
            let driver = RawExecDriver(settings: RawExecSettings(enabled: true), environment: w.environment)
            try await withThrowingTaskGroup(of: ExitResult.self) { group in
                for number in 10..<60 {
                    var task = try w.start(
                        ["command": "/bin/sh", "args": ["-c", "echo $N; exit $N"]], number: number,
                        environment: ["N": String(number), "PATH": "/usr/bin:/bin"])
                    task.taskName = "t\(number)"
                    let ready = task
                    group.addTask {
                        let handle = try await driver.start(ready).handle
                        let exit = try await driver.wait(handle)
                        try await driver.destroy(handle, force: false)
                        return exit
                    }
                }
                var codes: [Int] = []
                for try await exit in group { codes.append(exit.code) }
                #expect(codes.sorted() == Array(10..<60))
            }
        }
    }
}
