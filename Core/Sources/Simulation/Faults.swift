import Base

/// What goes wrong all the time, and how often. All zero: a perfect world.
struct Faults: Hashable, Sendable {
    /// Chances per message, 0 to 1.
    var loss = 0.0
    var repetition = 0.0
    /// Longest time a message is under way; different delays change the order.
    var delayMax = TimeSpan.milliseconds(5)
    /// Chance per push that the connection breaks instead.
    var cut = 0.0
    /// Longest time the log takes to make entries durable.
    var syncMax = TimeSpan.milliseconds(3)
    /// Chance per append that nobody learns whether it happened.
    var journal = 0.0
    /// Chance that a driver fails to start or to stop a task.
    var driver = 0.0
    /// Longest time a driver takes for anything.
    var driverMax = TimeSpan.milliseconds(300)

    /// Kinds that can be left out of a run.
    enum Kind: String, CaseIterable, Sendable {
        case loss, repetition, delay, cut, sync, journal, driver, slowness
    }

    mutating func leaveOut(_ kind: Kind) {
        switch kind {
        case .loss: loss = 0
        case .repetition: repetition = 0
        case .delay: delayMax = Faults().delayMax
        case .cut: cut = 0
        case .sync: syncMax = Faults().syncMax
        case .journal: journal = 0
        case .driver: driver = 0
        case .slowness: driverMax = Faults().driverMax
        }
    }

    /// Arms each fault or not, as the seed says.
    static func armed(by generator: inout SeededGenerator) -> Faults {
        var faults = Faults()
        func chance(_ most: Double, _ generator: inout SeededGenerator) -> Double {
            Bool.random(using: &generator) ? Double.random(in: 0...most, using: &generator) : 0
        }
        faults.loss = chance(0.2, &generator)
        faults.repetition = chance(0.2, &generator)
        faults.cut = chance(0.1, &generator)
        faults.delayMax = .milliseconds(
            Int64.random(in: 2...(Bool.random(using: &generator) ? 20 : 4000), using: &generator))
        faults.syncMax = .milliseconds(
            Int64.random(in: 1...(Bool.random(using: &generator) ? 5 : 500), using: &generator))
        // Sometimes the log takes longer than its writer waits.
        if Int.random(in: 0..<8, using: &generator) == 0 { faults.syncMax = .seconds(4) }
        faults.journal = chance(0.03, &generator)
        faults.driver = chance(0.1, &generator)
        faults.driverMax = .milliseconds(Int64.random(in: 10...3000, using: &generator))
        return faults
    }
}

/// Faults of our own making, which the checker has to find: proof that it looks.
public enum PlantedFault: String, CaseIterable, Sendable {
    /// The leader answers before its entries are durable.
    case earlyAcknowledgement = "early-acknowledgement"
    /// The log forgets its last entries in a crash, durable or not.
    case forgetfulJournal = "forgetful-journal"
    /// The log takes what a server sends that lost its lease.
    case unfencedLog = "unfenced-log"
    /// Somebody writes an allocation into the log that does not fit its node.
    case overcommit
    /// Somebody writes a second allocation with the same index into the log.
    case doubledIndex = "doubled-index"
    /// The leader is not woken any more.
    case sleepingLeader = "sleeping-leader"
}
