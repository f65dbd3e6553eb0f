/// A command inside a task, over the shim's socket.
enum ShimExec {
    static func run(
        _ command: ExecCommand, inbound: ShimConnection.Inbound, writer: ShimConnection.Writer,
        input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws -> ExitResult {
        try await withThrowingTaskGroup(of: ExitResult?.self) { group in
            group.addTask {
                try await ShimConnection.send(ShimFrame("E", request(command)), to: writer)
                for try await piece in input {
                    try await ShimConnection.send(frame(piece), to: writer)
                }
                return nil
            }
            group.addTask { try await read(inbound, output: output) }
            defer { group.cancelAll() }
            // The end of the input is not the end; an error in it is.
            for try await case let exit? in group { return exit }
            throw DriverError(.failed, "the connection to the task's helper process broke off")
        }
    }

    private static func read(
        _ inbound: ShimConnection.Inbound, output: @Sendable (ExecOutput) async throws -> Void
    ) async throws -> ExitResult {
        var reader = ShimConnection.Reader(inbound)
        while let frame = try await reader.next() {
            switch frame.type {
            case "O": try await output(.standardOutput(frame.payload))
            case "P": try await output(.standardError(frame.payload))
            case "Z": return ShimHost.exit(ShimRecords(parsing: frame.payload))
            case "X": throw DriverError(.failed, String(decoding: frame.payload, as: UTF8.self))
            default: break
            }
        }
        throw DriverError(.notRunning, "the task has ended, and the command with it")
    }

    private static func request(_ command: ExecCommand) -> ShimRecords {
        var records = ShimRecords()
        if command.terminal {
            records.add("tty", 1)
            records.add("rows", command.size?.rows ?? 24)
            records.add("columns", command.size?.columns ?? 80)
        }
        for argument in command.arguments { records.add("arg", argument) }
        return records
    }

    private static func frame(_ input: ExecInput) -> ShimFrame {
        switch input {
        case .standardInput(let bytes): ShimFrame("I", bytes)
        case .closeStandardInput: ShimFrame("I")
        case .resize(let size):
            ShimFrame("W", ShimRecords(["rows": String(size.rows), "columns": String(size.columns)]))
        }
    }
}
