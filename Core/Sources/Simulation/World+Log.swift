import AgentCore
import Base
import ControlPlane
import Model
import State

// MARK: - Into the log

extension World {
    static let appendTimeout = TimeSpan.seconds(3)

    /// Sends what is decided on its way, one group at a time.
    mutating func takeOff(_ at: Int) {
        let after = servers[at].queue.first.map { $0.index - 1 } ?? 0
        let flight: SimulatedServer.Flight?
        do {
            flight = try servers[at].takeOff()
        } catch {
            return checker.fail(.unreadable, "an entry after \(after) can't be written: \(error)")
        }
        guard let flight else { return }
        let reign = servers[at].reign
        let span = random(TimeSpan(nanoseconds: 300_000), faults.syncMax)
        guard isReplicated else { return later(span, .synced(server: at, reign: reign, flight: flight.number)) }
        let request = AppendRequest(
            server: at, reign: reign, flight: flight.number, term: servers[at].term, after: after, bytes: flight.bytes)
        if !chance(faults.journal, &generator) { later(span, .append(request)) }
        later(Self.appendTimeout, .appendLate(server: at, reign: reign, flight: flight.number))
    }

    /// The server's own file: the group is durable, or nobody knows.
    mutating func synced(_ at: Int) {
        guard let flight = servers[at].flight else { return }
        if chance(faults.journal, &generator) {
            return stepDown(at, "the disk failed: what was written may be there or not")
        }
        for bytes in flight.bytes { log.store(bytes) }
        appended(at, .stored)
    }

    /// A group reaches the log that servers share: one transaction, if the writer can reach a majority.
    mutating func append(_ request: AppendRequest) {
        guard reachesLog(request.server) else { return }
        let outcome = log.append(
            request.bytes, after: request.after, term: request.term, fenced: planted != .unfencedLog)
        trace.combine(log.end)
        if outcome == .stored {
            for at in servers.indices where at != request.server && servers[at].isUp {
                later(random(.milliseconds(1), faults.delayMax), .news(server: at, life: servers[at].life))
            }
        }
        // The answer may be lost: then the writer doesn't know.
        if chance(faults.journal, &generator) { return }
        later(
            random(.milliseconds(1), faults.delayMax),
            .appended(server: request.server, reign: request.reign, flight: request.flight, outcome))
    }

    /// Entries became durable: readers see them, answers go out, nodes hear their news.
    mutating func appended(_ at: Int, _ outcome: FakeLog.Outcome) {
        guard let flight = servers[at].flight else { return }
        guard outcome == .stored else { return stepDown(at, "another server has written") }
        servers[at].flight = nil
        note("log: durable up to \(flight.entries.last?.cause ?? "")")
        var touched: [Touched] = []
        for entry in flight.entries { touched.append(contentsOf: apply(entry, at)) }
        tellNodes(at, touched)
        saveSnapshot(at)
        takeOff(at)
        deliverReplies(at, early: false)
    }

    private mutating func apply(_ entry: Entry, _ at: Int) -> [Touched] {
        guard entry.index == servers[at].committed.index + 1 else {
            checker.fail(
                .order, "entry \(entry.index) comes after \(servers[at].committed.index) on \(servers[at].name)")
            return []
        }
        let touched = servers[at].committed.apply(entry)
        checker.committed(servers[at].committed)
        return touched
    }
}

// MARK: - Out of the log

extension World {
    /// Whether a server is in touch with a majority of servers, itself among them, both ways.
    func reachesLog(_ at: Int) -> Bool {
        let reached = servers.indices.count {
            $0 == at || servers[$0].isUp && network.isOpen(.server(at), .server($0))
        }
        return servers[at].isUp && 2 * reached > servers.count
    }

    /// Reads on to the log's end. False if it can't.
    @discardableResult
    mutating func readLog(_ at: Int) -> Bool {
        guard reachesLog(at) else { return false }
        if servers[at].committed.index < log.trimmed, !fetchSnapshot(at) { return false }
        var touched: [Touched] = []
        while servers[at].committed.index < log.end {
            let index = servers[at].committed.index + 1
            guard let bytes = log.entry(at: index) else {
                checker.fail(.unreadable, "entry \(index) is not in the log")
                return false
            }
            do {
                let entry = try Entry(encoded: bytes, following: servers[at].committed)
                touched.append(contentsOf: apply(entry, at))
                if !checker.violations.isEmpty { return false }
            } catch {
                checker.fail(.unreadable, "entry \(index) does not read back: \(error)")
                return false
            }
        }
        servers[at].lastRead = clock(at)
        tellNodes(at, touched)
        saveSnapshot(at)
        return true
    }

    /// A server that is too far behind takes another one's snapshot.
    private mutating func fetchSnapshot(_ at: Int) -> Bool {
        let peers = servers.indices.filter {
            servers[$0].isUp && $0 != at && network.isOpen(.server(at), .server($0))
                && (servers[$0].snapshot?.index ?? 0) >= log.trimmed
        }
        guard let peer = peers.first, let snapshot = servers[peer].snapshot else { return false }
        do {
            servers[at].committed = try State(snapshot: snapshot.bytes)
        } catch {
            checker.fail(.unreadable, "the snapshot at \(snapshot.index) does not read back: \(error)")
            return false
        }
        servers[at].snapshot = snapshot
        tell("\(servers[at].name) takes the snapshot of \(servers[peer].name) at \(snapshot.index)")
        // Streams speak of changes, which nobody knows now.
        breakStreams(at)
        return true
    }

    /// Writes a snapshot now and then; what a majority has in snapshots is trimmed from the log.
    private mutating func saveSnapshot(_ at: Int) {
        let index = servers[at].committed.index
        guard index >= (servers[at].snapshot?.index ?? 0) + SimulatedServer.snapshotEvery else { return }
        do {
            servers[at].snapshot = (index, try servers[at].committed.snapshot())
        } catch {
            return checker.fail(.unreadable, "the state at \(index) can't be written: \(error)")
        }
        let kept = servers.map { $0.snapshot?.index ?? 0 }.sorted(by: >)
        log.trim(to: kept[servers.count / 2])
    }
}

// MARK: - Who leads

extension World {
    mutating func beat(_ at: Int) {
        let life = servers[at].life
        guard isReplicated else {
            // The log is its own: nobody else can lead.
            if !servers[at].leads { lead(at, term: 0) }
            return
        }
        later(random(.milliseconds(1500), .milliseconds(2000)), .beat(server: at, life: life))
        if servers[at].leads {
            if clock(at) >= servers[at].leaseEnds { return stepDown(at, "its lease has ended") }
            let (term, asked, reign) = (servers[at].term, clock(at), servers[at].reign)
            guard reachesLog(at), !chance(faults.journal, &generator) else { return }
            guard log.renew(term, now: now) else { return stepDown(at, "its lease is gone") }
            return later(
                random(.milliseconds(1), faults.delayMax), .renewed(server: at, reign: reign, asked: asked))
        }
        guard readLog(at) else {
            // Whoever listens here hears old news; let it go elsewhere.
            if clock(at) > servers[at].lastRead + SimulatedServer.patience { breakStreams(at) }
            return
        }
        let holder = log.lease.flatMap { $0.ends > now ? $0.holder : nil }
        servers[at].knownLeader = holder
        guard holder == nil || holder == at, let lease = log.campaign(at, now: now) else { return }
        later(
            random(.milliseconds(1), faults.delayMax),
            .elected(server: at, life: life, term: lease.term, asked: clock(at)))
    }

    mutating func elected(_ at: Int, _ term: Int, asked: Instant) {
        // Too late: somebody else may have it by now; the log would refuse anyway.
        guard !servers[at].leads, clock(at) < asked + FakeLog.leaseTime else { return }
        servers[at].leaseEnds = asked + FakeLog.leaseTime
        lead(at, term: term)
    }
}
