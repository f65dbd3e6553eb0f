import AgentCore
import Synchronization

/// What has happened and was not stepped yet. News of tasks are always taken (each answers an order, so their
/// number is bounded by the orders); what users ask is refused when too much waits.
final class Mailbox: Sendable {
    private struct State {
        var items: [AgentInput] = []
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// So many waiting inputs, and no more requests are taken.
    static let requestsMax = 1024

    func post(_ input: AgentInput) {
        let waiter = state.withLock { state in
            state.items.append(input)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Takes a user's request unless too much waits already.
    func offer(_ input: AgentInput) -> Bool {
        if state.withLock({ $0.items.count >= Self.requestsMax }) { return false }
        post(input)
        return true
    }

    /// All that is there, nothing if nothing is.
    func take() -> [AgentInput] {
        state.withLock { state in
            defer { state.items = [] }
            return state.items
        }
    }

    /// Returns when something is there, or when the caller is cancelled. One caller at a time.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.items.isEmpty || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}

/// Lets one part of a program cancel another that runs in a different task.
final class CancelSwitch: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, Never>)
        case pressed
    }

    private let state = Mutex(State.idle)

    func press() {
        let waiter: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .pressed }
            if case .waiting(let waiter) = state { return waiter }
            return nil
        }
        waiter?.resume()
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isPressed = state.withLock { state in
                    if case .pressed = state { return true }
                    state = .waiting(continuation)
                    return false
                }
                if isPressed { continuation.resume() }
            }
        } onCancel: {
            press()
        }
    }

    /// Runs work that `press` cancels.
    func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result? {
        await withTaskGroup(of: Result?.self) { group in
            group.addTask { await body() }
            group.addTask {
                await self.wait()
                return nil
            }
            var result: Result?
            // The first to end decides: either the work is done, or the switch was pressed and the work is
            // cancelled and still has to say how it ended.
            if let first = await group.next() {
                result = first
                group.cancelAll()
            }
            for await rest in group { result = result ?? rest }
            return result
        }
    }
}
