import Base
import CaravanClient

/// The terminal side of `alloc exec`.
struct ExecTerminal {
    let invocation: Invocation

    func run(_ allocation: String, task: String, _ words: [String]) async throws -> Int32 {
        throw CommandFailure("alloc exec is not built yet")
    }
}
