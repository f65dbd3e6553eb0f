import Base
import Model
import Testing

@testable import AgentCore

@Suite struct LifecycleTests {
    @Test func serviceRunsUntilStopped() {
        var world = World()
        world.give(allocation(tasks: [task("server")]))
        #expect(world.log == ["build", "start server"])
        #expect(world.status() == .running)
        #expect(world.events("server") == ["Received", "Task Setup", "Started"])

        var stopped = allocation(tasks: [task("server")])
        stopped.desiredStatus = .stop
        world.give(stopped)
        #expect(world.log == ["build", "start server", "stop server", "teardown"])
        #expect(world.status() == .complete)
        #expect(world.events("server") == ["Received", "Task Setup", "Started", "Killing", "Terminated", "Killed"])
        let killing = world.task("server")?.state.events[3]
        #expect(killing?.displayMessage == "Sent interrupt. Waiting 5s before force killing")
        #expect(killing?.details == ["kill_timeout": "5s"])
    }

    @Test func failedTaskEndsWithTheRecordedEvents() {
        var world = World()
        world.give(allocation(tasks: [task("boom")]))
        world.exit("boom", code: 7)
        #expect(world.status() == .failed)
        let events = world.task("boom")?.state.events ?? []
        #expect(events.map(\.type) == ["Received", "Task Setup", "Started", "Terminated", "Not Restarting"])
        #expect(events[3].displayMessage == "Exit Code: 7")
        #expect(events[3].details == ["exit_code": "7", "oom_killed": "false", "signal": "0"])
        #expect(events[4].displayMessage == "Policy allows no restarts")
        #expect(events[4].details == ["fails_task": "true", "restart_reason": "Policy allows no restarts"])
        #expect(events[4].failsTask)
    }

    @Test func batchTaskCompletes() {
        var world = World()
        world.give(allocation(type: .batch, tasks: [task("once")]))
        world.exit("once")
        #expect(world.status() == .complete)
        #expect(world.updates.last?.clientDescription == "All tasks have completed")
    }

    @Test func crashedTaskStartsAgainAfterTheDelay() {
        var world = World()
        world.give(allocation(tasks: [task("server")], restart: restartPolicy(attempts: 1, delay: .seconds(4))))
        world.exit("server", code: 1)
        #expect(world.status() == .pending)
        world.advance(.seconds(3))
        #expect(world.log == ["build", "start server"])
        world.advance(.seconds(2))
        #expect(world.log == ["build", "start server", "start server"])
        #expect(world.task("server")?.state.restarts == 1)
        #expect(world.status() == .running)
        world.exit("server", code: 1)
        #expect(world.status() == .failed)
    }

    @Test func stagesFollowEachOther() {
        var world = World()
        world.give(
            allocation(
                type: .batch,
                tasks: [
                    task("cleanup", hook: "poststop"), task("notify", hook: "poststart"), task("main"),
                    task("init", hook: "prestart"), task("proxy", hook: "prestart", sidecar: true),
                ]))
        #expect(world.log == ["build", "start init", "start proxy"])
        world.exit("init")
        #expect(world.log.suffix(2) == ["start main", "start notify"])
        world.exit("notify")
        #expect(world.log.last == "start notify")
        world.exit("main")
        #expect(world.log.suffix(2) == ["stop proxy", "start cleanup"])
        #expect(world.events("proxy").suffix(4) == ["Main Tasks Dead", "Killing", "Terminated", "Killed"])
        #expect(world.status() == .running)
        world.exit("cleanup")
        #expect(world.status() == .complete)
        #expect(world.log.last == "teardown")
    }

    @Test func mainWaitsForRunningSidecarsAndAllPrestarts() {
        var world = World()
        world.answersStarts = false
        world.give(
            allocation(tasks: [
                task("a", hook: "prestart"), task("b", hook: "prestart"), task("p", hook: "prestart", sidecar: true),
                task("main"),
            ]))
        #expect(world.log == ["build", "start a", "start b", "start p"])
        world.started("a")
        world.exit("a")
        world.started("b")
        world.exit("b")
        #expect(!world.log.contains("start main"))
        world.started("p")
        #expect(world.log.last == "start main")
    }

    @Test func failedPrestartFailsTheAllocationButPoststopRuns() {
        var world = World()
        world.give(
            allocation(tasks: [task("init", hook: "prestart"), task("main"), task("cleanup", hook: "poststop")]))
        world.exit("init", code: 1)
        #expect(!world.log.contains("start main"))
        #expect(world.events("main") == ["Received", "Sibling Task Failed"])
        #expect(world.log.last == "start cleanup")
        world.exit("cleanup")
        #expect(world.status() == .failed)
    }

    @Test func failedSiblingEndsTheOthers() {
        var world = World()
        world.give(allocation(tasks: [task("a"), task("b")]))
        world.exit("a", code: 2)
        #expect(world.log.suffix(2) == ["stop b", "teardown"])
        #expect(world.events("b").suffix(4) == ["Sibling Task Failed", "Killing", "Terminated", "Killed"])
        #expect(world.task("b")?.state.events[3].displayMessage == "Task's sibling \"a\" failed")
        #expect(world.task("b")?.state.failed == false)
        #expect(world.status() == .failed)
    }

    @Test func deadLeaderEndsTheOthers() {
        var world = World()
        world.give(allocation(type: .batch, tasks: [task("main", leader: true), task("log")]))
        world.exit("main")
        #expect(world.events("log").suffix(4) == ["Leader Task Dead", "Killing", "Terminated", "Killed"])
        #expect(world.status() == .complete)
    }

    @Test func killOrderIsLeaderOthersSidecars() {
        var world = World()
        world.answersStops = false
        let group = [
            task("side", hook: "poststart", sidecar: true), task("b"), task("a"), task("boss", leader: true),
        ]
        world.give(allocation(tasks: group))
        var stopped = allocation(tasks: group)
        stopped.desiredStatus = .stop
        world.log = []
        world.give(stopped)
        #expect(world.log == ["stop boss"])
        world.exit("boss", code: 0)
        #expect(world.log == ["stop boss", "stop b", "stop a"])
        world.exit("a", code: 0)
        #expect(world.log.count == 3)
        world.exit("b", code: 0)
        #expect(world.log.last == "stop side")
        world.exit("side", code: 0)
        #expect(world.status() == .complete)
    }

    @Test func delaysComeBeforeTheSignal() {
        var world = World()
        let spec = task("a") { $0.shutdownDelay = .seconds(3) }
        world.give(allocation(tasks: [spec]) { $0.shutdownDelay = .seconds(10) })
        var stopped = allocation(tasks: [spec]) { $0.shutdownDelay = .seconds(10) }
        stopped.desiredStatus = .stop
        world.log = []
        world.give(stopped)
        world.advance(.milliseconds(9_999))
        #expect(world.events("a").last == "Started")
        world.advance(.milliseconds(2))
        #expect(world.events("a").suffix(2) == ["Killing", "Waiting for shutdown delay"])
        #expect(world.log.isEmpty)
        world.advance(.seconds(3))
        #expect(world.log == ["stop a", "teardown"])
    }

    @Test func noShutdownDelaySkipsBoth() {
        var world = World()
        let spec = task("a") { $0.shutdownDelay = .seconds(3) }
        world.give(allocation(tasks: [spec]) { $0.shutdownDelay = .seconds(10) })
        var stopped = allocation(tasks: [spec]) { $0.shutdownDelay = .seconds(10) }
        stopped.desiredStatus = .stop
        stopped.desiredTransition.noShutdownDelay = true
        world.give(stopped)
        #expect(world.log.suffix(2) == ["stop a", "teardown"])
    }

    @Test func runDurationExpires() {
        var world = World()
        world.give(
            allocation(tasks: [task("a"), task("z", hook: "poststop")]) { $0.maxRunDuration = .seconds(60) })
        world.advance(.seconds(59))
        #expect(world.status() == .running)
        world.advance(.seconds(2))
        #expect(world.status() == .complete)
        #expect(world.updates.last?.clientDescription == "allocation exceeded max_run_duration")
        #expect(!world.log.contains("start z"))
    }

    @Test func killWhileStartingCancelsTheStart() {
        var world = World()
        world.answersStarts = false
        world.give(allocation(tasks: [task("a")]))
        var stopped = allocation(tasks: [task("a")])
        stopped.desiredStatus = .stop
        world.give(stopped)
        #expect(world.log == ["build", "start a", "cancel a"])
        // The start came through all the same.
        world.started("a")
        #expect(world.log.suffix(2) == ["stop a", "teardown"])
        #expect(world.status() == .complete)
    }

    @Test func failedSetupFailsEveryTask() {
        var world = World()
        world.answersBuilds = false
        world.give(allocation(tasks: [task("a"), task("b")]))
        world.step(.built(allocationID(1), .failure(SetupFailure("no CNI plugins"))))
        #expect(world.status() == .failed)
        for name in ["a", "b"] {
            #expect(
                world.task(name)?.state.events.last?.displayMessage == "failed to setup alloc: no CNI plugins")
        }
        #expect(world.log == ["build", "teardown"])
    }

    @Test func stopIsTriedAgainAndGivenUp() {
        var world = World()
        world.answersStops = false
        world.give(allocation(tasks: [task("a")]))
        var stopped = allocation(tasks: [task("a")])
        stopped.desiredStatus = .stop
        world.give(stopped)
        let key = TaskKey(allocationID(1), "a")
        for delay: Int64 in [5, 20, 80, 120] {
            world.log = []
            world.step(
                .task(
                    key,
                    .stopFailed(attempt: world.attempts[key.allocation.text + key.task] ?? "", message: "no answer")))
            world.advance(.seconds(delay - 1))
            #expect(world.log.isEmpty)
            world.advance(.seconds(2))
            #expect(world.log == ["stop a"])
        }
        world.step(
            .task(key, .stopFailed(attempt: world.attempts[key.allocation.text + key.task] ?? "", message: "no answer"))
        )
        #expect(world.task("a")?.state.events.last?.details == ["kill_error": "no answer"])
        #expect(world.status() == .failed)
    }
}
