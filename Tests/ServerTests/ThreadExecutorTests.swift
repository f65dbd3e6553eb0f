import Foundation
import Synchronization
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct ThreadExecutorTests {
    private static func name() -> String {
        (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
    }

    private static func niceness() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    private static func nicenessOfANewThread() -> Int32? {
        let found = Mutex<Int32?>(nil)
        let end = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            found.withLock { $0 = niceness() }
            end.signal()
        }
        end.wait()
        return found.withLock { $0 }
    }

    @Test func tasksRunOnTheThreadsOfTheirExecutor() async {
        let executor = ThreadExecutor("tests", threads: 2)
        defer { executor.stop() }
        let names = await withTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask(executorPreference: executor) { Self.name() } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(names == ["tests\n"])
    }

    /// Above 0, which needs no right, so that this holds for whoever runs the tests.
    @Test func nicenessIsTheThreadsOwn() async {
        let ours = Self.niceness()
        let executor = ThreadExecutor("tests", niceness: ours + 1)
        defer { executor.stop() }
        let theirs = await Task(executorPreference: executor) { Self.niceness() }.value
        #expect(theirs == ours + 1)
        #expect(Self.niceness() == ours)
    }

    /// What a preferred thread starts is ordinary again.
    @Test(.enabled(if: geteuid() == 0, "only root may set a niceness below 0"))
    func aPreferenceIsNotInherited() async {
        let executor = ThreadExecutor("tests", niceness: -5)
        defer { executor.stop() }
        let (own, started) = await Task(executorPreference: executor) {
            (Self.niceness(), Self.nicenessOfANewThread())
        }.value
        #expect(own == -5)
        #expect(started == 0)
    }
}
