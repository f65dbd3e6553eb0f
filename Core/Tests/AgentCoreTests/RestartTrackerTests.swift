import AgentCore
import Base
import Model
import Testing

@Suite struct RestartTrackerTests {
    struct Row: Sendable {
        var name: String
        var policy: RestartPolicy
        var restartsOnSuccess = true
        /// Seconds after the start, what happened, and what must come of it.
        var steps: [(Int64, RestartTracker.Cause, Expected)]
    }

    enum Expected: Sendable {
        case restart(seconds: ClosedRange<Double>, String)
        case fail(String)
        case finish
    }

    static let failing = RestartTracker.Cause.exited(success: false)
    static let rows: [Row] = [
        Row(
            name: "no attempts", policy: restartPolicy(attempts: 0),
            steps: [(0, failing, .fail("Policy allows no restarts"))]),
        Row(
            name: "no attempts, mode delay", policy: restartPolicy(attempts: 0, mode: "delay"),
            steps: [(0, failing, .fail("Policy allows no restarts"))]),
        Row(
            name: "a batch task that ends well", policy: restartPolicy(attempts: 3), restartsOnSuccess: false,
            steps: [(0, .exited(success: true), .finish)]),
        Row(
            name: "a batch task without restarts that ends well", policy: restartPolicy(attempts: 0),
            restartsOnSuccess: false, steps: [(0, .exited(success: true), .finish)]),
        Row(
            name: "a service that ends well counts like any", policy: restartPolicy(attempts: 1),
            steps: [
                (0, .exited(success: true), .restart(seconds: 1...1.25, "Restart within policy")),
                (
                    5, .exited(success: true),
                    .fail("Exceeded allowed attempts 1 in interval 10m0s and mode is \"fail\"")
                ),
            ]),
        Row(
            name: "window starts over", policy: restartPolicy(attempts: 1, interval: .seconds(10)),
            steps: [
                (0, failing, .restart(seconds: 1...1.25, "Restart within policy")),
                (11, failing, .restart(seconds: 1...1.25, "Restart within policy")),
                (12, failing, .fail("Exceeded allowed attempts 1 in interval 10s and mode is \"fail\"")),
            ]),
        Row(
            name: "mode delay waits for the window's end",
            policy: restartPolicy(attempts: 1, interval: .seconds(60), mode: "delay"),
            steps: [
                (0, failing, .restart(seconds: 1...1.25, "Restart within policy")),
                (20, failing, .restart(seconds: 40...40, "Exceeded allowed attempts, applying a delay")),
                (61, failing, .restart(seconds: 1...1.25, "Restart within policy")),
            ]),
        Row(
            name: "no delay, no jitter", policy: restartPolicy(attempts: 1, delay: .zero),
            steps: [(0, failing, .restart(seconds: 0...0, "Restart within policy"))]),
        Row(
            name: "start errors", policy: restartPolicy(attempts: 1),
            steps: [
                (0, .startFailed(recoverable: true), .restart(seconds: 1...1.25, "Restart within policy")),
                (1, .startFailed(recoverable: false), .fail("Error was unrecoverable")),
            ]),
        Row(
            name: "unhealthy counts", policy: restartPolicy(attempts: 1), restartsOnSuccess: false,
            steps: [
                (0, .unhealthy, .restart(seconds: 1...1.25, "Restart within policy")),
                (1, .unhealthy, .fail("Exceeded allowed attempts 1 in interval 10m0s and mode is \"fail\"")),
            ]),
    ]

    @Test(arguments: rows.indices) func decides(_ at: Int) {
        let row = Self.rows[at]
        var tracker = RestartTracker()
        var generator = SeededGenerator(seed: 7)
        for (seconds, cause, expected) in row.steps {
            let verdict = tracker.decide(
                cause, policy: row.policy, restartsOnSuccess: row.restartsOnSuccess, now: start + .seconds(seconds),
                using: &generator)
            switch (verdict, expected) {
            case (.restart(let delay, let reason), .restart(let range, let text)):
                #expect(range.contains(Double(delay.nanoseconds) / 1e9), "\(row.name) at \(seconds)")
                #expect(reason == text, "\(row.name) at \(seconds)")
            case (.fail(let reason), .fail(let text)): #expect(reason == text, "\(row.name) at \(seconds)")
            case (.finish, .finish): break
            default: Issue.record("\(row.name) at \(seconds): \(verdict) instead of \(expected)")
            }
        }
    }

    @Test func jitterStaysBelowAQuarterAndVaries() {
        var generator = SeededGenerator(seed: 3)
        var delays: Set<Int64> = []
        for _ in 0..<500 {
            var tracker = RestartTracker()
            guard
                case .restart(let delay, _) = tracker.decide(
                    Self.failing, policy: restartPolicy(attempts: 1, delay: .seconds(4)), restartsOnSuccess: true,
                    now: start, using: &generator)
            else {
                Issue.record("no restart")
                return
            }
            #expect(delay >= .seconds(4) && delay < .seconds(5))
            delays.insert(delay.nanoseconds)
        }
        #expect(delays.count > 400)
    }
}
