internal import Base
internal import Glibc
internal import NIOCore

extension DockerDriver {
    public func exec(
        _ handle: DriverHandle, _ command: ExecCommand, input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(DriverError) -> ExitResult {
        try await driverCall {
            let container = try container(of: handle)
            do {
                return try await exec(container, command, input: input, output: output)
            } catch let failure as DockerClient.Failure {
                if failure.status == 404 || failure.status == 409 {
                    throw DriverError(.notRunning, "the container has ended, so no command can be run in it")
                }
                throw failure.asDriverError("failed to run the command")
            }
        }
    }

    private func exec(
        _ container: String, _ command: ExecCommand, input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws -> ExitResult {
        let created = try await client.call(
            .post(
                "/containers/\(container)/exec",
                body: [
                    "AttachStdin": true, "AttachStdout": true, "AttachStderr": true, "Tty": .bool(command.terminal),
                    "Cmd": .array(command.arguments.map { .string($0) }),
                ]))
        guard let id = created["Id"]?.stringValue else {
            throw DriverError(.failed, "the Docker daemon did not say the command's id", recoverable: true)
        }
        do {
            try await attach(id, command, input: input, output: output)
        } catch {
            await kill(id)
            throw error
        }
        let ended = try await client.call(.get("/exec/\(id)/json"))
        return ExitResult(code: Int(ended["ExitCode"]?.intValue ?? 0))
    }

    /// Connects the streams until the command has ended.
    private func attach(
        _ id: String, _ command: ExecCommand, input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws {
        let start = DockerClient.Request.post(
            "/exec/\(id)/start", body: ["Detach": false, "Tty": .bool(command.terminal)])
        try await client.connect { inbound, writer in
            try await writer.write(ByteBuffer(bytes: start.bytes(upgrade: true)))
            let (began, beginning) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    // Nothing may be sent, and no size set, before the daemon has switched the connection over.
                    for await _ in began { break }
                    if let size = command.size, command.terminal { try await resize(id, size) }
                    for try await piece in input {
                        switch piece {
                        case .standardInput(let bytes): try? await writer.write(ByteBuffer(bytes: bytes))
                        case .closeStandardInput where command.terminal:
                            try? await writer.write(ByteBuffer(bytes: [4]))
                        case .closeStandardInput: writer.finish()
                        case .resize(let size): if command.terminal { try await resize(id, size) }
                        }
                    }
                    return false
                }
                group.addTask {
                    try await read(inbound, command, began: { beginning.yield() }, output: output)
                    return true
                }
                defer { group.cancelAll() }
                for try await ended in group where ended { return }
            }
        }
    }

    private func read(
        _ inbound: DockerClient.Inbound, _ command: ExecCommand, began: () -> Void,
        output: @Sendable (ExecOutput) async throws -> Void
    ) async throws {
        var reader = DockerClient.Reader(inbound)
        let head = try await reader.head()
        if head.status != 101 && head.status != 200 {
            var refusal: [UInt8] = []
            while let piece = try await reader.piece() { refusal += piece }
            throw DockerClient.failure(head.status, refusal)
        }
        began()
        var frames = DockerFrames()
        while let bytes = try await reader.raw() {
            if command.terminal {
                try await output(.standardOutput(bytes))
                continue
            }
            frames.add(bytes)
            while let frame = frames.take() {
                try await output(frame.isError ? .standardError(frame.bytes) : .standardOutput(frame.bytes))
            }
        }
    }

    private func resize(_ id: String, _ size: TerminalSize) async throws {
        do {
            try await client.call(.post("/exec/\(id)/resize", ["h": String(size.rows), "w": String(size.columns)]))
        } catch is DockerClient.Failure {
            // The command has ended meanwhile; the reader finds out.
        }
    }

    /// The Engine API can't end a command, but says its process, which lives on this host.
    private func kill(_ id: String) async {
        let request = DockerClient.Request.get("/exec/\(id)/json")
        // The daemon knows the process only a moment after it has started it.
        for _ in 0..<100 {
            guard let (status, body) = try? await client.answerUncancelled(request), status == 200,
                let json = try? JSON(parsing: body)
            else { return }
            let isRunning = json["Running"]?.boolValue == true
            if isRunning, let pid = json["Pid"]?.intValue, pid > 1 {
                _ = Glibc.kill(pid_t(pid), SIGKILL)
                return
            }
            if !isRunning, json["ExitCode"]?.intValue != nil { return }
            _ = try? await blocking { usleep(20_000) }
        }
    }
}

/// Docker's multiplexed streams: eight bytes of head, the stream's number first and the length last, then bytes.
struct DockerFrames: Hashable, Sendable {
    struct Frame: Hashable, Sendable {
        var isError: Bool
        var bytes: [UInt8]
    }

    private var buffer: [UInt8] = []

    mutating func add(_ bytes: [UInt8]) { buffer += bytes }

    /// The next frame, or the part of it that is there; nil if there is nothing.
    mutating func take() -> Frame? {
        guard buffer.count >= 8 else { return nil }
        let length = buffer[4..<8].reduce(0) { $0 << 8 | Int($1) }
        guard buffer.count >= 8 + length else { return nil }
        defer { buffer.removeFirst(8 + length) }
        return Frame(isError: buffer[0] == 2, bytes: Array(buffer[8..<8 + length]))
    }
}
