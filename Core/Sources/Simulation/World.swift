import AgentCore
public import Base
import ControlPlane
import Model
import State

/// A cluster in a fake world: servers with their log, machines, and what is under way between them.
public struct World: Sendable {
    enum Event: Sendable {
        case startServer(Int)
        case tick(server: Int, reign: Int, at: Instant)
        /// The server's own log file has synced a group.
        case synced(server: Int, reign: Int, flight: Int)
        case append(AppendRequest)
        case appended(server: Int, reign: Int, flight: Int, FakeLog.Outcome)
        /// No answer came in time.
        case appendLate(server: Int, reign: Int, flight: Int)
        /// A server reads on, renews its lease or wants to lead.
        case beat(server: Int, life: Int)
        case elected(server: Int, life: Int, term: Int, asked: Instant)
        case renewed(server: Int, reign: Int, asked: Instant)
        case news(server: Int, life: Int)

        case arrive(NodeCall, at: Int, isForwarded: Bool)
        case answer(node: Int, life: Int, number: Int, NodeAnswer)
        case push(node: Int, life: Int, connection: Int, DesiredAllocations)
        case streamBroke(node: Int, life: Int, connection: Int)
        case node(Int, life: Int, SimulatedNode.Event)
        case powerOn(Int)
        case startAgent(Int, life: Int)

        case heal([Network.Way])
        case strike(Int)
        case wish(Int, attempt: Int)
        /// Faults end.
        case calm
    }

    public internal(set) var now: Instant
    let begin: Instant
    var generator: SeededGenerator
    var events = EventQueue<Event>()
    var servers: [SimulatedServer]
    var log = FakeLog()
    var nodes: [SimulatedNode] = []
    var network = Network()
    var faults: Faults
    var configuration = ControlPlaneConfiguration()
    var checker = Checker()
    let planted: PlantedFault?
    /// Everything that happened, as a number: equal for equal runs.
    var trace = StableHash()
    public internal(set) var eventCount = 0
    /// Replies that clients got.
    var replies: [RequestID: Result<Reply, CommandError>] = [:]
    var isCalm = false
    /// What happened, in words; empty unless `isTold`.
    public internal(set) var story: [String] = []
    let isTold: Bool
    /// The stages of a job's way, when somebody follows it.
    var way: [String]?
    /// What strikes and what clients wish, in the order of time.
    var strikes: [Strike] = []
    var wishes: [Wish] = []

    /// An empty cluster whose servers start at once. One server has a log of its own, several share one.
    init(
        seed: UInt64, servers count: Int = 1, faults: Faults = Faults(), planted: PlantedFault? = nil,
        isTold: Bool = false
    ) {
        self.isTold = isTold
        begin = Instant(nanoseconds: 1_800_000_000_000_000_000)
        now = begin
        generator = SeededGenerator(seed: seed)
        self.faults = faults
        self.planted = planted
        servers = (0..<count).map { SimulatedServer(number: $0) }
        for at in servers.indices { events.add(.startServer(at), at: now) }
    }

    /// Broken promises that were seen so far.
    public var violations: [Violation] { checker.violations }

    /// The server with the newest durable state.
    var reader: SimulatedServer {
        servers.dropFirst().reduce(servers[0]) { $1.committed.index > $0.committed.index ? $1 : $0 }
    }

    /// Whether servers share a log over the network.
    var isReplicated: Bool { servers.count > 1 }

    /// Lets everything happen up to an instant.
    mutating func run(until end: Instant) {
        while let next = events.next, next <= end, checker.violations.isEmpty {
            guard let (time, event) = events.pop() else { break }
            now = max(now, time)
            eventCount += 1
            trace.combine(UInt64(bitPattern: now.nanoseconds))
            if !handleServer(event) { handle(event) }
        }
        now = max(now, end)
    }

    mutating func tell(_ text: String) {
        if isTold { story.append("\((now - begin).text) \(text)") }
    }

    mutating func later(_ span: TimeSpan, _ event: Event) { events.add(event, at: now + span) }

    func chance(_ probability: Double, _ generator: inout SeededGenerator) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &generator) < probability
    }

    mutating func random(_ least: TimeSpan, _ most: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: Int64.random(in: least.nanoseconds...max(least, most).nanoseconds, using: &generator))
    }

    private mutating func handle(_ event: Event) {
        switch event {
        case .answer(let at, let life, let number, let answer):
            guard nodes[at].life == life else { return }
            act(on: at) { $0.receive(answer, to: number, &$1) }
        case .push(let at, let life, let connection, let desired):
            guard nodes[at].life == life else { return }
            act(on: at) { $0.pushed(desired, on: connection, &$1) }
        case .streamBroke(let at, let life, let connection):
            guard nodes[at].life == life else { return }
            act(on: at) { node, _ in node.streamBroke(connection) }
        case .node(let at, let life, let event):
            if way != nil, case .started(let order) = event {
                note("driver on \(nodes[at].name): starts task \(order.key.task)")
            }
            // Processes end whatever became of the agent that started them.
            if case .exit = event {} else if nodes[at].life != life { return }
            act(on: at) { $0.handle(event, &$1) }
        case .powerOn(let at): if !nodes[at].isPowered, !nodes[at].isRetired { startAgent(at) }
        case .startAgent(let at, let life): if nodes[at].life == life, nodes[at].isPowered { startAgent(at) }
        case .heal(let ways): network.heal(ways)
        case .strike(let at): if !isCalm { strike(strikes[at]) }
        case .wish(let at, let attempt): act(on: wishes[at], attempt: attempt, number: at)
        case .calm: calm()
        default: break
        }
    }

    /// Lets a machine act and does what it asks for.
    mutating func act(
        on at: Int, _ body: (inout SimulatedNode, inout NodeWorld) -> SimulatedNode.Actions
    ) {
        trace.combine(UInt64(at))
        var world = NodeWorld(
            now: now + nodes[at].skew, servers: servers.count, faults: faults, generator: generator)
        let actions = body(&nodes[at], &world)
        generator = world.generator
        let life = nodes[at].life
        for (span, event) in actions.later { later(span, .node(at, life: life, event)) }
        for call in actions.calls {
            send(.arrive(call, at: call.server, isForwarded: false), .node(at), .server(call.server))
        }
    }

    mutating func startAgent(_ at: Int) {
        let seed = generator.next()
        act(on: at) { $0.start(seed: seed, world: &$1) }
    }

    /// Puts a message on the network.
    mutating func send(_ event: Event, _ from: Endpoint, _ to: Endpoint) {
        if network.isCut(from, to) || chance(faults.loss, &generator) { return }
        later(random(.milliseconds(1), faults.delayMax), event)
        if chance(faults.repetition, &generator) { later(random(.milliseconds(1), faults.delayMax), event) }
    }
}
