import Base
import HeapModule

/// Deadlines by key: at most one per key, the earliest first, equal ones in the order they were set.
///
/// Setting and removing cost O(log n); outdated heap entries are skipped when they come up.
struct TimerQueue<Key: Hashable & Sendable>: Sendable {
    private struct Item: Comparable, Sendable {
        var due: Instant
        var sequence: UInt64
        var key: Key
        static func < (a: Item, b: Item) -> Bool { a.due != b.due ? a.due < b.due : a.sequence < b.sequence }
        static func == (a: Item, b: Item) -> Bool { a.due == b.due && a.sequence == b.sequence }
    }

    private var heap = Heap<Item>()
    private var current: [Key: (due: Instant, sequence: UInt64)] = [:]
    private var sequence: UInt64 = 0

    var count: Int { current.count }
    var isEmpty: Bool { current.isEmpty }

    func due(_ key: Key) -> Instant? { current[key]?.due }

    /// Sets or moves the deadline of a key.
    mutating func set(_ key: Key, at due: Instant) {
        if current[key]?.due == due { return }
        sequence += 1
        current[key] = (due, sequence)
        heap.insert(Item(due: due, sequence: sequence, key: key))
        if heap.count > 64, heap.count > 4 * current.count { rebuild() }
    }

    mutating func remove(_ key: Key) { current[key] = nil }

    mutating func removeAll() { self = TimerQueue() }

    /// The earliest deadline.
    mutating func next() -> Instant? {
        while let item = heap.min {
            if current[item.key]?.sequence == item.sequence { return item.due }
            heap.removeMin()
        }
        return nil
    }

    /// Takes out a key whose time has come.
    mutating func pop(at now: Instant) -> (key: Key, due: Instant)? {
        guard let due = next(), due <= now else { return nil }
        let key = heap.removeMin().key
        current[key] = nil
        return (key, due)
    }

    private mutating func rebuild() {
        // The order of the heap's elements does not show: their order of coming out is total.
        heap = Heap(current.map { Item(due: $0.value.due, sequence: $0.value.sequence, key: $0.key) })
    }
}
