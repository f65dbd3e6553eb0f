public import Model

/// The allocations of one node that changed since they were last asked for.
public final class NodeSubscription: Sendable {
    private let changed = Mailbox<AllocationID>(capacity: 200_000)

    init() {}

    /// False when the subscriber left or lags too far behind; it then has to start anew.
    func add(_ id: AllocationID) -> Bool {
        if changed.send(id) { return true }
        changed.close()
        return false
    }

    /// Waits for changes; each allocation comes once. Empty when the subscription has ended.
    public func next() async -> [AllocationID] {
        await withTaskCancellationHandler {
            Array(Set(await changed.receiveAll())).sorted()
        } onCancel: {
            changed.close()
        }
    }

    /// Ends the subscription.
    public func cancel() { changed.close() }
}
