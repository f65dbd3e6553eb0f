public import Base

/// What goes wrong in a run, and how often. All zero: a perfect world.
public struct Faults: Hashable, Sendable {
    /// Chances per message, 0 to 1.
    public var loss = 0.0
    public var repetition = 0.0
    /// Longest time a message is under way; different delays change the order.
    public var delayMax = TimeSpan.milliseconds(5)
    /// Chance per push that the connection breaks instead.
    public var cut = 0.0
    /// Longest time the journal takes to make entries durable.
    public var syncMax = TimeSpan.milliseconds(3)
    /// Chances per second of simulated time.
    public var serverCrash = 0.0
    public var nodeCrash = 0.0
    public var agentRestart = 0.0
    public var partition = 0.0
    /// Chance that a machine that crashed comes back with an empty disk.
    public var diskLoss = 0.0
    /// Chance that a driver fails to start or to stop a task.
    public var driver = 0.0
    /// Longest time a driver takes for anything.
    public var driverMax = TimeSpan.milliseconds(300)

    public init() {}

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
        faults.serverCrash = chance(0.02, &generator)
        faults.nodeCrash = chance(0.01, &generator)
        faults.agentRestart = chance(0.02, &generator)
        faults.partition = chance(0.01, &generator)
        faults.diskLoss = chance(0.5, &generator)
        faults.driver = chance(0.1, &generator)
        faults.driverMax = .milliseconds(Int64.random(in: 10...3000, using: &generator))
        return faults
    }
}

/// Faults of our own making, which the checker has to find: proof that it looks.
public enum PlantedFault: String, CaseIterable, Sendable {
    /// The journal acknowledges before it is durable.
    case earlyAcknowledgement = "early-acknowledgement"
    /// The journal forgets its last entries in a crash, durable or not.
    case forgetfulJournal = "forgetful-journal"
    /// Somebody writes an allocation into the journal that does not fit its node.
    case overcommit
    /// Somebody writes a second allocation with the same index into the journal.
    case doubledIndex = "doubled-index"
    /// The leader is not woken any more.
    case sleepingLeader = "sleeping-leader"
}
