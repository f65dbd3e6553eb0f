import AgentCore
public import Base
import ControlPlane
import Model
import State

/// A cluster in a fake world: one server, some machines, what is under way between them.
public struct World: Sendable {
    enum Event: Sendable {
        case tick(life: Int, at: Instant)
        case sync(life: Int)
        case startServer
        case arrive(NodeCall)
        case answer(node: Int, life: Int, number: Int, NodeAnswer)
        case push(node: Int, life: Int, connection: Int, DesiredAllocations)
        case streamBroke(node: Int, life: Int, connection: Int)
        case node(Int, life: Int, SimulatedNode.Event)
        case powerOn(Int)
        case startAgent(Int, life: Int)
        case heal(Int)
        /// Faults may strike; once a second.
        case chaos
        case client
    }

    public internal(set) var now: Instant
    let begin: Instant
    var generator: SeededGenerator
    var events = EventQueue<Event>()
    var server = SimulatedServer()
    var nodes: [SimulatedNode] = []
    var faults: Faults
    var configuration = ControlPlaneConfiguration()
    var checker = Checker()
    let planted: PlantedFault?
    /// Everything that happened, as a number: equal for equal runs.
    var trace = StableHash()
    public internal(set) var eventCount = 0
    /// Replies that clients got, newest last, when somebody listens.
    var replies: [RequestID: Result<Reply, CommandError>] = [:]
    var chaosEnds = Instant.zero
    /// What happened, in words; empty unless `isTold`.
    public internal(set) var story: [String] = []
    let isTold: Bool
    var workload: Workload?

    /// An empty cluster; the server starts at once.
    public init(seed: UInt64, faults: Faults = Faults(), planted: PlantedFault? = nil, isTold: Bool = false) {
        self.isTold = isTold
        begin = Instant(nanoseconds: 1_800_000_000_000_000_000)
        now = Instant(nanoseconds: 1_800_000_000_000_000_000)
        generator = SeededGenerator(seed: seed)
        self.faults = faults
        self.planted = planted
        events.add(.startServer, at: now)
    }

    /// Broken promises that were seen so far.
    public var violations: [String] { checker.violations }

    /// Lets everything happen up to an instant.
    mutating func run(until end: Instant) {
        while let next = events.next, next <= end, checker.violations.isEmpty {
            guard let (time, event) = events.pop() else { break }
            now = max(now, time)
            eventCount += 1
            handle(event)
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
        note(event)
        switch event {
        case .tick(let life, let at): if life == server.life, server.tickAt == at { tick() }
        case .sync(let life): if life == server.life { sync() }
        case .startServer: startServer()
        case .arrive(let call): arrive(call)
        case .answer(let at, let life, let number, let answer):
            guard nodes[at].life == life, !nodes[at].isIsolated else { return }
            inWorld {
                $0.receive(answer, to: number, &$1)
            } on: {
                at
            }
        case .push(let at, let life, let connection, let desired):
            guard nodes[at].life == life, !nodes[at].isIsolated else { return }
            inWorld {
                $0.pushed(desired, on: connection, &$1)
            } on: {
                at
            }
        case .streamBroke(let at, let life, let connection):
            guard nodes[at].life == life else { return }
            inWorld { node, _ in
                node.streamBroke(connection)
            } on: {
                at
            }
        case .node(let at, let life, let event):
            // Processes end whatever became of the agent that started them.
            if case .exit = event {} else if nodes[at].life != life { return }
            inWorld {
                $0.handle(event, &$1)
            } on: {
                at
            }
        case .powerOn(let at): if !nodes[at].isPowered { startAgent(at) }
        case .startAgent(let at, let life): if nodes[at].life == life, nodes[at].isPowered { startAgent(at) }
        case .heal(let at): nodes[at].isIsolated = false
        case .chaos: chaos()
        case .client: actAsClient()
        }
    }

    /// Lets a machine act and does what it asks for.
    mutating func inWorld(
        _ body: (inout SimulatedNode, inout NodeWorld) -> SimulatedNode.Actions, on node: () -> Int
    ) {
        let at = node()
        var world = NodeWorld(now: now, faults: faults, generator: generator)
        let actions = body(&nodes[at], &world)
        generator = world.generator
        let life = nodes[at].life
        for (span, event) in actions.later { later(span, .node(at, life: life, event)) }
        for call in actions.calls { send(.arrive(call), from: at) }
    }

    mutating func startAgent(_ at: Int) {
        let seed = generator.next()
        inWorld {
            $0.start(seed: seed, world: &$1)
        } on: {
            at
        }
    }

    /// Puts a message on the network between a machine and the server.
    mutating func send(_ event: Event, from at: Int) {
        if nodes[at].isIsolated || chance(faults.loss, &generator) { return }
        later(random(.milliseconds(1), faults.delayMax), event)
        if chance(faults.repetition, &generator) { later(random(.milliseconds(1), faults.delayMax), event) }
    }

    private mutating func note(_ event: Event) {
        trace.combine(UInt64(bitPattern: now.nanoseconds))
        switch event {
        case .tick: trace.combine("tick")
        case .sync: trace.combine("sync")
        case .startServer: trace.combine("start")
        case .arrive(let call): trace.combine("call \(call.node) \(call.number)")
        case .answer(let node, _, let number, _): trace.combine("answer \(node) \(number)")
        case .push(let node, _, let connection, _): trace.combine("push \(node) \(connection)")
        case .streamBroke(let node, _, _): trace.combine("broke \(node)")
        case .node(let node, _, _): trace.combine("node \(node)")
        case .powerOn(let node): trace.combine("on \(node)")
        case .startAgent(let node, _): trace.combine("agent \(node)")
        case .heal(let node): trace.combine("heal \(node)")
        case .chaos: trace.combine("chaos")
        case .client: trace.combine("client")
        }
    }
}
