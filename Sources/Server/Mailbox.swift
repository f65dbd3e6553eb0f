import Synchronization

/// A bounded queue with many senders and one receiver that takes everything at once.
final class Mailbox<Element: Sendable>: Sendable {
    private struct Contents {
        var elements: [Element] = []
        var waiter: CheckedContinuation<Void, Never>?
        var closed = false
    }

    private let contents = Mutex(Contents())
    /// Elements that may wait; beyond it `send` refuses.
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// Adds an element; false when the box is full or closed.
    func send(_ element: Element) -> Bool {
        let (taken, waiter) = contents.withLock { box -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !box.closed, box.elements.count < capacity else { return (false, nil) }
            box.elements.append(element)
            defer { box.waiter = nil }
            return (true, box.waiter)
        }
        waiter?.resume()
        return taken
    }

    /// Everything that has come, waiting for the first element; empty once the box is closed and drained.
    func receiveAll() async -> [Element] {
        await wait()
        return takeAll()
    }

    /// Waits until something has come or the box is closed.
    func wait() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let ready = contents.withLock { box -> Bool in
                if !box.elements.isEmpty || box.closed { return true }
                box.waiter = continuation
                return false
            }
            if ready { continuation.resume() }
        }
    }

    /// Everything that has come, without waiting.
    func takeAll() -> [Element] {
        contents.withLock { box in
            defer { box.elements = [] }
            return box.elements
        }
    }

    var isClosed: Bool { contents.withLock { $0.closed } }

    /// No more elements are taken; the receiver gets what is left and then nothing.
    func close() {
        let waiter = contents.withLock { box -> CheckedContinuation<Void, Never>? in
            box.closed = true
            defer { box.waiter = nil }
            return box.waiter
        }
        waiter?.resume()
    }
}
