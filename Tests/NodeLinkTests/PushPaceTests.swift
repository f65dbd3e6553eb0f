import Base
import Testing

@testable import NodeLink

struct PushPaceTests {
    /// So many nodes that always have news, each pushed to again when its pause is over: the pushes of a second, as a
    /// mean over twenty, because nodes that keep step are all pushed to at once.
    private func pushes(nodes: Int) -> Int {
        let pace = PushPace()
        var due = [Instant](repeating: .zero, count: nodes)
        var count = 0
        for millisecond in 0..<40_000 {
            let now = Instant.zero + .milliseconds(Int64(millisecond))
            for node in due.indices where due[node] <= now {
                if millisecond >= 20_000 { count += 1 }
                due[node] = now + pace.pushed(at: now)
            }
        }
        return count / 20
    }

    @Test func fewNodesHearAtOnce() {
        #expect(pushes(nodes: 3) >= 100)
    }

    @Test(arguments: [200, 1000]) func pushesStayNearTheAim(_ nodes: Int) {
        #expect(pushes(nodes: nodes) <= 2 * Int(PushPace.pushesPerSecond))
        #expect(pushes(nodes: nodes) >= Int(PushPace.pushesPerSecond) / 4)
    }

    /// Pauses have grown in a storm; once it is over, the first push finds them short again.
    @Test func aStormIsForgotten() {
        let pace = PushPace()
        var now = Instant.zero
        for _ in 0..<5000 {
            now = now + .milliseconds(1)
            _ = pace.pushed(at: now)
        }
        #expect(pace.pushed(at: now) > .milliseconds(1000))
        #expect(pace.pushed(at: now + .seconds(30)) == PushPace.pauseMin)
    }
}
