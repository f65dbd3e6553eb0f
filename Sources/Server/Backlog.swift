import Synchronization

/// How much was decided and is not durable yet.
final class Backlog: Sendable {
    private let count = Mutex<(changes: Int, isWaitedFor: Bool)>((0, false))
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func add(_ changes: Int) { count.withLock { $0.changes += changes } }

    /// Whether more waits than should.
    /// - Parameter wakesWhenNot: whether `remove` shall tell when that ends.
    func isFull(wakesWhenNot: Bool) -> Bool {
        count.withLock { count in
            guard count.changes > limit else { return false }
            if wakesWhenNot { count.isWaitedFor = true }
            return true
        }
    }

    /// Takes out what became durable.
    /// - Returns: whether somebody waits for the room that is there now.
    func remove(_ changes: Int) -> Bool {
        count.withLock { count in
            count.changes -= changes
            guard count.isWaitedFor, count.changes <= limit else { return false }
            count.isWaitedFor = false
            return true
        }
    }
}
