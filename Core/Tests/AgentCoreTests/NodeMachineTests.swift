import Base
import Model
import Testing

@testable import AgentCore

@Suite struct NodeMachineTests {
    @Test func removedByTheServersEndsAndGoes() {
        var world = World()
        world.give(allocation(tasks: [task("a")]))
        world.log = []
        world.give(removed: [allocationID(1)])
        #expect(world.log == ["stop a", "teardown", "remove 1"])
        #expect(world.machine.allocations.isEmpty)
    }

    @Test func completeSetRemovesWhatIsNotInIt() {
        var world = World()
        world.give(allocation(1, tasks: [task("a")]), allocation(2, tasks: [task("b")]))
        world.give(allocation(2, tasks: [task("b")]), isComplete: true)
        #expect(world.machine.allocations.keys.map(\.low) == [2])
        world.give(allocation(3, tasks: [task("c")]))
        #expect(world.machine.allocations.keys.map(\.low).sorted() == [2, 3])
    }

    @Test func endedAllocationsAreNotStarted() {
        var world = World()
        var ended = allocation(tasks: [task("a")])
        ended.clientStatus = .complete
        world.give(ended)
        #expect(world.log.isEmpty)
        var stopped = allocation(2, tasks: [task("a")])
        stopped.desiredStatus = .stop
        stopped.clientStatus = .running
        world.give(stopped)
        #expect(!world.log.contains("start a"))
        #expect(world.updates.last?.clientStatus == .complete)
    }

    @Test func serversWithAnotherIdeaAreToldAgain() {
        var world = World()
        world.give(allocation(tasks: [task("a")]))
        let count = world.updates.count
        world.give(allocation(tasks: [task("a")]))
        #expect(world.updates.count == count)
        world.give(allocation(tasks: [task("a")]), isComplete: true)
        #expect(world.updates.count == count + 1)
        #expect(world.updates.last?.clientStatus == .running)
    }

    @Test func replacementWaitsForItsPredecessorHere() {
        var world = World()
        world.answersStops = false
        world.give(allocation(1, tasks: [task("a")]))
        var old = allocation(1, tasks: [task("a")])
        old.desiredStatus = .stop
        var new = allocation(2, tasks: [task("b")])
        new.previousAllocation = old.id
        world.give(new, old)
        #expect(world.log == ["build", "start a", "stop a"])
        world.exit("a", code: 0)
        #expect(Set(world.log.suffix(3)) == ["teardown", "build", "start b"])
    }

    @Test func replacementWaitsForItsPredecessorElsewhere() {
        var world = World()
        var new = allocation(2, tasks: [task("b")])
        new.previousAllocation = allocationID(9)
        world.give(new)
        #expect(world.log == ["watch 9"])
        #expect(world.status(2) == .pending)
        world.step(.upstreamEnded(allocationID(9)))
        #expect(world.log == ["watch 9", "build", "start b"])
    }

    @Test func stoppedWhileWaitingNeverRuns() {
        var world = World()
        var new = allocation(2, tasks: [task("b"), task("z", hook: "poststop")])
        new.previousAllocation = allocationID(9)
        world.give(new)
        new.desiredStatus = .stop
        world.give(new)
        #expect(world.log == ["watch 9", "teardown"])
        #expect(world.status(2) == .complete)
    }

    @Test func stopsWhenTheServersAreAwayForTooLong() {
        var world = World()
        world.give(allocation(tasks: [task("a")]) { $0.stopAfterClientDisconnect = .seconds(30) })
        world.advance(.seconds(20))
        world.step(.serverReached)
        world.advance(.seconds(29))
        #expect(world.status() == .running)
        world.advance(.seconds(2))
        #expect(world.status() == .complete)
    }

    @Test func oldestEndedAllocationsAreCollectedOverTheLimit() {
        var settings = NodeMachine.Settings()
        settings.allocationsMax = 2
        var world = World(settings: settings)
        for number: UInt64 in 1...3 {
            world.give(allocation(number, type: .batch, tasks: [task("t\(number)")]))
            world.advance(.seconds(1))
            world.exit("t\(number)", in: number)
        }
        #expect(world.log.filter { $0.hasPrefix("remove") } == ["remove 1"])
        #expect(world.machine.allocations.keys.map(\.low).sorted() == [2, 3])
    }

    // MARK: - Requests

    @Test func userRestartTellsTheRecordedStory() {
        var world = World()
        world.give(allocation(tasks: [task("server")]))
        world.step(.request(7, .restart(allocationID(1), .task("server"))))
        #expect(world.replies == [AgentReply(request: 7, error: nil)])
        #expect(world.log.suffix(2) == ["stop server", "start server"])
        let events = world.task("server")?.state.events ?? []
        #expect(events.map(\.type).suffix(4) == ["Restart Signaled", "Terminated", "Restarting", "Started"])
        #expect(events.suffix(4).first?.displayMessage == "User requested restart")
        #expect(events.suffix(2).first?.displayMessage == "Task restarting in 0s")
        #expect(events.suffix(2).first?.details == ["restart_reason": "", "start_delay": "0"])
        #expect(world.task("server")?.state.restarts == 1)
    }

    @Test func refusals() {
        var world = World()
        world.give(allocation(tasks: [task("a")]))
        world.step(.request(1, .restart(allocationID(1), .task("zz"))))
        world.step(.request(2, .restart(allocationID(5), .running)))
        world.step(.request(3, .signal(allocationID(1), task: "zz", name: "SIGHUP")))
        world.exit("a", code: 1)
        world.step(.request(4, .restart(allocationID(1), .running)))
        world.step(.request(5, .collect(allocationID(5))))
        #expect(
            world.replies.map { $0.error?.message } == [
                "Could not find task runner for task: zz", "Unknown allocation \"\(allocationID(5).text)\"",
                "Task not found", "Task not running", "Unknown allocation \"\(allocationID(5).text)\"",
            ])
    }

    @Test func signalsGoToRunningTasksAndAreAnsweredByTheShell() {
        var world = World()
        world.give(allocation(tasks: [task("a"), task("b")]))
        world.step(.request(1, .signal(allocationID(1), task: "", name: "SIGHUP")))
        #expect(world.log.suffix(2) == ["signal a SIGHUP", "signal b SIGHUP"])
        #expect(world.replies.isEmpty)
        let event = world.task("a")?.state.events.last
        #expect(event?.displayMessage == "Task being sent a signal")
        #expect(event?.details == ["signal": "SIGHUP"])
    }

    @Test func restartOfAllTasksRunsThePrestartAgain() {
        var world = World()
        world.give(allocation(tasks: [task("init", hook: "prestart"), task("main")]))
        world.exit("init")
        world.log = []
        world.step(.request(1, .restart(allocationID(1), .all)))
        #expect(
            world.log == ["stop main", "start init", "start main"]
                || world.log == ["start init", "stop main", "start main"])
        #expect(world.status() == .running)
    }

    // MARK: - Restarts of the agent

    /// What the machine would have written down, through the text form.
    static func rewritten(_ world: World) throws -> [AllocationSnapshot] {
        try world.machine.allocations.keys.sorted().compactMap { id in
            guard let snapshot = world.machine.snapshot(of: id) else { return nil }
            let text = try WireEncoder().encode(snapshot).text
            return try WireDecoder().decode(AllocationSnapshot.self, from: JSON(parsing: text))
        }
    }

    @Test func runningTasksAreFoundAgain() throws {
        var world = World()
        world.give(allocation(tasks: [task("a")], restart: restartPolicy(attempts: 3)))
        world.exit("a", code: 1)
        world.advance(.seconds(2))
        let snapshots = try Self.rewritten(world)

        var next = World(seed: 2)
        next.now = world.now
        next.step(.restored(snapshots))
        #expect(next.log == ["recover a handle-a"])
        #expect(next.status() == .running)
        let key = TaskKey(allocationID(1), "a")
        let attempt = next.attempts[key.allocation.text + "a"] ?? ""
        #expect(attempt == world.attempts[key.allocation.text + "a"])
        next.step(.task(key, .recovered(attempt: attempt)))
        #expect(next.log.count == 1)
        #expect(next.task("a")?.state == world.task("a")?.state)
        #expect(next.task("a")?.restarts == world.task("a")?.restarts)
        // It ended while the agent was away: the policy goes on as if nothing had been.
        next.exit("a", code: 1)
        #expect(next.task("a")?.state.restarts == 2)
    }

    /// The handle is written down by the start itself, the news of it a moment later.
    @Test func aStartThatWasNotWrittenDownIsNotedWhenTheTaskIsFound() throws {
        var world = World()
        world.answersStarts = false
        world.give(allocation(tasks: [task("a")]))
        var snapshots = try Self.rewritten(world)
        let attempt = world.attempts[allocationID(1).text + "a"] ?? ""
        snapshots[0].state.tasks["a"]?.attempt = attempt
        snapshots[0].state.tasks["a"]?.started = StartedInfo(handle: "handle-a")

        var next = World(seed: 2)
        next.now = world.now + .seconds(3)
        next.step(.restored(snapshots))
        #expect(next.status() == .pending)
        next.step(.task(TaskKey(allocationID(1), "a"), .recovered(attempt: attempt)))
        #expect(next.log == ["recover a handle-a"])
        #expect(next.updates.last?.clientStatus == .running)
        #expect(next.task("a")?.state.startedAt == Timestamp(next.now))
        #expect(next.events("a").last == "Started")
    }

    @Test func lostTasksWaitForTheServers() throws {
        var world = World()
        world.give(allocation(tasks: [task("a")]))
        var next = World(seed: 2)
        next.step(.restored(try Self.rewritten(world)))
        let key = TaskKey(allocationID(1), "a")
        next.step(
            .task(key, .recoveryFailed(attempt: next.attempts[key.allocation.text + "a"] ?? "", message: "gone")))
        #expect(next.events("a").last == "Failed Restoring Task")
        #expect(next.log == ["recover a handle-a"])
        next.give(allocation(tasks: [task("a")]), isComplete: true)
        #expect(next.log.last == "start a")
        #expect(next.status() == .running)
    }

    @Test func endedAllocationsStayEnded() throws {
        var world = World()
        world.give(allocation(type: .batch, tasks: [task("a")]))
        world.exit("a")
        var next = World(seed: 2)
        next.step(.restored(try Self.rewritten(world)))
        #expect(next.log.isEmpty)
        #expect(next.updates.last?.clientStatus == .complete)
    }

    @Test func stopThatCameBeforeTheCrashGoesOn() throws {
        var world = World()
        world.answersStops = false
        world.give(allocation(tasks: [task("a")]))
        var stopped = allocation(tasks: [task("a")])
        stopped.desiredStatus = .stop
        world.give(stopped)
        var next = World(seed: 2)
        next.step(.restored(try Self.rewritten(world)))
        #expect(next.log == ["recover a handle-a"])
        let key = TaskKey(allocationID(1), "a")
        next.step(.task(key, .recovered(attempt: next.attempts[key.allocation.text + "a"] ?? "")))
        #expect(next.log.suffix(2) == ["stop a", "teardown"])
    }

    @Test func sameSeedSameAttempts() {
        var first = World(seed: 5)
        var second = World(seed: 5)
        first.give(allocation(tasks: [task("a"), task("b")]))
        second.give(allocation(tasks: [task("a"), task("b")]))
        #expect(first.attempts == second.attempts)
        #expect(first.attempts.values.allSatisfy { $0.count == 36 + 1 + 1 + 1 + 8 })
    }
}
