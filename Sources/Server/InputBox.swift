import ControlPlane
import Synchronization

/// What waits for the control loop, in two lanes: what operators and their programs ask for, nodes that come and that
/// are alive; and what nodes report of their allocations.
///
/// The reports are a hundred times as much. So that nobody waits behind all of it, the first lane is always emptied, and of
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
        /// Whether reports wake it.
        var waitsForReports = true
        var isClosed = false

        var count: Int { asked.count + said.count - saidStart }
        var isEmpty: Bool { count == 0 && !isDue }
    }

    private let contents = Mutex(Contents())
    /// Inputs that may wait; beyond it `send` refuses.
    let capacity: Int
    /// Reported allocations after which no more of what nodes say is taken at a time.
    static let saidMax = 2000
    /// The same while there is something to schedule, which places about 2,000 at a time: what has its place is news for
    /// its users, that it runs is seen a moment later.
    static let saidWhileSchedulingMax = 1000

    init(capacity: Int) { self.capacity = capacity }

    /// Adds a command; false when the box is full or closed.
    func send(_ request: RequestID, _ command: Command) -> Bool {
        let (isTaken, waiter) = contents.withLock { box -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !box.isClosed, box.count < capacity else { return (false, nil) }
            let input = Input.command(request, command)
            if command.isReport {
                box.said.append(input)
                return (true, box.waitsForReports ? box.waiter.take() : nil)
            }
            box.asked.append(input)
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

    /// Waits until something has come, or somebody wants the loop to look.
    /// - Parameter withReports: whether reports count.
    /// - Returns: false once the box is closed and empty.
    func wait(withReports: Bool) async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isReady = contents.withLock { box -> Bool in
                let hasNews = withReports ? !box.isEmpty : !box.asked.isEmpty || box.isDue
                if hasNews || box.isClosed { return true }
                box.waitsForReports = withReports
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
    func takeSaid(atMost weightMax: Int = saidMax) -> [Input] {
        contents.withLock { box in
            var (end, weight) = (box.saidStart, 0)
            while end < box.said.count, weight < weightMax {
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
    /// Whether a node says so and can wait. That it is alive can't: it would be taken for lost.
    fileprivate var isReport: Bool {
        if case .updateAllocations = self { true } else { false }
    }
}

extension Input {
    /// How much there is to do: allocations that are reported, one for everything else.
    fileprivate var weight: Int {
        if case .command(_, .updateAllocations(_, let updates)) = self { max(1, updates.count) } else { 1 }
    }
}
