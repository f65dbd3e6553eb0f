import Simulation
import Testing

@Suite struct SimulationTests {
    /// The first dozen, and those that found something once.
    @Test(
        arguments: [UInt64](1...12) + [
            18, 24, 139, 152, 162, 197, 273, 490, 501, 748, 769, 852, 926, 971, 2030, 2806,
        ])
    func aRandomRunKeepsItsPromises(_ seed: UInt64) {
        let outcome = Simulation(seed: seed).run()
        #expect(outcome.violations == [], "caravan-sim --seed \(seed) --story")
        #expect(outcome.events > 100)
    }

    @Test func theSameSeedIsTheSameRun() {
        let (first, second) = (Simulation(seed: 5).run(), Simulation(seed: 5).run())
        #expect(first.digest == second.digest)
        #expect(first.events == second.events)
        #expect(Simulation(seed: 6).run().digest != first.digest)
    }

    /// Telling a run doesn't change it.
    @Test func aToldRunIsTheSameRun() {
        let (silent, told) = (Simulation(seed: 3).run(), Simulation(seed: 3).run(isTold: true))
        #expect(silent.digest == told.digest)
        #expect(silent.story.isEmpty && !told.story.isEmpty)
    }

    /// Few seeds are enough for each.
    @Test(arguments: PlantedFault.allCases)
    func thePlantedFaultIsFound(_ fault: PlantedFault) {
        let found = (1...6 as ClosedRange<UInt64>).contains {
            !Simulation(seed: $0, planted: fault).run().violations.isEmpty
        }
        #expect(found)
    }

    @Test func aBadRunIsMadeSmaller() throws {
        let plan = RunPlan(seed: 1, planted: .overcommit)
        let whole = Simulation(plan).run(isTold: true)
        let rule = try #require(whole.violations.first?.rule)
        var shrinker = Shrinker(plan, rule: rule, triesMax: 60)
        shrinker.shrink()
        let small = Simulation(shrinker.plan).run(isTold: true)
        #expect(small.violations.first?.rule == rule)
        #expect(small.story.count < whole.story.count)
        #expect(shrinker.plan.arguments.hasPrefix("--seed 1 --planted overcommit --servers"))
    }
}
