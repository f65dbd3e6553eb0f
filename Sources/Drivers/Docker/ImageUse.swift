internal import Base
internal import Synchronization

/// Which images tasks use, so that an image goes some time after its last task has gone. Only images that the driver
/// pulled are its own to remove: what an operator put on the node stays.
final class ImageUse: Sendable {
    private struct State {
        var pulled: Set<String> = []
        /// Image to the ids of its tasks.
        var tasks: [String: Set<String>] = [:]
        /// Images that nobody uses any more, and since when.
        var idle: [String: Instant] = [:]
    }
    private let state = Mutex(State())

    func notePulled(_ image: String) { state.withLock { _ = $0.pulled.insert(image) } }

    func isPulled(_ image: String) -> Bool { state.withLock { $0.pulled.contains(image) } }

    func begin(_ image: String, task: String) {
        state.withLock { state in
            state.tasks[image, default: []].insert(task)
            state.idle[image] = nil
        }
    }

    func end(_ image: String, task: String, now: Instant) {
        state.withLock { state in
            guard state.tasks[image]?.remove(task) != nil, state.tasks[image]?.isEmpty == true else { return }
            state.tasks[image] = nil
            if state.pulled.contains(image) { state.idle[image] = now }
        }
    }

    /// Takes those out that have been idle for so long, in order.
    func expired(after delay: TimeSpan, now: Instant) -> [String] {
        state.withLock { state in
            let images = state.idle.filter { $0.value + delay <= now }.keys.sorted()
            for image in images {
                state.idle[image] = nil
                state.pulled.remove(image)
            }
            return images
        }
    }
}
