import Base
import Model

/// Everything that is decided about a run before it begins. All of it follows from the seed; leaving parts out
/// leaves the others as they are, so that a bad run can be made smaller.
public struct RunPlan: Sendable {
    public let seed: UInt64
    public let planted: PlantedFault?
    var servers: Int
    /// CPU of each machine in MHz.
    var machines: [Int]
    var faults: Faults
    var leftOut: Set<Faults.Kind> = []
    /// With their numbers in the whole plan.
    var strikes: [(number: Int, strike: Strike)]
    var wishes: [(number: Int, wish: Wish)]
    /// How long faults strike and clients wish.
    var trouble = TimeSpan.minutes(6)
    /// How long everything has to come to rest.
    static let peace = TimeSpan.minutes(40)

    private let worldSeed: UInt64
    private var isWhole = true

    public init(seed: UInt64, planted: PlantedFault? = nil) {
        self.seed = seed
        self.planted = planted
        var generator = SeededGenerator(seed: seed)
        worldSeed = generator.next()
        servers = [1, 1, 3, 3, 3, 5].randomElement(using: &generator) ?? 1
        machines = (0..<Int.random(in: 2...5, using: &generator)).map { _ in
            [1500, 2500, 4000].randomElement(using: &generator) ?? 4000
        }
        faults = Faults.armed(by: &generator)
        strikes = Strike.plan(until: trouble, by: &generator).enumerated().map { ($0.offset, $0.element) }
        wishes = Wish.plan(until: trouble, by: &generator).enumerated().map { ($0.offset, $0.element) }
        if let planted { plant(planted, &generator) }
    }

    /// What a planted fault needs in order to do harm.
    private mutating func plant(_ planted: PlantedFault, _ generator: inout SeededGenerator) {
        let isOwnLog = planted != .unfencedLog
        servers = isOwnLog ? 1 : 3
        if planted == .earlyAcknowledgement { faults.syncMax = .milliseconds(800) }
        if planted == .sleepingLeader { return }
        let kind = isOwnLog ? Strike.Kind.leaderCrash : .serverCut
        let first = strikes.count
        for number in 0..<8 {
            let strike = Strike(
                time: .seconds(Int64.random(in: 30...350, using: &generator)), kind: kind, target: number,
                span: .seconds(10), choice: 1)
            strikes.append((first + number, strike))
        }
    }

    func world(isTold: Bool) -> World {
        var world = World(seed: worldSeed, servers: servers, faults: armed, planted: planted, isTold: isTold)
        for (at, cpu) in machines.enumerated() {
            world.addMachine { node in
                node.nodeResources.cpu.cpuShares = cpu
                node.nodeClass = cpu > 2000 ? "big" : "small"
                if at % 2 == 0 { World.equip(&node) }
            }
        }
        world.strikes = strikes.map(\.strike)
        world.wishes = wishes.map(\.wish)
        for (at, strike) in strikes.enumerated() { world.later(strike.strike.time, .strike(at)) }
        for (at, wish) in wishes.enumerated() { world.later(wish.wish.time, .wish(at, attempt: 0)) }
        world.later(trouble, .calm)
        return world
    }

    private var armed: Faults {
        var faults = faults
        for kind in leftOut { faults.leaveOut(kind) }
        return faults
    }

    // MARK: - Less of it

    public mutating func keep(strikes numbers: [Int]) {
        strikes = strikes.filter { numbers.contains($0.number) }
        isWhole = false
    }

    public mutating func keep(wishes numbers: [Int]) {
        wishes = wishes.filter { numbers.contains($0.number) }
        isWhole = false
    }

    public mutating func keep(servers count: Int) {
        servers = count
        isWhole = false
    }

    public mutating func keep(machines count: Int) {
        machines = Array(machines.prefix(count))
        isWhole = false
    }

    /// - Returns: false when there is no such kind of fault.
    public mutating func leaveOut(fault name: String) -> Bool {
        guard let kind = Faults.Kind(rawValue: name) else { return false }
        leftOut.insert(kind)
        isWhole = false
        return true
    }

    /// The arguments of `caravan-sim` that repeat this very run.
    public var arguments: String {
        var words = ["--seed \(seed)"]
        if let planted { words.append("--planted \(planted.rawValue)") }
        guard !isWhole else { return words.joined(separator: " ") }
        words.append("--servers \(servers) --machines \(machines.count)")
        words.append("--strikes " + Self.list(strikes.map(\.number)))
        words.append("--wishes " + Self.list(wishes.map(\.number)))
        if !leftOut.isEmpty { words.append("--without " + leftOut.map(\.rawValue).sorted().joined(separator: ",")) }
        return words.joined(separator: " ")
    }

    private static func list(_ numbers: [Int]) -> String {
        numbers.isEmpty ? "none" : numbers.map { "\($0)" }.joined(separator: ",")
    }

    /// What is planned, in words.
    public var text: [String] {
        ["\(servers) servers, machines with \(machines.map { "\($0)" }.joined(separator: ", ")) MHz"]
            + strikes.map { "strike \($0.number): \($0.strike.text)" }
    }
}
