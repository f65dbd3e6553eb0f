public import Base
import Dispatch
import Model
import Synchronization

/// The allocations of one node that changed since they were last asked for.
public final class NodeSubscription: Sendable {
    private struct Rest {
        /// Counts the rests, so that a timer ends only its own.
        var number: UInt64 = 0
        var sleeper: CheckedContinuation<Void, Never>?
        /// Something came that shall not wait.
        var isUrgent = false
    }

    private let changed = Mailbox<AllocationID>(capacity: 200_000)
    private let rest = Mutex(Rest())

    init() {}

    /// False when the subscriber left or lags too far behind; it then has to start anew.
    /// - Parameter isUrgent: ends the subscriber's rest.
    func add(_ id: AllocationID, isUrgent: Bool) -> Bool {
        guard changed.send(id) else {
            changed.close()
            return false
        }
        if isUrgent { endRest() }
        return true
    }

    /// Waits until there are changes or the subscription has ended.
    func wait() async {
        rest.withLock { $0.isUrgent = false }
        await withTaskCancellationHandler {
            await changed.wait()
        } onCancel: {
            changed.close()
        }
    }

    /// What changed, in no order and possibly more than once; empty when nothing did.
    func take() -> [AllocationID] { changed.takeAll() }

    /// Sleeps while changes gather: for so long, or until something urgent comes or the caller is cancelled.
    public func rest(for span: TimeSpan) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let number = rest.withLock { rest -> UInt64? in
                    if rest.isUrgent { return nil }
                    rest.number += 1
                    rest.sleeper = continuation
                    return rest.number
                }
                guard let number else { return continuation.resume() }
                let deadline = DispatchTime.now() + .nanoseconds(Int(max(0, span.nanoseconds)))
                DispatchQueue.global().asyncAfter(deadline: deadline) { [weak self] in self?.endRest(number) }
            }
        } onCancel: {
            endRest()
        }
    }

    /// - Parameter number: the rest that is over; nil: any, and the next one too until changes were asked for.
    private func endRest(_ number: UInt64? = nil) {
        let sleeper = rest.withLock { rest -> CheckedContinuation<Void, Never>? in
            if number == nil { rest.isUrgent = true }
            guard number == nil || number == rest.number else { return nil }
            defer { rest.sleeper = nil }
            return rest.sleeper
        }
        sleeper?.resume()
    }

    /// Ends the subscription.
    public func cancel() {
        changed.close()
        endRest()
    }
}
