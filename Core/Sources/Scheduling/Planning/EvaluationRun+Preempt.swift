import Base
import Model
import State

extension EvaluationRun {
    /// Whether the job's scheduler may evict allocations of lower priority.
    var preempts: Bool {
        let configuration = state.schedulerConfiguration.preemptionConfig
        return switch job?.job.kind {
        case .service: configuration.serviceSchedulerEnabled
        case .batch: configuration.batchSchedulerEnabled
        case .system: configuration.systemSchedulerEnabled
        case .sysbatch: configuration.sysBatchSchedulerEnabled
        case nil: false
        }
    }

    /// The best node of those that lack room, if evictions make some.
    mutating func findByPreempting(_ number: Int, only row: Int? = nil) -> Found? {
        let rows = row.map { [$0] } ?? placers[number].candidates.rows(proposed.columns)
        var best: (row: Int, victims: [Allocation], score: Double)?
        for row in rows where placers[number].status(row, proposed.columns) < 0 {
            guard let victims = victims(number, row), !victims.isEmpty else { continue }
            release(victims, row, 1)
            let fits = placers[number].fits(row, proposed.columns)
            release(victims, row, -1)
            guard fits else { continue }
            // The fit counts those that are to go: they are there until they have ended.
            let extra = placers[number].rules.hasPreferences ? Preemption.score(victims) : nil
            let score = placers[number].score(row, proposed.columns, and: extra)
            if let best {
                func tie(_ row: Int) -> UInt64 { placers[number].tie(row, proposed.columns) }
                if score < best.score || (score == best.score && tie(best.row) < tie(row)) { continue }
            }
            best = (row, victims, score)
        }
        guard let best else { return nil }
        release(best.victims, best.row, 1)
        let filled = fill(best.row, number)
        release(best.victims, best.row, -1)
        guard let resources = filled else { return nil }
        var metric = metric(number)
        var score = NodeScore()
        score.nodeID = proposed.columns.nodes[best.row].id
        score.normScore = best.score
        score.scores = placers[number].scores(best.row, proposed.columns)
        if placers[number].rules.hasPreferences { score.scores["preemption"] = Preemption.score(best.victims) }
        metric.scoreMetaData = [score]
        return Found(row: best.row, resources: resources, metric: SharedMetric(metric), victims: best.victims)
    }

    private func victims(_ number: Int, _ row: Int) -> [Allocation]? {
        let columns = proposed.columns
        let onNode = state.allocations(onNode: columns.nodes[row].id).map(current)
        let preemption = Preemption(
            placers[number].need, priority: job?.job.priority ?? 0, row: row, columns,
            onNode.filter { $0.jobKey != job?.job.key })
        return preemption.choose(columns.ports[row]) { allocation in
            state.allocations(ofJob: allocation.jobKey).map(current).count {
                $0.taskGroup == allocation.taskGroup && $0.desiredStatus == .evict && !$0.isClientTerminal
            }
        }
    }

    /// Frees (or takes back) what victims hold, in the columns only.
    private mutating func release(_ victims: [Allocation], _ row: Int, _ sign: Int) {
        for victim in victims { proposed.columns.count(victim, victim.footprint, row: row, by: -sign) }
    }

    /// Evicts what must go for an instance. What they hold stays held until they end: the instance waits for that.
    mutating func evict(_ victims: [Allocation], by allocation: inout Allocation) {
        let id = allocation.id
        for victim in victims {
            allocation.preemptedAllocations.append(victim.id)
            change(victim) { copy in
                copy.desiredStatus = .evict
                copy.desiredDescription = StopReason.preempted(by: id)
                copy.preemptedByAllocation = id
            }
            var stub = AllocationStub()
            (stub.id, stub.jobID, stub.namespace) = (victim.id, victim.jobID, victim.namespace)
            (stub.taskGroup, stub.jobType) = (victim.taskGroup, victim.job.job.type)
            plan.annotations.preemptedAllocs.append(stub)
            plan.annotations.desiredTGUpdates[allocation.taskGroup]?.preemptions += 1
            evaluatePreempted(victim.job.job)
        }
    }

    /// The job that lost an allocation is looked at next.
    private mutating func evaluatePreempted(_ job: Job) {
        let isKnown = plan.evaluations.contains { $0.job == job.key && $0.triggeredBy == .preemption }
        guard !isKnown else { return }
        var next = Evaluation()
        next.id = EvaluationID(using: &generator)
        (next.namespace, next.jobID) = (job.namespace, job.id)
        (next.priority, next.type) = (job.priority, job.kind)
        next.triggeredBy = .preemption
        next.jobModifyIndex = job.modifyIndex
        next.status = .pending
        plan.evaluations.append(next)
    }
}
