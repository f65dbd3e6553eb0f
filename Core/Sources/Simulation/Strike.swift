import Base

/// One blow of bad luck at a certain time. Numbers name machines and servers, modulo how many there are.
struct Strike: Hashable, Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case leaderCrash, serverCrash, serverDisk, serverCut
        case nodeCrash, nodeDisk, nodeCut, oneWay, agentRestart
        case clockJump, processCrash, driverForgets
        case nodeJoins, nodeLeaves
    }

    /// Since the run began.
    var time: TimeSpan
    var kind: Kind
    var target: Int
    /// How long it lasts, or how far a clock jumps.
    var span: TimeSpan
    /// A small choice: which way is cut, whether a clock goes back.
    var choice: Int

    /// The blows of a run: of some kinds only, as the seed says.
    static func plan(until end: TimeSpan, by generator: inout SeededGenerator) -> [Strike] {
        let armed = Kind.allCases.filter { _ in Int.random(in: 0..<5, using: &generator) < 2 }
        guard !armed.isEmpty else { return [] }
        let count = Int.random(in: 0...20, using: &generator)
        return (0..<count).map { _ in
            let kind = armed.randomElement(using: &generator) ?? .nodeCrash
            let longest: Int64 = [.serverCrash, .leaderCrash, .agentRestart].contains(kind) ? 40_000 : 150_000
            return Strike(
                time: .milliseconds(Int64.random(in: 1000...end.nanoseconds / 1_000_000, using: &generator)),
                kind: kind, target: Int.random(in: 0..<60, using: &generator),
                span: .milliseconds(Int64.random(in: 100...longest, using: &generator)),
                choice: Int.random(in: 0..<12, using: &generator))
        }.sorted { $0.time < $1.time }
    }

    var text: String { "\(kind.rawValue) \(target) for \(span.text) at \(time.text)" }
}

extension World {
    mutating func strike(_ strike: Strike) {
        trace.combine(strike.kind.rawValue)
        switch strike.kind {
        case .leaderCrash, .serverCrash, .serverDisk: strikeServer(strike)
        case .serverCut: cutServer(strike.target % servers.count, strike)
        case .clockJump: jump(strike)
        case .nodeJoins: if nodes.count < 8 { addMachine() }
        default: if !nodes.isEmpty { strikeNode(strike.target % nodes.count, strike) }
        }
    }

    private mutating func strikeServer(_ strike: Strike) {
        var at = strike.target % servers.count
        if strike.kind == .leaderCrash { at = servers.firstIndex(where: \.leads) ?? at }
        guard servers[at].isUp else { return }
        // Snapshots are trimmed by majority: whoever loses its disk leaves a majority of the others with theirs.
        let others = servers.indices.filter {
            $0 != at && servers[$0].isUp && (servers[$0].snapshot?.index ?? 0) >= log.trimmed
        }
        let losesDisk = strike.kind == .serverDisk && 2 * others.count > servers.count
        crashServer(at, losingDisk: losesDisk)
        later(strike.span, .startServer(at))
    }

    private mutating func cutServer(_ at: Int, _ strike: Strike) {
        guard isReplicated else { return }
        let peers = servers.indices.filter { $0 != at }.map { Endpoint.server($0) }
        var ways: [Network.Way] = []
        for peer in peers {
            if strike.choice % 3 != 0 { ways.append(.init(from: .server(at), to: peer)) }
            if strike.choice % 3 != 1 { ways.append(.init(from: peer, to: .server(at))) }
        }
        tell("\(servers[at].name) is cut from the other servers")
        cut(ways, for: strike.span)
    }

    mutating func cut(_ ways: [Network.Way], for span: TimeSpan?) {
        network.cut(ways)
        if let span { later(span, .heal(ways)) }
    }

    private mutating func jump(_ strike: Strike) {
        let limit = TimeSpan.seconds(90)
        let size = min(strike.span, limit)
        let way = strike.choice % 2 == 0 ? size : TimeSpan.zero - size
        if strike.choice % 3 == 0 || nodes.isEmpty {
            setClock(ofServer: strike.target % servers.count, to: way)
        } else {
            setClock(ofNode: strike.target % nodes.count, to: way)
        }
    }

    mutating func setClock(ofServer at: Int, to skew: TimeSpan) {
        tell("the clock of \(servers[at].name) is \(skew.text) ahead now")
        servers[at].skew = skew
        if servers[at].leads { planTick(at, now + .milliseconds(1)) }
    }

    mutating func setClock(ofNode at: Int, to skew: TimeSpan) {
        tell("the clock of \(nodes[at].name) is \(skew.text) ahead now")
        nodes[at].skew = skew
        let life = nodes[at].life
        later(.milliseconds(1), .node(at, life: life, .wake))
    }

    private mutating func strikeNode(_ at: Int, _ strike: Strike) {
        guard nodes[at].isPowered else { return }
        switch strike.kind {
        case .nodeCrash, .nodeDisk:
            crashMachine(at, losingDisk: strike.kind == .nodeDisk)
            later(strike.span, .powerOn(at))
        case .nodeCut: isolate(at, for: strike.span)
        case .oneWay: cutOneWay(at, strike)
        case .agentRestart:
            guard nodes[at].machine != nil else { return }
            stopAgent(at)
            later(strike.span, .startAgent(at, life: nodes[at].life))
        case .processCrash:
            let running = nodes[at].driver.running
            guard !running.isEmpty else { return }
            let attempt = running[strike.choice % running.count].attempt
            tell("a process of \(nodes[at].name) crashes")
            later(.milliseconds(1), .node(at, life: nodes[at].life, .exit(attempt: attempt, code: 1, signal: 9)))
        case .driverForgets:
            tell("the driver of \(nodes[at].name) forgets")
            nodes[at].driver.clear()
            // Its agent finds out when it asks again.
            stopAgent(at)
            later(min(strike.span, .seconds(20)), .startAgent(at, life: nodes[at].life))
        case .nodeLeaves: if nodes.count(where: { !$0.isRetired }) > 2 { retire(at) }
        default: break
        }
    }

    private mutating func cutOneWay(_ at: Int, _ strike: Strike) {
        let ways = servers.indices.map {
            strike.choice % 2 == 0
                ? Network.Way(from: .node(at), to: .server($0)) : Network.Way(from: .server($0), to: .node(at))
        }
        tell("\(nodes[at].name) \(strike.choice % 2 == 0 ? "is not heard" : "hears nothing")")
        cut(ways, for: strike.span)
    }
}
