public import Base
import Model
import State

/// One random run: faults and wishes for a while, then peace, then rest.
public struct Simulation: Sendable {
    public struct Outcome: Sendable {
        public var seed: UInt64
        /// What went wrong; empty for a good run.
        public var violations: [Violation]
        /// Of everything that happened and of the final state: equal in every process.
        public var digest: UInt64
        public var events: Int
        public var entries: UInt64
        public var allocations: Int
        /// Simulated time.
        public var time: TimeSpan
        /// Entries, answers and faults in words, if wanted.
        public var story: [String]

        /// 16 hexadecimal digits.
        public var digestText: String {
            let digits = String(digest, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
    }

    public let plan: RunPlan

    public init(_ plan: RunPlan) { self.plan = plan }
    public init(seed: UInt64, planted: PlantedFault? = nil) { plan = RunPlan(seed: seed, planted: planted) }

    /// Runs it. - Parameter isTold: whether `Outcome.story` is wanted.
    public func run(isTold: Bool = false) -> Outcome {
        var world = plan.world(isTold: isTold)
        let start = world.now
        // Not at a full minute, when periodic jobs are launched.
        world.run(until: start + plan.trouble + .seconds(37))
        var violations = world.violations
        // As soon as everything rests, it is over.
        var unrest: [String] = []
        while violations.isEmpty, world.now < start + plan.trouble + RunPlan.peace {
            world.run(until: world.now + .seconds(30))
            violations = world.violations
            unrest = world.unrest()
            if unrest.isEmpty { break }
        }
        if violations.isEmpty { violations = unrest.map { Violation(rule: .rest, text: $0) } }
        let state = world.reader.committed
        var hash = world.trace
        hash.combine((try? state.digest()) ?? 0)
        return Outcome(
            seed: plan.seed, violations: violations, digest: hash.value, events: world.eventCount,
            entries: state.index, allocations: state.allocationCount, time: world.now - start,
            story: (isTold ? plan.text : []) + world.story)
    }
}
