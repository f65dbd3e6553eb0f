import Synchronization

/// The outcomes of a conversation's calls on their way to the nodes: gathered by whoever settles a call, taken together
/// by the one that sends them.
final class OutcomeBox: Sendable {
    private struct Contents {
        var outcomes: [LinkOutcome] = []
        /// Calls that were taken and have no outcome yet.
        var open = 0
        /// No more calls will come.
        var isEnding = false
        var sender: CheckedContinuation<Void, Never>?
    }

    private let contents = Mutex(Contents())

    /// Calls that may be open at once; more are refused.
    static let openMax = 4096

    /// Announces calls that outcomes will be put in for.
    /// - Returns: whether there is room for them; if not, nothing was announced.
    func open(_ calls: Int) -> Bool {
        contents.withLock { contents in
            guard contents.open + calls <= Self.openMax else { return false }
            contents.open += calls
            return true
        }
    }

    /// Puts in the outcome of an announced call.
    func put(_ outcome: LinkOutcome) {
        let sender = contents.withLock { contents in
            contents.open -= 1
            contents.outcomes.append(outcome)
            return contents.sender.take()
        }
        sender?.resume()
    }

    /// Says that no more calls will be announced: `take` ends with the last outcome.
    func end() {
        let sender = contents.withLock { contents in
            contents.isEnding = true
            return contents.sender.take()
        }
        sender?.resume()
    }

    /// All outcomes that have come, waiting for the first. Empty when there are no more, or when the caller was
    /// cancelled.
    func take() async -> [LinkOutcome] {
        while !Task.isCancelled {
            await wait()
            let (outcomes, isOver) = contents.withLock { contents in
                defer { contents.outcomes = [] }
                return (contents.outcomes, contents.isEnding && contents.open == 0)
            }
            if !outcomes.isEmpty || isOver { return outcomes }
        }
        return []
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isReady = contents.withLock { contents -> Bool in
                    let isOver = contents.isEnding && contents.open == 0
                    if !contents.outcomes.isEmpty || isOver || Task.isCancelled { return true }
                    contents.sender = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            contents.withLock { $0.sender.take() }?.resume()
        }
    }
}
