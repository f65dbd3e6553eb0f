import Base
import Simulation

extension Simulation.Outcome {
    var text: String {
        "seed \(seed) digest \(digestText) events \(events) entries \(entries) allocations \(allocations) "
            + "simulated \(time.text)"
    }
}

/// One run, told or made smaller.
struct SingleRun {
    let plan: RunPlan
    let arguments: Arguments

    /// - Returns: the exit code.
    func run() -> Int32 {
        let outcome = Simulation(plan).run(isTold: arguments.isTold && !arguments.shrinks)
        for line in outcome.story { say(line) }
        say(outcome.text)
        for violation in outcome.violations { say("  \(violation)") }
        guard let worst = outcome.violations.first else { return 0 }
        if arguments.shrinks { Self.shrink(plan, worst.rule) }
        return 1
    }

    /// Finds and tells the smallest story that breaks the same promise.
    static func shrink(_ plan: RunPlan, _ rule: Violation.Rule) {
        var shrinker = Shrinker(plan, rule: rule)
        shrinker.shrink()
        let outcome = Simulation(shrinker.plan).run(isTold: true)
        say("the smallest of \(shrinker.tries) stories that breaks \(rule.rawValue):")
        for line in outcome.story { say(line) }
        for violation in outcome.violations { say("  \(violation)") }
        say("repeat it with: caravan-sim \(shrinker.plan.arguments)")
    }
}

/// Runs with a fault of our own making, until the checker sees it.
struct PlantedRuns {
    let fault: PlantedFault
    let seeds: ClosedRange<UInt64>

    func run() -> Int32 {
        for seed in seeds {
            let outcome = Simulation(seed: seed, planted: fault).run()
            guard let first = outcome.violations.first else { continue }
            say(outcome.text)
            say("  \(first)")
            say("the planted fault \(fault.rawValue) was found with seed \(seed)")
            return 0
        }
        say("the planted fault \(fault.rawValue) was NOT found in seeds \(seeds.lowerBound) to \(seeds.upperBound)")
        return 1
    }
}

/// A share of many runs. Says `begin` before each, so that whoever reads knows which seed stopped the process.
struct WorkerProcess {
    let arguments: Arguments
    let number: Int
    let count: Int

    func run() {
        let seeds = arguments.seeds(default: 1)
        // The second time another process runs them, with other hash seeds.
        for round in 0..<2 as Range<UInt64> {
            for seed in seeds {
                let at = seed - seeds.lowerBound
                guard (at + round) % UInt64(count) == UInt64(number) else { continue }
                if round == 1, count == 1 || arguments.repeatEvery == 0 || at % arguments.repeatEvery != 0 { continue }
                say("begin \(seed)")
                let outcome = Simulation(seed: seed).run()
                for violation in outcome.violations { say("violation \(seed) \(violation)") }
                say("end \(seed) \(outcome.digestText) \(outcome.events) \(outcome.entries)")
            }
        }
    }
}
