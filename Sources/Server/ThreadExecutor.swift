import Dispatch
import Foundation
import Synchronization

/// Runs tasks on threads of their own, until it is stopped.
///
/// On the shared threads, of which there are as many as processors, they would wait behind whatever thousands of
/// connections of nodes have to do. And a loop that is alone on its thread takes all it keeps from one arena of the
/// allocator: spread over all of them, among what connections need for a moment, a million allocations would tie up half
/// as much again.
public final class ThreadExecutor: TaskExecutor {
    fileprivate struct Contents {
        var jobs: [UnownedJob] = []
        /// Where the jobs begin: those before it were taken.
        var start = 0
        var isOver = false
        /// Jobs that were taken and still have their place, at most: so that taking one costs no shift of all others.
        static let takenMax = 4096
    }

    private let contents = Mutex(Contents())
    /// Counts the jobs that wait, and one more for each thread once it is over.
    private let news = DispatchSemaphore(value: 0)
    private let threads: Int
    /// Bytes; as much as the first thread of a process has.
    private static let stackSize = 8 << 20

    /// - Parameters:
    ///   - name: what the threads are called, at most 15 bytes.
    ///   - threads: how many.
    ///   - niceness: what they get of a busy processor, from -20 (much) to 19. Below 0 is for processes with the right to
    ///     it; others get what they had.
    public init(_ name: String, threads: Int = 1, niceness: Int32 = 0) {
        self.threads = threads
        for _ in 0..<threads {
            let thread = Thread { [self] in
                // `Thread.name` may come too early for the thread that it is to be told to; see proc(5).
                try? FileHandle(forWritingAtPath: "/proc/thread-self/comm")?.write(contentsOf: Data(name.utf8))
                if niceness != 0 { Self.renice(niceness) }
                work()
            }
            thread.stackSize = Self.stackSize
            thread.start()
        }
    }

    /// Sets the niceness of the calling thread. Threads and processes that it starts don't get it: tasks, for one.
    private static func renice(_ niceness: Int32) {
        var none = sched_param()
        // Without that there would be no end of what runs before all else.
        guard sched_setscheduler(0, SCHED_OTHER | resetOnFork, &none) == 0 else { return }
        // Of this thread alone, on Linux.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
    }

    /// `SCHED_RESET_ON_FORK` of sched(7).
    private static let resetOnFork: Int32 = 0x4000_0000

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        contents.withLock { $0.jobs.append(job) }
        news.signal()
    }

    /// Ends the threads when they have nothing left to do. No task may be given to them afterwards.
    public func stop() {
        contents.withLock { $0.isOver = true }
        for _ in 0..<threads { news.signal() }
    }

    private func work() {
        while true {
            news.wait()
            guard let job = contents.withLock({ $0.take() }) else { return }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}

extension ThreadExecutor.Contents {
    /// The oldest job; nil when there is none, which is so only when it is over.
    fileprivate mutating func take() -> UnownedJob? {
        guard start < jobs.count else { return nil }
        let job = jobs[start]
        start += 1
        if start == jobs.count || start >= Self.takenMax {
            jobs.removeFirst(start)
            start = 0
        }
        return job
    }
}
