import Dispatch

/// Runs a loop of the server on a thread of its own. On the shared threads, of which there are as many as processors,
/// it would wait behind whatever thousands of connections have to do.
final class LoopExecutor: TaskExecutor {
    private let queue: DispatchQueue

    init(_ name: String) { queue = DispatchQueue(label: "caravan." + name) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
