import AgentCore
import Model
import Testing

@Suite struct StatusTests {
    static func state(_ word: String) -> TaskState {
        var state = TaskState()
        state.state = word == "failed" ? .dead : TaskPhase(rawValue: word) ?? .pending
        state.failed = word == "failed"
        return state
    }

    static let words = ["pending", "running", "dead", "failed"]

    /// Every combination of up to three tasks against the rule in words.
    @Test func everyCombination() {
        for a in Self.words {
            for b in Self.words {
                for c in Self.words {
                    let all = [a, b, c]
                    let (status, text) = AllocationStatus.derive(all.map(Self.state))
                    let expected: (ClientStatus, String) =
                        all.contains("failed")
                        ? (.failed, "Failed tasks")
                        : all.contains("running")
                            ? (.running, "Tasks are running")
                            : all.contains("pending")
                                ? (.pending, "No tasks have started") : (.complete, "All tasks have completed")
                    #expect(status == expected.0 && text == expected.1, "\(all)")
                }
            }
        }
    }

    @Test func expiredIsCompleteOnceAllIsDead() {
        #expect(AllocationStatus.derive([Self.state("failed")], expired: true).status == .complete)
        #expect(AllocationStatus.derive([Self.state("running")], expired: true).status == .running)
    }
}
