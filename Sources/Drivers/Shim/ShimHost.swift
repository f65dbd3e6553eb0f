internal import Base
internal import Glibc
internal import Logging
internal import Synchronization

/// Everything that raw_exec, exec and java have in common: a task under a shim.
///
/// A task's directory (`<state>/tasks/<id>`) holds the spec, the socket, the shim's own state and, once the
/// task has ended, the exit record. The directory's name follows from the task's id alone.
public struct ShimHost: Sendable {
    let driver: String
    let environment: DriverEnvironment
    let usage = UsageMeter()

    /// Name of the directory (and cgroup) of a task: its id with everything odd replaced, at most 120 bytes.
    static func name(taskID: String) -> String {
        let plain = taskID.utf8.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                byte
            default: UInt8(ascii: ".")
            }
        }
        let kept = plain.count <= 120 ? plain : Array(plain.prefix(60)) + Array(plain.suffix(60))
        return String(decoding: kept, as: UTF8.self)
    }

    func directory(taskID: String) -> String {
        environment.stateDirectory + "/tasks/" + Self.name(taskID: taskID)
    }

    func cgroup(taskID: String) -> String { environment.cgroupParent + "/" + Self.name(taskID: taskID) }

    /// Makes the directory of a task, empty and for the agent's eyes only: its files hold the environment.
    func prepare(taskID: String) async throws -> String {
        let directory = directory(taskID: taskID)
        try await blocking {
            try FileTree.remove(directory)
            try FileTree.make(directory, mode: 0o700)
        }
        return directory
    }

    /// Writes the spec and starts the shim. When it throws, nothing is left behind.
    func start(_ spec: ShimRecords, _ task: TaskStart, in directory: String) async throws -> StartedTask {
        do {
            try await blocking { try FileTree.write(spec.bytes, to: directory + "/spec", mode: 0o600) }
            let answer = try await ShimProcess.run(environment.shim, "run", directory: directory)
            if let error = answer["error"] { throw DriverError(.startFailed, "failed to start command: \(error)") }
            guard let pid = answer["pid"] else {
                throw DriverError(.failed, "the task's helper process ended without a word", recoverable: true)
            }
            try _Concurrency.Task.checkCancellation()
            let state = ["directory": directory, "pid": pid, "started": String(now().nanoseconds)]
            return StartedTask(
                handle: DriverHandle(
                    driver: driver, taskID: task.id, allocationID: task.allocationID, taskName: task.taskName,
                    state: state))
        } catch {
            await discard(directory)
            throw error
        }
    }

    /// Kills what lives in a task's directory and removes it. Also from a cancelled caller.
    func discard(_ directory: String) async {
        do {
            _ = try await ShimProcess.run(environment.shim, "clean", directory: directory)
            try await blocking { try FileTree.remove(directory) }
        } catch {
            environment.logger.warning("could not clean \(directory): \(error)")
        }
    }

    func recover(_ handle: DriverHandle) async throws {
        let directory = try directory(of: handle)
        if try await exitRecord(directory) != nil { return }
        if try await request(ShimFrame("Q"), directory) != nil { return }
        if try await exitRecord(directory) != nil { return }
        await discard(directory)
        throw DriverError(.notFound, "task \(handle.taskID) is gone: its helper process does not run any more")
    }

    func wait(_ handle: DriverHandle) async throws -> ExitResult {
        try await awaitEnd(ShimFrame("A"), directory(of: handle))
    }

    func stop(_ handle: DriverHandle, signal: String?, timeout: TimeSpan) async throws {
        let number = try Signals.number(signal.flatMap { $0.isEmpty ? nil : $0 } ?? "SIGINT")
        let milliseconds = max(0, timeout.nanoseconds / 1_000_000)
        let request = ShimRecords(["signal": String(number), "timeout_ms": String(milliseconds)])
        _ = try await awaitEnd(ShimFrame("K", request), directory(of: handle))
    }

    /// Sends a request that is answered by the exit record, or finds that on disk.
    private func awaitEnd(_ frame: ShimFrame, _ directory: String) async throws -> ExitResult {
        if let exit = try await exitRecord(directory) { return exit }
        if let answer = try await request(frame, directory) { return Self.exit(answer) }
        if let exit = try await exitRecord(directory) { return exit }
        // The shim was killed; its task must not go on without anybody knowing.
        _ = try await ShimProcess.run(environment.shim, "clean", directory: directory)
        if let exit = try await exitRecord(directory) { return exit }
        throw DriverError(.notFound, "the task's directory \(directory) is gone")
    }

    func destroy(_ handle: DriverHandle, force: Bool) async throws {
        let directory = try directory(of: handle)
        if try await !FileTree.exists(directory) { return }
        if try await exitRecord(directory) == nil, try await request(ShimFrame("Q"), directory) != nil {
            if !force { throw DriverError(.stillRunning, "task \(handle.taskID) still runs; stop it first") }
            try await stop(handle, signal: nil, timeout: .zero)
        }
        usage.forget(handle.taskID)
        await discard(directory)
    }

    func signal(_ handle: DriverHandle, name: String) async throws {
        let request = ShimRecords(["signal": String(try Signals.number(name))])
        if try await self.request(ShimFrame("S", request), directory(of: handle)) == nil {
            throw DriverError(.notRunning, "the task has ended, so it can't be sent \(name)")
        }
    }

    func stats(_ handle: DriverHandle) async throws -> ResourceUsage {
        guard let answer = try await request(ShimFrame("T"), directory(of: handle)) else {
            throw DriverError(.notRunning, "the task has ended")
        }
        let started = Instant(nanoseconds: handle.state["started"].flatMap { Int64($0) } ?? 0)
        return usage.usage(handle.taskID, answer, started: started, at: now(), coreMHz: environment.coreMHz)
    }

    /// Whether the shim of a directory runs, or has ended properly.
    func isAlive(_ directory: String) async throws -> Bool {
        if try await exitRecord(directory) != nil { return true }
        return try await request(ShimFrame("Q"), directory) != nil
    }

    /// Waits for the end of a shim that has no task of its own, up to a limit, then tells it to end.
    func finish(_ directory: String, within limit: TimeSpan) async throws {
        let request = ShimRecords(["signal": "0", "timeout_ms": String(limit.nanoseconds / 1_000_000)])
        if try await exitRecord(directory) != nil { return }
        _ = try await self.request(ShimFrame("K", request), directory)
    }

    /// One request, one answer; nil if there is no shim (any more).
    private func request(_ frame: ShimFrame, _ directory: String) async throws -> ShimRecords? {
        try await ShimConnection.with(directory: directory) { inbound, writer in
            var reader = ShimConnection.Reader(inbound)
            try await ShimConnection.send(frame, to: writer)
            guard let answer = try await reader.next() else { return nil }
            if answer.type == "X" {
                throw DriverError(.notRunning, String(decoding: answer.payload, as: UTF8.self))
            }
            return ShimRecords(parsing: answer.payload)
        } ?? nil
    }

    private func directory(of handle: DriverHandle) throws(DriverError) -> String {
        if let directory = handle.state["directory"] { return directory }
        throw DriverError(.notFound, "the handle of task \(handle.taskID) does not name its directory")
    }

    private func exitRecord(_ directory: String) async throws -> ExitResult? {
        let bytes = try await blocking { try FileTree.read(directory + "/exit") }
        return bytes.map { Self.exit(ShimRecords(parsing: $0)) }
    }

    static func exit(_ records: ShimRecords) -> ExitResult {
        ExitResult(
            code: records.int("code"), signal: records.int("signal"), oomKilled: records.int("oom") != 0,
            error: records["error"])
    }

    func exec(
        _ handle: DriverHandle, _ command: ExecCommand, input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws -> ExitResult {
        let result = try await ShimConnection.with(directory: directory(of: handle)) { inbound, writer in
            try await ShimExec.run(command, inbound: inbound, writer: writer, input: input, output: output)
        }
        if let result { return result }
        throw DriverError(.notRunning, "the task has ended, so no command can be run in it")
    }
}

/// The wall clock.
func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
}
