import AgentCore
import Base
import ControlPlane
import Model
import State

// MARK: - Calls of nodes

extension World {
    mutating func arrive(_ call: NodeCall, _ at: Int, isForwarded: Bool) {
        guard servers[at].isUp else { return }
        trace.combine(UInt64(call.number))
        if servers[at].leads {
            switch call.request {
            case .register(let node): ask(at, .registerNode(node), call)
            case .heartbeat: ask(at, .heartbeat(call.id), call)
            case .report(let updates):
                if way != nil {
                    note("report of \(nodes[call.node].name): " + updates.map(Way.text(of:)).joined(separator: ", "))
                }
                ask(at, .updateAllocations(call.id, updates), call)
            case .watch(let connection): openStream(call, connection, at)
            case .status(let id):
                let status = servers[at].committed.allocation(id)?.clientStatus
                answer(call, .status(status), at)
            }
            return
        }
        let isCurrent = clock(at) < servers[at].lastRead + SimulatedServer.patience
        guard !isForwarded, isCurrent, let leader = servers[at].knownLeader, leader != at else {
            return refuse(call, at)
        }
        // Every server has the state and can tell it; what needs the newest one, or changes it, is the leader's.
        if case .watch(let connection) = call.request { return openStream(call, connection, at) }
        send(.arrive(call, at: leader, isForwarded: true), .server(at), .server(leader))
    }

    private mutating func ask(_ at: Int, _ command: Command, _ call: NodeCall) {
        let request = servers[at].register(.node(call))
        step(at, .command(request, command))
    }

    mutating func answer(_ call: NodeCall, _ result: Result<Reply, CommandError>, _ at: Int) {
        switch (result, call.request) {
        case (.failure(let error), _): answer(call, .refused(error), at)
        case (.success(let reply), .register), (.success(let reply), .heartbeat):
            answer(call, .granted(reply.heartbeatTTL), at)
        default: answer(call, .reported, at)
        }
    }

    private mutating func answer(_ call: NodeCall, _ answer: NodeAnswer, _ at: Int) {
        send(.answer(node: call.node, life: call.life, number: call.number, answer), .server(at), .node(call.node))
    }

    mutating func refuse(_ call: NodeCall, _ at: Int) {
        answer(call, .refused(CommandError(500, "No cluster leader")), at)
    }
}

// MARK: - Streams

extension World {
    private mutating func openStream(_ call: NodeCall, _ connection: Int, _ at: Int) {
        // A late request must not replace the stream that the node uses.
        guard nodes[call.node].life == call.life, nodes[call.node].connection == connection,
            servers[at].streams[call.node]?.connection != connection
        else { return }
        servers[at].streams[call.node] = SimulatedServer.Stream(connection: connection, sent: 0, arrival: now)
        push(servers[at].desired(of: call.id), to: call.node, at)
    }

    /// What entries touched goes to the nodes that listen to this server.
    mutating func tellNodes(_ at: Int, _ touched: [Touched]) {
        guard !servers[at].streams.isEmpty else { return }
        var byNode: [NodeID: Set<AllocationID>] = [:]
        for one in touched {
            switch one {
            case .allocation(let id):
                guard let node = servers[at].committed.allocation(id)?.nodeID else { continue }
                byNode[node, default: []].insert(id)
            case .removedAllocation(let id, let node): byNode[node, default: []].insert(id)
            default: break
            }
        }
        guard !byNode.isEmpty else { return }
        for (node, stream) in servers[at].streams.sorted(by: { $0.key < $1.key }) {
            guard let ids = byNode[nodes[node].node.id],
                let news = servers[at].news(of: ids.sorted(), since: stream.sent)
            else { continue }
            push(news, to: node, at)
        }
    }

    private mutating func push(_ desired: DesiredAllocations, to node: Int, _ at: Int) {
        guard var stream = servers[at].streams[node] else { return }
        if network.isCut(.server(at), .node(node)) || chance(faults.cut, &generator) {
            servers[at].streams[node] = nil
            return breakStream(node, stream.connection)
        }
        if way != nil { note(Way.text(of: desired, to: nodes[node].name)) }
        stream.sent = desired.index
        stream.arrival = max(stream.arrival, now + random(.milliseconds(1), faults.delayMax))
        servers[at].streams[node] = stream
        events.add(
            .push(node: node, life: nodes[node].life, connection: stream.connection, desired), at: stream.arrival)
    }

    /// The machine notices after a while that nobody speaks to it any more.
    mutating func breakStream(_ node: Int, _ connection: Int) {
        later(
            random(.milliseconds(100), .seconds(3)),
            .streamBroke(node: node, life: nodes[node].life, connection: connection))
    }

    /// No server speaks to a machine any more.
    mutating func breakStreams(of node: Int) {
        for at in servers.indices {
            if let stream = servers[at].streams.removeValue(forKey: node) { breakStream(node, stream.connection) }
        }
    }
}
