import Base
import Model
import State

// MARK: - Registration and heartbeats

extension ControlPlane {
    mutating func registerNode(_ registered: Node) throws(CommandError) -> Reply {
        guard !registered.id.isZero else { throw CommandError(400, "missing node ID for client registration") }
        guard !registered.name.isEmpty else { throw CommandError(400, "missing node name for client registration") }
        var node = registered
        node.computeClass()
        let old = head.node(node.id)
        if let old {
            guard old.secretID == node.secretID else {
                throw CommandError(403, "node secret ID does not match. Not registering node.")
            }
            keepServerSide(of: old, in: &node)
        }
        if node.status != .initializing { node.status = .ready }
        // An agent that registers again without having been missed goes on working.
        if old?.status == .ready { node.status = .ready }
        if old == nil { node.record(event("Node registered")) }
        if let old, old.status != node.status { node.record(event("Node re-registered")) }
        if old?.status != node.status { node.statusUpdatedAt = now.seconds }
        var reply = Reply()
        if node != old {
            let wakes = node.isReady != (old?.isReady ?? false) || old.map { isNews(node, $0) } ?? false
            let evaluations = wakes ? nodeEvaluations(node) : []
            let changes: [Change] = [.node(node)] + (evaluations.isEmpty ? [] : [.evaluations(evaluations)])
            reply.index = commit("NodeRegistration", changes)
            reply.evaluations = evaluations.map(\.id)
            reply.evaluationIndex = evaluations.isEmpty ? 0 : reply.index
        }
        reply.nodeModifyIndex = head.node(node.id)?.modifyIndex ?? 0
        reply.heartbeatTTL = expectHeartbeat(of: node.id)
        return reply
    }

    /// What operators and servers decided outlives a new description of the node by itself.
    private func keepServerSide(of old: Node, in node: inout Node) {
        node.drainStrategy = old.drainStrategy
        node.schedulingEligibility = old.schedulingEligibility
        node.lastDrain = old.lastDrain
        node.events = old.events
        node.statusUpdatedAt = old.statusUpdatedAt
        (node.createIndex, node.modifyIndex) = (old.createIndex, old.modifyIndex)
    }

    private func isNews(_ node: Node, _ old: Node) -> Bool {
        node.computedClass != old.computedClass || node.nodeResources != old.nodeResources
            || node.reservedResources != old.reservedResources || node.attributes != old.attributes
            || node.hostVolumes != old.hostVolumes || !node.hasSamePlugins(as: old)
    }

    /// The node lives. Only a change of its status is written down.
    mutating func heartbeat(_ id: NodeID) throws(CommandError) -> Reply {
        guard var node = head.node(id) else { throw CommandError(404, "node not found") }
        var reply = Reply()
        if node.status != .ready {
            if node.status != .initializing { node.record(event("Node reregistered by heartbeat")) }
            let evaluations = setStatus(.ready, of: node)
            reply.index = head.index
            reply.evaluations = evaluations
        }
        reply.nodeModifyIndex = head.node(id)?.modifyIndex ?? 0
        reply.heartbeatTTL = expectHeartbeat(of: id)
        return reply
    }

    /// Starts the node's time anew and returns when it should beat again.
    private mutating func expectHeartbeat(of id: NodeID) -> TimeSpan {
        let rate = Int64(max(1, configuration.heartbeatsPerSecondMax))
        let shared = TimeSpan(nanoseconds: Int64(head.nodeCount) * 1_000_000_000 / rate)
        let least = max(configuration.heartbeatTTLMin, shared)
        let stagger = Int64.random(in: 0...max(0, least.nanoseconds), using: &generator)
        let span = least + TimeSpan(nanoseconds: stagger)
        heartbeats.set(id, at: now + span + configuration.heartbeatGrace)
        return span
    }

    mutating func expireHeartbeats() {
        while let (id, _) = heartbeats.pop(at: now) {
            guard var node = head.node(id), node.status != .down else { continue }
            if node.status != .disconnected { node.record(event("Node heartbeat missed")) }
            if node.status != .disconnected, let patience = patience(of: node) {
                _ = setStatus(.disconnected, of: node)
                heartbeats.set(id, at: now + patience)
            } else {
                _ = setStatus(.down, of: node)
            }
        }
    }

    /// How long running allocations of the node may be out of reach; nil when none may.
    private func patience(of node: Node) -> TimeSpan? {
        head.allocations(onNode: node.id)
            .filter { $0.clientStatus == .running && $0.desiredStatus == .run }
            .compactMap { $0.group?.disconnect?.lostAfter ?? $0.group?.maxClientDisconnect }
            .filter { $0 > .zero }.max()
    }

    /// Writes a node with a new status and evaluates its jobs.
    private mutating func setStatus(_ status: NodeStatus, of node: Node) -> [EvaluationID] {
        var node = node
        node.status = status
        node.statusUpdatedAt = now.seconds
        let evaluations = nodeEvaluations(node)
        commit(
            "NodeStreamEvent", [.node(node)] + (evaluations.isEmpty ? [] : [.evaluations(evaluations)]))
        return evaluations.map(\.id)
    }

    func event(_ message: String, _ subsystem: String = "Cluster") -> NodeEvent {
        NodeEvent(message: message, subsystem: subsystem, timestamp: Timestamp(now))
    }

    /// Follows a node that an entry touched.
    mutating func nodeChanged(_ id: NodeID, from old: Node?) {
        guard let node = head.node(id) else {
            heartbeats.remove(id)
            drains.remove(id)
            return
        }
        if node.status == .down { heartbeats.remove(id) }
        if node.drainStrategy != nil { drains.changed(id) } else { drains.remove(id) }
        if node.isReady, old.map({ !$0.isReady || isNews(node, $0) }) ?? true { freed(on: id) }
    }

    /// Reads a node's timers from the state, as a new leader does.
    mutating func remember(_ node: Node) {
        switch node.status {
        case .ready, .initializing: heartbeats.set(node.id, at: now + configuration.failoverHeartbeatTTL)
        case .disconnected: heartbeats.set(node.id, at: now + (patience(of: node) ?? .zero))
        case .down: break
        }
        if node.drainStrategy != nil { drains.changed(node.id) }
    }
}

// MARK: - Evaluations of a node's jobs

extension ControlPlane {
    /// One evaluation per job with something unfinished on the node, and per system job that belongs there.
    ///
    /// - Parameter includesEnded: also jobs whose allocations here have all ended, as operators expect who ask for it.
    mutating func nodeEvaluations(
        _ node: Node, _ trigger: EvaluationTrigger = .nodeUpdate, includesEnded: Bool = false
    ) -> [Evaluation] {
        var jobs: [JobKey: Job] = [:]
        for allocation in head.allocations(onNode: node.id) where includesEnded || !allocation.isClientTerminal {
            let job = head.job(allocation.jobKey)?.job ?? allocation.job.job
            // What ran once here stays here, unless here is gone.
            if job.kind == .sysbatch, node.status == .ready || node.status == .initializing { continue }
            jobs[job.key] = job
        }
        if node.isReady || node.status == .ready {
            for key in systemJobs {
                guard let job = head.job(key)?.job, !job.stop, Self.covers(job, node) else { continue }
                jobs[key] = job
            }
        }
        var evaluations: [Evaluation] = []
        for (_, job) in jobs.sorted(by: { $0.key < $1.key }) {
            var evaluation = evaluation(of: job, trigger)
            evaluation.nodeID = node.id
            evaluation.nodeModifyIndex = nextIndex
            evaluations.append(evaluation)
        }
        return evaluations
    }

    /// Whether a job's datacenters and pool include a node.
    static func covers(_ job: Job, _ node: Node) -> Bool {
        (job.nodePool == "all" || job.nodePool == node.nodePool)
            && job.datacenters.contains { matches(Array($0.utf8), Array(node.datacenter.utf8)) }
    }

    /// Globs with `*` only, as datacenters use them.
    private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
        var (at, star, mark, position) = (0, -1, 0, 0)
        while position < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                (star, mark) = (at, position)
                at += 1
            } else if at < pattern.count, pattern[at] == text[position] {
                at += 1
                position += 1
            } else if star >= 0 {
                mark += 1
                (at, position) = (star + 1, mark)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    mutating func evaluateNode(_ id: NodeID) throws(CommandError) -> Reply {
        guard let node = head.node(id) else { throw CommandError(500, "node not found") }
        try checkRoomForEvaluations()
        let evaluations = nodeEvaluations(node, includesEnded: true)
        var reply = Reply()
        if !evaluations.isEmpty { reply.index = commit("EvaluationUpdated", [.evaluations(evaluations)]) }
        reply.evaluations = evaluations.map(\.id)
        reply.evaluationIndex = evaluations.isEmpty ? 0 : reply.index
        return reply
    }
}

// MARK: - Operators

extension ControlPlane {
    mutating func setEligibility(_ id: NodeID, eligible: Bool) throws(CommandError) -> Reply {
        guard var node = head.node(id) else { throw CommandError(500, "node not found") }
        if eligible, node.drainStrategy != nil {
            throw CommandError(500, "can not set node's scheduling eligibility to eligible while it is draining")
        }
        let wanted = eligible ? NodeEligibility.eligible : .ineligible
        var reply = Reply()
        if node.schedulingEligibility != wanted {
            node.schedulingEligibility = wanted
            node.record(event("Node marked as \(wanted.rawValue) for scheduling"))
            let evaluations = eligible ? nodeEvaluations(node, includesEnded: true) : []
            reply.index = commit(
                "NodeEligibility", [.node(node)] + (evaluations.isEmpty ? [] : [.evaluations(evaluations)]))
            reply.evaluations = evaluations.map(\.id)
            reply.evaluationIndex = evaluations.isEmpty ? 0 : reply.index
        }
        reply.nodeModifyIndex = head.node(id)?.modifyIndex ?? 0
        return reply
    }

    /// Forgets a node. What ran on it is lost.
    mutating func purgeNode(_ id: NodeID) throws(CommandError) -> Reply {
        guard var node = head.node(id) else { throw CommandError(500, "node not found") }
        node.status = .down
        let evaluations = nodeEvaluations(node)
        var reply = Reply()
        reply.index = commit(
            "NodeDeregistration", [.deleteNode(id)] + (evaluations.isEmpty ? [] : [.evaluations(evaluations)]))
        reply.evaluations = evaluations.map(\.id)
        reply.evaluationIndex = evaluations.isEmpty ? 0 : reply.index
        reply.nodeModifyIndex = reply.index
        return reply
    }
}
