import Base
import Glibc
import Testing

@testable import Drivers

/// exec through a real runtime.
@Suite(.timeLimit(.minutes(5))) struct ExecTests {
    private func run(_ name: String, _ body: (Workshop, ExecDriver) async throws -> Void) async throws {
        guard geteuid() == 0 else { return print("skipped: exec needs root") }
        try await Workshop.run(name) { w in
            let driver = ExecDriver(settings: ExecSettings(), environment: w.environment)
            let found = await driver.fingerprint()
            guard found.healthy else { return print("skipped: \(found.description)") }
            #expect(found.attributes == ["driver.exec": "true"])
            try await body(w, driver)
        }
    }

    private func shell(_ script: String) -> JSON { ["command": "/bin/sh", "args": ["-c", .string(script)]] }

    @Test func aTaskSeesItsOwnRootAndProcesses() async throws {
        try await run("chroot") { w, driver in
            let task = try w.start(
                shell(
                    """
                    pwd; echo pid $$; id -un; ls -d /alloc /local /secrets /tmp /usr/bin
                    ls -d \(w.directory) 2>/dev/null; echo kept > /alloc/kept; echo x > /tmp/x && echo tmp
                    (echo x > /usr/x) 2>/dev/null || echo read-only
                    echo bad >&2; exit 3
                    """))
            let handle = try await driver.start(task).handle
            #expect(try await driver.wait(handle) == ExitResult(code: 3))
            #expect(
                try w.log(task)
                    == "/\npid 1\nnobody\n/alloc\n/local\n/secrets\n/tmp\n/usr/bin\ntmp\nread-only\n")
            #expect(try w.log(task, "stderr") == "bad\n")
            #expect(try FileTree.read(task.directories.shared + "/kept") == Array("kept\n".utf8))
            try await driver.destroy(handle, force: false)
            #expect(FileTree.names(w.environment.stateDirectory + "/tasks") == [])
            #expect(FileTree.names(w.environment.stateDirectory + "/runtime") == [])
        }
    }

    @Test func stopAndSignals() async throws {
        try await run("execstop") { w, driver in
            let traps = "trap 'echo bye; exit 7' INT; trap 'echo hup' HUP"
            let script = "\(traps); sleep 1000 & echo ready; while :; do sleep 0.05; done"
            let task = try w.start(shell(script))
            let handle = try await driver.start(task).handle
            try await Workshop.eventually("ready") { try w.log(task) == "ready\n" }
            try await driver.signal(handle, name: "HUP")
            try await Workshop.eventually("hup") { try w.log(task) == "ready\nhup\n" }
            let usage = try await driver.stats(handle)
            #expect(usage.memory.usage > 0)
            #expect(usage.processes.count >= 2)
            let fresh = ExecDriver(settings: ExecSettings(), environment: w.environment)
            try await fresh.recover(handle)
            try await fresh.stop(handle, signal: nil, timeout: .seconds(30))
            #expect(try await fresh.wait(handle) == ExitResult(code: 7))
            #expect(try w.log(task) == "ready\nhup\nbye\n")
            try await fresh.destroy(handle, force: false)
        }
    }

    @Test func commandsRunInside() async throws {
        try await run("execexec") { w, driver in
            let task = try w.start(shell("sleep 1000"), environment: ["PATH": "/usr/bin:/bin", "A": "b"])
            let handle = try await driver.start(task).handle
            let collected = Collected()
            let exit = try await driver.exec(
                handle, ExecCommand(["sh", "-c", "cat; echo $A; id -un; ls /alloc; echo err >&2; exit 5"]),
                input: inputs([.standardInput(Array("in\n".utf8)), .closeStandardInput])
            ) { collected.take($0) }
            #expect(exit == ExitResult(code: 5))
            #expect(collected.out.hasPrefix("in\nb\nnobody\n"))
            #expect(collected.err == "err\n")
            let terminal = Collected()
            let ended = try await driver.exec(
                handle,
                ExecCommand(
                    ["sh", "-c", "until [ \"$(stty size)\" = '33 99' ]; do sleep 0.01; done; echo sized"],
                    terminal: true, size: TerminalSize(rows: 33, columns: 99)),
                input: inputs([.standardInput(Array("go\n".utf8))])
            ) { terminal.take($0) }
            #expect(ended.isSuccess)
            #expect(terminal.out.contains("sized"))
            try await driver.destroy(handle, force: true)
        }
    }

    @Test func runningOutOfMemoryIsSeen() async throws {
        try await run("execoom") { w, driver in
            let task = try w.start(shell("x=0123456789; while :; do x=$x$x; done"), memoryMB: 12)
            let handle = try await driver.start(task).handle
            let exit = try await driver.wait(handle)
            #expect(exit == ExitResult(code: 137, signal: 9, oomKilled: true))
            try await driver.destroy(handle, force: false)
        }
    }

    @Test func mistakesHaveClearMessages() async throws {
        try await run("execmistakes") { w, driver in
            let missing = await #expect(throws: DriverError.self) {
                try await driver.start(try w.start(["command": "no-such-program"]))
            }
            #expect(missing?.code == .startFailed)
            #expect(missing?.message.contains("no-such-program") == true)
            let user = await #expect(throws: DriverError.self) {
                try await driver.start(try w.start(shell("true"), user: "nosuchuser"))
            }
            #expect(user?.message == "user \"nosuchuser\" does not exist on this node")
            #expect(FileTree.names(w.environment.stateDirectory + "/tasks") == [])
        }
    }
}
