import Simulation
import Testing

@Suite struct SimulationTests {
    /// The first two dozen, and those that found something once.
    @Test(arguments: [UInt64](1...24) + [38, 145])
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

    @Test(arguments: PlantedFault.allCases)
    func thePlantedFaultIsFound(_ fault: PlantedFault) {
        let found = (1...12 as ClosedRange<UInt64>).contains {
            !Simulation(seed: $0, planted: fault).run().violations.isEmpty
        }
        #expect(found)
    }
}
