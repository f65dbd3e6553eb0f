import Base
import HeapModule

/// What is going to happen, in order of time; what is due at the same time, in the order it was planned.
struct EventQueue<Event: Sendable>: Sendable {
    private struct Item: Comparable, Sendable {
        var time: Instant
        var sequence: UInt64
        var event: Event
        static func < (a: Item, b: Item) -> Bool { a.time != b.time ? a.time < b.time : a.sequence < b.sequence }
        static func == (a: Item, b: Item) -> Bool { a.time == b.time && a.sequence == b.sequence }
    }

    private var heap = Heap<Item>()
    private var sequence: UInt64 = 0

    var next: Instant? { heap.min?.time }

    mutating func add(_ event: Event, at time: Instant) {
        sequence += 1
        heap.insert(Item(time: time, sequence: sequence, event: event))
    }

    mutating func pop() -> (time: Instant, event: Event)? {
        heap.popMin().map { ($0.time, $0.event) }
    }
}
