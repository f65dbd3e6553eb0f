import Base
import Testing

@testable import NodeLink

struct PushPaceTests {
    /// So many nodes that always have news, each pushed to again when its pause is over: a second of pushes.
    private func pushes(nodes: Int) -> Int {
        let pace = PushPace()
        var due = [Instant](repeating: .zero, count: nodes)
        var count = 0
        for millisecond in 0..<6000 {
            let now = Instant.zero + .milliseconds(Int64(millisecond))
            for node in due.indices where due[node] <= now {
                if millisecond >= 5000 { count += 1 }
                due[node] = now + pace.pushed(at: now)
            }
        }
        return count
    }

    @Test func fewNodesHearAtOnce() {
        #expect(pushes(nodes: 3) >= 100)
    }

    @Test(arguments: [200, 1000]) func pushesStayNearTheAim(_ nodes: Int) {
        #expect(pushes(nodes: nodes) <= 2 * Int(PushPace.pushesPerSecond))
        #expect(pushes(nodes: nodes) >= Int(PushPace.pushesPerSecond) / 4)
    }
}
