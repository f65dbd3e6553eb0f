import AgentCore
import Base
import ControlPlane
import Model
import State

// MARK: - The server's life

extension World {
    mutating func startServer() {
        guard !server.isUp else { return }
        do {
            try server.start(seed: generator.next(), configuration: configuration)
        } catch {
            return checker.fail("the journal does not read back: \(error)")
        }
        tell("the server starts at \(server.committed.index)")
        checker.restarted(server)
        step(.lead)
    }

    mutating func crashServer() {
        guard server.isUp else { return }
        let kept = Int.random(in: 0...server.journal.unsyncedCount, using: &generator)
        checker.remember(server)
        tell("the server crashes; \(kept) of \(server.journal.unsyncedCount) unsynced entries stay")
        for (at, stream) in server.streams.sorted(by: { $0.key < $1.key }) { breakStream(at, stream.connection) }
        server.crash(keeping: kept)
        if planted == .forgetfulJournal { server.journal.forget(3) }
        if planted == .overcommit || planted == .doubledIndex { forge() }
    }

    /// Writes an allocation into the journal that no scheduler would have placed.
    private mutating func forge() {
        guard var state = try? server.journal.replay(),
            var forged = state.allAllocations.first(where: { !$0.isTerminal && !$0.job.job.kind.isPerNode })
        else { return }
        forged.id = AllocationID(using: &generator)
        if planted == .overcommit {
            for name in forged.resources.tasks.keys { forged.resources.tasks[name]?.cpuShares = 1_000_000 }
        }
        let entry = Entry(index: state.index + 1, time: state.time, cause: "Forged", changes: [.allocations([forged])])
        state.apply(entry)
        try? server.journal.append(entry)
        _ = server.journal.sync()
    }

    /// Tells the leader something and takes up what it wants done.
    mutating func step(_ input: Input) {
        guard var plane = server.plane else { return }
        server.plane = nil
        let effects = plane.step(input, now: now)
        server.plane = plane
        checker.examine(effects.entries, plane)
        for entry in effects.entries {
            trace.combine(entry.cause)
            if isTold { tell(Story.text(of: entry, server.committed)) }
            do {
                try server.journal.append(entry)
            } catch {
                checker.fail("entry \(entry.index) can't be written: \(error)")
            }
        }
        server.pending.append(contentsOf: effects.replies)
        if planted == .earlyAcknowledgement { deliverReplies(early: true) }
        if !effects.entries.isEmpty || !effects.replies.isEmpty { planSync() }
        if effects.hasMoreWork {
            planTick(now + TimeSpan(nanoseconds: 100_000))
        } else if let wake = effects.wakeAt {
            planTick(max(wake, now + TimeSpan(nanoseconds: 100_000)))
        }
    }

    private mutating func planTick(_ time: Instant) {
        if let at = server.tickAt, at <= time { return }
        server.tickAt = time
        events.add(.tick(life: server.life, at: time), at: time)
    }

    mutating func tick() {
        server.tickAt = nil
        if planted == .sleepingLeader, now > chaosEnds { return }
        step(.tick)
    }

    private mutating func planSync() {
        guard !server.isSyncPlanned else { return }
        server.isSyncPlanned = true
        later(random(TimeSpan(nanoseconds: 300_000), faults.syncMax), .sync(life: server.life))
    }

    /// Entries become durable: readers see them, answers go out, nodes hear their news.
    mutating func sync() {
        server.isSyncPlanned = false
        let sent = server.committed.index
        var touched: Set<AllocationID> = []
        var nodesOf: [AllocationID: NodeID] = [:]
        for entry in server.journal.sync() {
            for one in server.committed.apply(entry) {
                switch one {
                case .allocation(let id):
                    touched.insert(id)
                    nodesOf[id] = server.committed.allocation(id)?.nodeID
                case .removedAllocation(let id, let node):
                    touched.insert(id)
                    nodesOf[id] = node
                default: break
                }
            }
        }
        deliverReplies(early: false)
        guard server.committed.index > sent else { return }
        for (at, stream) in server.streams.sorted(by: { $0.key < $1.key }) {
            let ids = touched.filter { nodesOf[$0] == nodes[at].node.id }.sorted()
            guard let news = server.news(of: ids, since: stream.sent) else { continue }
            push(news, to: at)
        }
    }

    private mutating func deliverReplies(early: Bool) {
        let pending = server.pending
        server.pending = []
        for reply in pending {
            guard early || reply.after <= server.journal.durableIndex else {
                server.pending.append(reply)
                continue
            }
            guard let asker = server.askers.removeValue(forKey: reply.request) else { continue }
            switch asker {
            case .client(let text): answered(reply, text)
            case .node(let call): answer(call, reply.result)
            }
        }
    }

    private mutating func answered(_ reply: PendingReply, _ text: String) {
        replies[reply.request] = reply.result
        switch reply.result {
        case .success:
            trace.combine("done \(text)")
            tell("done: \(text)")
        case .failure(let error):
            trace.combine("refused \(text): \(error)")
            tell("refused: \(text): \(error)")
        }
        checker.acknowledged(reply.after, server.journal)
    }

    // MARK: - Calls of nodes

    mutating func arrive(_ call: NodeCall) {
        guard server.isUp else { return }
        switch call.request {
        case .register(let node): ask(.registerNode(node), call)
        case .heartbeat: ask(.heartbeat(call.id), call)
        case .report(let updates): ask(.updateAllocations(call.id, updates), call)
        case .watch(let connection): openStream(call, connection)
        case .status(let id):
            let status = server.committed.allocation(id)?.clientStatus
            send(.answer(node: call.node, life: call.life, number: call.number, .status(status)), from: call.node)
        }
    }

    private mutating func ask(_ command: Command, _ call: NodeCall) {
        let request = server.register(.node(call))
        step(.command(request, command))
    }

    private mutating func answer(_ call: NodeCall, _ result: Result<Reply, CommandError>) {
        let answer: NodeAnswer
        switch (result, call.request) {
        case (.failure(let error), _): answer = .refused(error)
        case (.success(let reply), .register), (.success(let reply), .heartbeat): answer = .granted(reply.heartbeatTTL)
        default: answer = .reported
        }
        send(.answer(node: call.node, life: call.life, number: call.number, answer), from: call.node)
    }

    // MARK: - Streams

    private mutating func openStream(_ call: NodeCall, _ connection: Int) {
        // A late request must not replace the stream that the node uses.
        guard nodes[call.node].life == call.life, nodes[call.node].connection == connection,
            server.streams[call.node]?.connection != connection
        else { return }
        server.streams[call.node] = SimulatedServer.Stream(connection: connection, sent: 0, arrival: now)
        push(server.desired(of: call.id), to: call.node)
    }

    private mutating func push(_ desired: DesiredAllocations, to at: Int) {
        guard var stream = server.streams[at] else { return }
        if nodes[at].isIsolated || chance(faults.cut, &generator) {
            server.streams[at] = nil
            return breakStream(at, stream.connection)
        }
        stream.sent = desired.index
        stream.arrival = max(stream.arrival, now + random(.milliseconds(1), faults.delayMax))
        server.streams[at] = stream
        events.add(
            .push(node: at, life: nodes[at].life, connection: stream.connection, desired), at: stream.arrival)
    }

    /// The machine notices after a while that nobody speaks to it any more.
    mutating func breakStream(_ at: Int, _ connection: Int) {
        later(
            random(.milliseconds(100), .seconds(3)),
            .streamBroke(node: at, life: nodes[at].life, connection: connection))
    }
}
