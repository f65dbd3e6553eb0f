import ControlPlane
import Synchronization

/// What waits for the control loop, in two lanes: what operators and their programs ask for, and what nodes say.
///
/// Nodes say a hundred times as much. So that nobody waits behind all of it, the first lane is always emptied, and of
/// the second a bounded part is taken at a time. Each lane keeps its order; whoever waits for an answer before the next
/// command sees no other order than that.
final class InputBox: Sendable {
    private struct Contents {
        var asked: [Input] = []
        var said: [Input] = []
        /// Where the nodes' lane begins: what is before it was taken.
        var saidStart = 0
        /// Somebody wants the loop to look what is due.
        var isDue = false
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false

        var count: Int { asked.count + said.count - saidStart }
        var isEmpty: Bool { count == 0 && !isDue }
    }

    private let contents = Mutex(Contents())
    /// Inputs that may wait; beyond it `send` refuses.
    let capacity: Int
    /// Reported allocations after which no more of what nodes say is taken at a time: as many as are placed at a time.
    static let saidMax = 2000

    init(capacity: Int) { self.capacity = capacity }

    /// Adds a command; false when the box is full or closed.
    func send(_ request: RequestID, _ command: Command) -> Bool {
        let (isTaken, waiter) = contents.withLock { box -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !box.isClosed, box.count < capacity else { return (false, nil) }
            let input = Input.command(request, command)
            if command.isFromNode { box.said.append(input) } else { box.asked.append(input) }
            return (true, box.waiter.take())
        }
        waiter?.resume()
        return isTaken
    }

    /// Wakes the loop, so that it looks what is due. However often that is said, it looks once.
    func wake() {
        let waiter = contents.withLock { box -> CheckedContinuation<Void, Never>? in
            box.isDue = true
            return box.waiter.take()
        }
        waiter?.resume()
    }

    /// Waits until something has come.
    /// - Returns: false once the box is closed and empty.
    func wait() async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isReady = contents.withLock { box -> Bool in
                if !box.isEmpty || box.isClosed { return true }
                box.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        return contents.withLock { box in
            defer { box.isDue = false }
            return !box.isEmpty
        }
    }

    /// All that was asked for.
    func takeAsked() -> [Input] {
        contents.withLock { box in
            defer { box.asked = [] }
            return box.asked
        }
    }

    /// The next part of what nodes said.
    func takeSaid() -> [Input] {
        contents.withLock { box in
            var (end, weight) = (box.saidStart, 0)
            while end < box.said.count, weight < Self.saidMax {
                weight += box.said[end].weight
                end += 1
            }
            let part = Array(box.said[box.saidStart..<end])
            if end == box.said.count {
                (box.said, box.saidStart) = ([], 0)
            } else if end > capacity {
                box.said.removeFirst(end)
                box.saidStart = 0
            } else {
                box.saidStart = end
            }
            return part
        }
    }

    var isClosed: Bool { contents.withLock { $0.isClosed } }

    /// No more is taken in; the loop gets what is left.
    func close() {
        let waiter = contents.withLock { box -> CheckedContinuation<Void, Never>? in
            box.isClosed = true
            return box.waiter.take()
        }
        waiter?.resume()
    }
}

extension Command {
    /// Whether it is a node that says so, and no operator.
    fileprivate var isFromNode: Bool {
        switch self {
        case .registerNode, .heartbeat, .updateAllocations: true
        default: false
        }
    }
}

extension Input {
    /// How much there is to do: allocations that are reported, one for everything else.
    fileprivate var weight: Int {
        if case .command(_, .updateAllocations(_, let updates)) = self { max(1, updates.count) } else { 1 }
    }
}
