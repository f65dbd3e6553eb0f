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

    /// What is to go from a row, and how the instance would score there.
    private struct Eviction {
        var row: Int
        var victims: [Allocation]
        var entrant: Contest.Entrant
    }

    /// The best node of those that lack room, if evictions make some.
    mutating func findByPreempting(_ number: Int, only row: Int? = nil) -> Found? {
        guard let best = row.map({ eviction(number, $0) }) ?? bestEviction(number) else { return nil }
        release(best.victims, best.row, 1)
        let filled = fill(best.row, number)
        release(best.victims, best.row, -1)
        guard let resources = filled else { return nil }
        var metric = metric(number)
        var score = NodeScore()
        score.nodeID = proposed.columns.ids[best.row]
        score.normScore = best.entrant.score
        score.scores = placers[number].scores(best.row, proposed.columns)
        if placers[number].rules.hasPreferences { score.scores["preemption"] = Preemption.score(best.victims) }
        metric.scoreMetaData = [score]
        return Found(row: best.row, resources: resources, metric: SharedMetric(metric), victims: best.victims)
    }

    /// Works out evictions on the rows that might score best, until none of the others can score better.
    private mutating func bestEviction(_ number: Int) -> Eviction? {
        let (placer, columns) = (placers[number], proposed.columns)
        let lacking = placer.candidates.rows(columns).filter { placer.status($0, columns) < 0 }
        let (rows, bounds) = bounds(lacking, number)
        var contest = Contest(count: bounds.count)
        contest.setAll(bounds)
        var best: Eviction?
        while let at = contest.best {
            if let best, !bounds[at].beats(best.entrant) { break }
            contest.set(at, Contest.Entrant(score: 0, tie: 0))
            guard let found = eviction(number, rows[at]) else { continue }
            if let best, !found.entrant.beats(best.entrant) { continue }
            best = found
        }
        return best
    }

    /// Rows on which evictions might make room, each with the best score that it could get.
    private mutating func bounds(_ rows: [Int], _ number: Int) -> ([Int], [Contest.Entrant]) {
        let most = (job?.job.priority ?? 0) - Preemption.priorityGap
        let evictable = rows.map { proposed.columns.evictable($0, state) }
        let (placer, columns) = (placers[number], proposed.columns)
        var (worth, bounds): ([Int], [Contest.Entrant]) = ([], [])
        for (row, evictable) in zip(rows, evictable) {
            var score = Double.infinity
            if !looksAtAll {
                guard let lowest = evictable.lowestPriority, lowest <= most else { continue }
                var room = columns.room(row).left
                room.add(evictable.sum(upTo: most))
                guard room.covers(placer.need.footprint(coreCPU: columns.coreCPU[row])) else { continue }
                let extra = placer.rules.hasPreferences ? Preemption.score(priorities: [lowest]) : nil
                score = placer.score(row, columns, and: extra)
            }
            worth.append(row)
            bounds.append(Contest.Entrant(score: score, tie: placer.tie(row, columns), slot: Int32(bounds.count)))
        }
        return (worth, bounds)
    }

    /// The evictions that make room on a row; nil where none do.
    private mutating func eviction(_ number: Int, _ row: Int) -> Eviction? {
        guard placers[number].status(row, proposed.columns) < 0, let victims = victims(number, row), !victims.isEmpty
        else { return nil }
        release(victims, row, 1)
        let fits = placers[number].fits(row, proposed.columns)
        release(victims, row, -1)
        guard fits else { return nil }
        // The fit counts those that are to go: they are there until they have ended.
        let extra = placers[number].rules.hasPreferences ? Preemption.score(victims) : nil
        let score = placers[number].score(row, proposed.columns, and: extra)
        let tie = placers[number].tie(row, proposed.columns)
        return Eviction(row: row, victims: victims, entrant: Contest.Entrant(score: score, tie: tie, slot: 0))
    }

    private mutating func victims(_ number: Int, _ row: Int) -> [Allocation]? {
        let onNode = state.allocations(onNode: proposed.columns.ids[row]).map(current)
            .filter { $0.jobKey != job?.job.key }
        for allocation in onNode { countEvicted(EvictedGroup(allocation)) }
        let (columns, evicted) = (proposed.columns, evictedCounts)
        let preemption = Preemption(
            placers[number].need, priority: job?.job.priority ?? 0, row: row, columns, onNode)
        return preemption.choose(columns.ports[row]) { evicted[EvictedGroup($0)] ?? 0 }
    }

    /// Counts once how many instances of a group are evicted already; `evict` goes on counting.
    private mutating func countEvicted(_ group: EvictedGroup) {
        guard evictedCounts[group] == nil else { return }
        var count = 0
        for allocation in state.allocations(ofJob: group.job).map(current)
        where allocation.taskGroup == group.name && allocation.desiredStatus == .evict && !allocation.isClientTerminal {
            count += 1
        }
        evictedCounts[group] = count
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
            evictedCounts[EvictedGroup(victim)]? += 1
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
