public import Base
import Model
import State

/// One random run: faults and wishes for a while, then peace, then rest.
public struct Simulation: Sendable {
    public struct Outcome: Sendable {
        public var seed: UInt64
        /// What went wrong; empty for a good run.
        public var violations: [String]
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

    public let seed: UInt64
    public let planted: PlantedFault?
    /// How long faults strike and clients wish.
    public var trouble = TimeSpan.minutes(6)
    /// How long everything has to come to rest.
    public var peace = TimeSpan.minutes(20)

    public init(seed: UInt64, planted: PlantedFault? = nil) {
        self.seed = seed
        self.planted = planted
    }

    /// Runs it. - Parameter isTold: whether `Outcome.story` is wanted.
    public func run(isTold: Bool = false) -> Outcome {
        var generator = SeededGenerator(seed: seed)
        var faults = Faults.armed(by: &generator)
        if planted != nil { faults.serverCrash = 0.05 }
        if planted == .earlyAcknowledgement { faults.syncMax = .milliseconds(800) }
        var world = World(seed: generator.next(), faults: faults, planted: planted, isTold: isTold)
        let start = world.now
        let machines = Int.random(in: 2...5, using: &generator)
        for _ in 0..<machines {
            let cpu = [1500, 2500, 4000].randomElement(using: &generator) ?? 4000
            world.addMachine { $0.nodeResources.cpu.cpuShares = cpu }
        }
        world.workload = Workload(
            left: Int.random(in: 10...60, using: &generator),
            pauseMax: .milliseconds(Int64.random(in: 100...12_000, using: &generator)))
        world.chaosEnds = start + trouble
        world.later(.seconds(1), .chaos)
        world.later(.seconds(2), .client)
        world.run(until: start + trouble + peace)
        var violations = world.violations
        if violations.isEmpty { violations = world.unrest().map { "at rest: " + $0 } }
        var hash = world.trace
        hash.combine((try? world.server.committed.digest()) ?? 0)
        return Outcome(
            seed: seed, violations: violations, digest: hash.value, events: world.eventCount,
            entries: world.server.committed.index, allocations: world.server.committed.allocationCount,
            time: world.now - start, story: world.story)
    }
}
