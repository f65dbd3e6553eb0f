import AgentCore
import Base
import Model

/// The processes of one machine: they outlive its agent, not the machine.
///
/// Tasks say in their `config` how they behave: `exit_after` and `exit_code` end them, `start_error` keeps
/// them from starting, `ignore_stop` makes them wait for the kill.
struct FakeDriver: Sendable {
    struct Process: Sendable {
        var key: TaskKey
        var exit: TaskExit?
        /// When it ends by itself.
        var ends: Instant?
        var exitCode = 0
        var ignoresStop = false
        /// What it takes of the machine.
        var cpu = 0
        var memoryMB = 0
    }

    /// By attempt.
    private(set) var processes: [String: Process] = [:]

    /// Running processes by attempt.
    var running: [(attempt: String, process: Process)] {
        processes.filter { $0.value.exit == nil }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func start(_ order: TaskStartOrder, _ spec: TaskSpec, now: Instant) -> Process {
        var process = Process(key: order.key)
        if let after = spec.config["exit_after"]?.stringValue.flatMap({ TimeSpan(text: $0) }) {
            process.ends = now + after
        }
        process.exitCode = Int(spec.config["exit_code"]?.intValue ?? 0)
        process.ignoresStop = spec.config["ignore_stop"]?.boolValue ?? false
        process.cpu = spec.resources.cpu
        process.memoryMB = spec.resources.memoryMB
        processes[order.attempt] = process
        return process
    }

    /// Ends a process if it runs; returns how it ended then.
    mutating func end(_ attempt: String, code: Int, signal: Int = 0) -> TaskExit? {
        guard processes[attempt]?.exit == nil, processes[attempt] != nil else { return nil }
        let exit = TaskExit(code: code, signal: signal)
        processes[attempt]?.exit = exit
        return exit
    }

    mutating func forget(_ attempt: String) { processes[attempt] = nil }

    /// The machine was switched off.
    mutating func clear() { processes = [:] }
}
