import Base
import Model

/// What a step of an allocation and its tasks works with: the time, randomness, the allocation's settings,
/// and the effects that are collected.
public struct StepContext {
    let now: Instant
    var generator: SeededGenerator
    var effects: AgentEffects
    var jobType = JobType.service
    var groupRestart = RestartPolicy()
    /// The node's `max_kill_timeout`.
    var killTimeoutMax: TimeSpan
    var skipsShutdownDelay = false
    /// Whether the servers have spoken since the agent started.
    var serversKnown = false

    /// Takes over the settings of the allocation that is stepped.
    mutating func take(_ allocation: Allocation) {
        jobType = allocation.job.job.kind
        groupRestart = allocation.group?.restartPolicy ?? RestartPolicy()
        skipsShutdownDelay = allocation.desiredTransition.noShutdownDelay ?? false
    }

    func killTimeout(_ spec: TaskSpec) -> TimeSpan { min(spec.killTimeout, killTimeoutMax) }
    func restartPolicy(_ spec: TaskSpec) -> RestartPolicy { spec.restartPolicy ?? groupRestart }

    mutating func hexadecimal8() -> String {
        let digits = String(generator.next() & 0xFFFF_FFFF, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }
}
