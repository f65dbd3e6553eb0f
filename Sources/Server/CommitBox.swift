import ControlPlane
import State
import Synchronization

/// What was decided, on its way to the journal.
struct Commit: Sendable {
    var entries: [Entry] = []
    var touched: [[Touched]] = []
    var replies: [PendingReply] = []

    /// Objects that changed.
    var weight: Int { touched.reduce(0) { $0 + $1.count } }
}

/// Gathers what the control loop decides while the journal is busy, for one transaction, and holds the state after it.
///
/// The control loop takes that state out before it changes it and puts the new one in: a state that is held makes every
/// change copy what it changes, and of those between two transactions nobody would see anything.
final class CommitBox: Sendable {
    private struct Contents {
        var commit = Commit()
        /// Nil while the control loop is at work.
        var state: State?
        /// Steps that are gathered.
        var steps = 0
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false

        var isEmpty: Bool { commit.entries.isEmpty && commit.replies.isEmpty }
        var isReady: Bool { isClosed || state != nil && !isEmpty }
    }

    private let contents = Mutex(Contents())
    /// Steps that may be gathered.
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// Lets go of the state, which is about to be changed.
    func open() { contents.withLock { $0.state = nil } }

    /// Adds what was decided.
    /// - Parameter state: the head after it.
    /// - Returns: false when too much waits or the box is closed; nothing was added then.
    func put(_ more: Commit, state: State) -> Bool {
        let (isTaken, waiter) = contents.withLock { box -> (Bool, CheckedContinuation<Void, Never>?) in
            guard !box.isClosed, box.steps < capacity else { return (false, nil) }
            box.state = state
            if !more.entries.isEmpty || !more.replies.isEmpty {
                box.commit.entries += more.entries
                box.commit.touched += more.touched
                box.commit.replies += more.replies
                box.steps += 1
            }
            return (true, box.isReady ? box.waiter.take() : nil)
        }
        waiter?.resume()
        return isTaken
    }

    /// All that was decided, and the state after it, waiting for the first. Nil once the box is closed and empty.
    func take() async -> (commit: Commit, state: State)? {
        while true {
            await wait()
            let (taken, isOver) = contents.withLock { box -> ((commit: Commit, state: State)?, Bool) in
                // The control loop may have opened it again meanwhile.
                guard !box.isEmpty, let state = box.state else { return (nil, box.isClosed) }
                defer { (box.commit, box.state, box.steps) = (Commit(), nil, 0) }
                return ((box.commit, state), false)
            }
            if taken != nil || isOver { return taken }
        }
    }

    private func wait() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isReady = contents.withLock { box -> Bool in
                if !box.isReady { box.waiter = continuation }
                return box.isReady
            }
            if isReady { continuation.resume() }
        }
    }

    /// Nothing more will be put in.
    func close() {
        let waiter = contents.withLock { box -> CheckedContinuation<Void, Never>? in
            box.isClosed = true
            return box.waiter.take()
        }
        waiter?.resume()
    }
}
