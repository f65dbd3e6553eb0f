import AgentCore
import Base
import Drivers
import Model
import Synchronization

/// Answers the HTTP layer about this node and its allocations.
struct NodeLocalServices: NodeLocalAPI {
    let agent: NodeAgent

    private func machine(_ id: AllocationID) throws(NodeLocalError) -> AllocationMachine {
        guard let machine = agent.machine.withLock({ $0.allocations[id] }) else { throw .unknownAllocation(id) }
        return machine
    }

    private func files(_ id: AllocationID) throws(NodeLocalError) -> AllocationFiles {
        _ = try machine(id)
        return AllocationFiles(directory: agent.directory(id).path)
    }

    // MARK: - Files

    func list(_ allocation: AllocationID, path: String) async throws(NodeLocalError) -> [FileInfo] {
        try await files(allocation).list(path)
    }

    func stat(_ allocation: AllocationID, path: String) async throws(NodeLocalError) -> FileInfo {
        try await files(allocation).stat(path)
    }

    func read(
        _ allocation: AllocationID, path: String, offset: Int64, limit: Int64?,
        write: @Sendable ([UInt8]) async throws -> Void
    ) async throws(NodeLocalError) {
        try await files(allocation).read(path, offset: offset, limit: limit, write: write)
    }

    func stream(
        _ allocation: AllocationID, path: String, from position: StreamPosition, follow: Bool,
        write: @Sendable (FileFrame) async throws -> Void
    ) async throws(NodeLocalError) {
        try await files(allocation).stream(path, from: position, follow: follow, write: write)
    }

    func logs(
        _ allocation: AllocationID, task name: String, stream: LogStream, from position: StreamPosition, follow: Bool,
        write: @Sendable (FileFrame) async throws -> Void
    ) async throws(NodeLocalError) {
        guard let task = try machine(allocation).task(name) else {
            throw NodeLocalError(.badRequest, "unknown task name \"\(name)\"")
        }
        guard task.state.startedAt != nil else {
            throw NodeLocalError(.notFound, "task \"\(name)\" not started yet. No logs available")
        }
        let agent = agent
        try await files(allocation).logs(
            task: name, stream: stream, from: position, follow: follow,
            isOver: { agent.machine.withLock { $0.allocations[allocation]?.task(name)?.isDead ?? true } }, write: write)
    }

    // MARK: - Checks and orders

    func checks(_ allocation: AllocationID) async throws(NodeLocalError) -> [CheckStatus] {
        try machine(allocation).checkStatuses
    }

    func restart(_ allocation: AllocationID, _ tasks: RestartSelection) async throws(NodeLocalError) {
        try await agent.ask(.restart(allocation, tasks))
    }

    func signal(_ allocation: AllocationID, task: String?, name: String) async throws(NodeLocalError) {
        try await agent.ask(.signal(allocation, task: task, name: name))
    }

    func collect(_ allocation: AllocationID) async throws(NodeLocalError) {
        try await agent.ask(.collect(allocation))
    }

    func collectAll() async throws(NodeLocalError) { try await agent.ask(.collectAll) }

    // MARK: - Commands in tasks

    func execute(
        _ allocation: AllocationID, task name: String, command: [String], terminal: TerminalDimensions?,
        input: any AsyncSequence<CommandInput, any Error> & Sendable,
        output: @escaping @Sendable (CommandOutput) async throws -> Void
    ) async throws(NodeLocalError) -> Int {
        if agent.configuration.disableRemoteExec {
            throw NodeLocalError(.refused, "exec is disabled on this node (disable_remote_exec)")
        }
        guard !command.isEmpty else { throw NodeLocalError(.badRequest, "command is not present") }
        guard let task = try machine(allocation).task(name) else { throw NodeLocalError(.failed, "task not found") }
        guard task.isRunning, let text = task.life.handle else {
            throw NodeLocalError(.badRequest, "task \"\(name)\" is not running.")
        }
        do {
            let handle = try DriverHandle(text: text)
            let driver = try agent.drivers.driver(handle.driver)
            let size = terminal.map { TerminalSize(rows: $0.rows, columns: $0.columns) }
            let result = try await driver.exec(
                handle, ExecCommand(command, terminal: terminal != nil, size: size), input: DriverInput(base: input)
            ) { piece in
                switch piece {
                case .standardOutput(let bytes): try await output(.standardOutput(bytes))
                case .standardError(let bytes): try await output(.standardError(bytes))
                }
            }
            return result.code
        } catch {
            throw NodeLocalError(error.code == .cancelled ? .cancelled : .failed, error.message)
        }
    }
}

/// A command's input in the drivers' words.
private struct DriverInput: AsyncSequence, Sendable {
    let base: any AsyncSequence<CommandInput, any Error> & Sendable

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: any AsyncIteratorProtocol<CommandInput, any Error>

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> ExecInput? {
            switch try await base.next(isolation: actor) {
            case .standardInput(let bytes): .standardInput(bytes)
            case .closeStandardInput: .closeStandardInput
            case .resize(let size): .resize(TerminalSize(rows: size.rows, columns: size.columns))
            case nil: nil
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: Self.iterator(of: base)) }

    private static func iterator(of sequence: some AsyncSequence<CommandInput, any Error>)
        -> any AsyncIteratorProtocol<CommandInput, any Error>
    {
        sequence.makeAsyncIterator()
    }
}
