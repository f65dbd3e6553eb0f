import AgentCore
import Base
import ControlPlane
import Model
import State

// MARK: - A server's life

extension World {
    /// Handles what concerns servers; false for other events.
    mutating func handleServer(_ event: Event) -> Bool {
        switch event {
        case .startServer(let at): startServer(at)
        case .tick(let at, let reign, let time):
            if servers[at].reign == reign, servers[at].tickAt == time { tick(at) }
        case .synced(let at, let reign, let flight): if flies(at, reign, flight) { synced(at) }
        case .append(let request): append(request)
        case .appended(let at, let reign, let flight, let outcome):
            if flies(at, reign, flight) { appended(at, outcome) }
        case .appendLate(let at, let reign, let flight):
            if flies(at, reign, flight) { stepDown(at, "the log doesn't answer: what was sent may be in it or not") }
        case .beat(let at, let life): if servers[at].isUp, servers[at].life == life { beat(at) }
        case .elected(let at, let life, let term, let asked):
            if servers[at].isUp, servers[at].life == life { elected(at, term, asked: asked) }
        case .renewed(let at, let reign, let asked):
            if servers[at].reign == reign, servers[at].leads { servers[at].leaseEnds = asked + FakeLog.leaseTime }
        case .news(let at, let life):
            if servers[at].isUp, servers[at].life == life, !servers[at].leads { readLog(at) }
        case .arrive(let call, let at, let isForwarded): arrive(call, at, isForwarded: isForwarded)
        default: return false
        }
        return true
    }

    private func flies(_ at: Int, _ reign: Int, _ flight: Int) -> Bool {
        servers[at].reign == reign && servers[at].flight?.number == flight
    }

    /// The time that a server's clock shows.
    func clock(_ at: Int) -> Instant { now + servers[at].skew }

    mutating func startServer(_ at: Int) {
        guard !servers[at].isUp else { return }
        servers[at].isUp = true
        servers[at].life += 1
        servers[at].lastRead = clock(at)
        if let snapshot = servers[at].snapshot {
            do {
                servers[at].committed = try State(snapshot: snapshot.bytes)
            } catch {
                return checker.fail(.unreadable, "the snapshot at \(snapshot.index) does not read back: \(error)")
            }
        }
        if !isReplicated, log.recover() { tell("a torn record at the log's end is dropped") }
        tell("\(servers[at].name) starts at \(servers[at].committed.index)")
        later(.milliseconds(1), .beat(server: at, life: servers[at].life))
    }

    mutating func crashServer(_ at: Int, losingDisk: Bool = false) {
        guard servers[at].isUp else { return }
        checker.remember(servers[at].committed)
        tell("\(servers[at].name) crashes\(losingDisk ? " and loses its disk" : "")")
        if planted == .overcommit || planted == .doubledIndex {
            forge(servers[at].committed)
        } else if !isReplicated, let flight = servers[at].flight {
            leaveBehind(flight)
        }
        breakStreams(at)
        servers[at].crash()
        if losingDisk { servers[at].snapshot = nil }
        if planted == .forgetfulJournal { log.forget(3) }
    }

    /// Of a group that was being written, the first entries happen to be on disk, and a piece of the next.
    private mutating func leaveBehind(_ flight: SimulatedServer.Flight) {
        let kept = Int.random(in: 0...flight.bytes.count, using: &generator)
        for bytes in flight.bytes.prefix(kept) { log.store(bytes) }
        tell("of \(flight.bytes.count) unsynced entries \(kept) are on disk")
        guard kept < flight.bytes.count else { return }
        log.tear(flight.bytes[kept], at: Int.random(in: 0...flight.bytes[kept].count, using: &generator))
    }

    mutating func breakStreams(_ at: Int) {
        for (node, stream) in servers[at].streams.sorted(by: { $0.key < $1.key }) {
            breakStream(node, stream.connection)
        }
        servers[at].streams = [:]
    }

    /// Writes an allocation into the log that no scheduler would have placed.
    private mutating func forge(_ state: State) {
        guard state.index == log.end,
            var forged = state.allAllocations.first(where: { !$0.isTerminal && !$0.job.job.kind.isPerNode })
        else { return }
        forged.id = AllocationID(using: &generator)
        if planted == .overcommit {
            for name in forged.resources.tasks.keys { forged.resources.tasks[name]?.cpuShares = 1_000_000 }
        }
        let entry = Entry(index: state.index + 1, time: state.time, cause: "Forged", changes: [.allocations([forged])])
        if let bytes = try? entry.encoded() { log.store(bytes) }
    }
}

// MARK: - Leading

extension World {
    mutating func lead(_ at: Int, term: Int) {
        guard readLog(at), !servers[at].leads else { return }
        let seed = generator.next()
        servers[at].reign += 1
        servers[at].term = term
        servers[at].plane = ControlPlane(state: servers[at].committed, seed: seed, configuration: configuration)
        servers[at].knownLeader = at
        tell("\(servers[at].name) leads from \(servers[at].committed.index)")
        checker.leads(servers[at], log)
        step(at, .lead)
    }

    /// Leadership is given up, the head thrown away; the log tells what became of it.
    mutating func stepDown(_ at: Int, _ reason: String) {
        guard servers[at].leads else { return }
        tell("\(servers[at].name) steps down: \(reason)")
        trace.combine("down")
        if !isReplicated, let flight = servers[at].flight { leaveBehind(flight) }
        for asker in servers[at].abdicate() {
            if case .node(let call) = asker { refuse(call, at) }
        }
        if servers[at].knownLeader == at { servers[at].knownLeader = nil }
        if !isReplicated {
            _ = log.recover()
            later(.milliseconds(20), .beat(server: at, life: servers[at].life))
        }
    }

    /// Tells the leader something and takes up what it wants done.
    mutating func step(_ at: Int, _ input: Input) {
        guard var plane = servers[at].plane else { return }
        servers[at].plane = nil
        let before = plane.head
        let effects = plane.step(input, now: clock(at))
        servers[at].plane = plane
        checker.examine(effects.entries, plane, before: before)
        for entry in effects.entries {
            trace.combine(entry.cause)
            if way != nil {
                for reason in Way.reasons(of: entry) { note(reason) }
                note(Way.text(of: entry))
            }
            if isTold { tell(Story.text(of: entry, before)) }
        }
        servers[at].queue.append(contentsOf: effects.entries)
        servers[at].pending.append(contentsOf: effects.replies)
        if planted == .earlyAcknowledgement { deliverReplies(at, early: true) }
        takeOff(at)
        if servers[at].flight == nil { deliverReplies(at, early: false) }
        if effects.hasMoreWork {
            planTick(at, now + TimeSpan(nanoseconds: 100_000))
        } else if let wake = effects.wakeAt {
            planTick(at, max(wake - servers[at].skew, now + TimeSpan(nanoseconds: 100_000)))
        }
    }

    mutating func planTick(_ at: Int, _ time: Instant) {
        if let planned = servers[at].tickAt, planned <= time { return }
        servers[at].tickAt = time
        events.add(.tick(server: at, reign: servers[at].reign, at: time), at: time)
    }

    private mutating func tick(_ at: Int) {
        servers[at].tickAt = nil
        if planted == .sleepingLeader, isCalm { return }
        step(at, .tick)
    }

    mutating func deliverReplies(_ at: Int, early: Bool) {
        let pending = servers[at].pending
        servers[at].pending = []
        for reply in pending {
            guard early || reply.after <= servers[at].committed.index else {
                servers[at].pending.append(reply)
                continue
            }
            guard let asker = servers[at].askers.removeValue(forKey: reply.request) else { continue }
            switch asker {
            case .client(let text): answered(reply, text, at)
            case .node(let call): answer(call, reply.result, at)
            }
        }
    }

    private mutating func answered(_ reply: PendingReply, _ text: String, _ at: Int) {
        replies[reply.request] = reply.result
        switch reply.result {
        case .success:
            trace.combine("done")
            tell("done: \(text)")
            checker.acknowledged(reply.after, log)
        case .failure(let error):
            trace.combine("refused")
            tell("refused: \(text): \(error)")
        }
    }

    /// A client asks a leader for something; the answer is noted when it comes.
    @discardableResult
    mutating func ask(_ at: Int, _ command: Command, _ text: String) -> RequestID {
        let request = servers[at].register(.client(text))
        replies[request] = nil
        step(at, .command(request, command))
        return request
    }
}
