import Model
import State

extension GroupPlacer {
    /// Gives a shown row its place by score.
    mutating func rank(_ row: Int, _ columns: NodeColumns) {
        let terms = terms(row, columns)
        let combo = Int(preferences.combo[row, columns.kindOf[row]])
        ranked.set(Int(slotOf[row]), heap: combo * (Self.termsMax + 1) + terms.count, key: terms.sum)
    }

    /// Gives a row that nothing in the plan touched its place: its key is known from the index.
    mutating func rank(_ row: Int, _ kind: Int, _ key: Double) {
        let terms = sum(0, demand.hasAffinities ? 0 : nil, preferences.affinity[row, kind]).count
        let combo = Int(preferences.combo[row, kind])
        ranked.set(Int(slotOf[row]), heap: combo * (Self.termsMax + 1) + terms, key: key)
    }

    /// The sum and number of a row's terms, without the spread's.
    private func terms(_ row: Int, _ columns: NodeColumns) -> (sum: Double, count: Int) {
        let affinity = preferences.affinity[row, columns.kindOf[row]]
        let fit = fit(row, columns)
        let devices = deviceScore(row, columns)
        guard rules.hasPreferences else { return sum(fit, devices, 0) }
        var collision: Double?
        if slotOf[row] >= 0, seenOfGroup[Int(slotOf[row])] > 0 { collision = collisionScore(row) }
        let isPenalised = !penalised.isEmpty && penalised.contains(row)
        return sum(fit, devices, affinity, collision: collision, isPenalised: isPenalised)
    }

    /// Terms are added up in one order everywhere, so that equal nodes get the same bits.
    func sum(
        _ fit: Double, _ devices: Double?, _ affinity: Double, collision: Double? = nil, isPenalised: Bool = false
    ) -> (sum: Double, count: Int) {
        var (sum, count) = (fit, 1)
        if let devices { (sum, count) = (sum + devices, count + 1) }
        if let collision { (sum, count) = (sum + collision, count + 1) }
        if isPenalised { (sum, count) = (sum - 1, count + 1) }
        if affinity != 0 { (sum, count) = (sum + affinity, count + 1) }
        return (sum, count)
    }

    func fit(_ row: Int, _ columns: NodeColumns) -> Double {
        columns.room(row).fit(need.footprint(coreCPU: columns.coreCPU[row]), spreads: rules.spreadsAlgorithm)
    }

    private func collisionScore(_ row: Int) -> Double {
        -Double(seenOfGroup[Int(slotOf[row])] + 1) / Double(max(1, need.group.count))
    }

    /// What the affinities of device requests say; nil without any.
    private func deviceScore(_ row: Int, _ columns: NodeColumns) -> Double? {
        guard demand.hasAffinities else { return nil }
        return demand.score(demand.servers(row, columns), free: columns.devices[row].free)
    }

    private func final(_ sum: Double, _ heap: Int) -> Double {
        let boost = boosts[heap / (Self.termsMax + 1)]
        let count = heap % (Self.termsMax + 1) + (boost != 0 ? 1 : 0)
        return (sum + boost) / Double(count)
    }

    /// The best row for one more instance; nil when none fits. `catchUp` must have been called.
    mutating func select() -> Int? {
        if isContestStale {
            isContestStale = false
            let bests = boosts.indices.map { best(ofCombo: $0) }
            contest.setAll(bests)
        } else {
            for heap in ranked.changed { enter(Int(heap) / (Self.termsMax + 1)) }
        }
        ranked.changed.removeAll(keepingCapacity: true)
        return contest.best.map { Int(shown[$0]) }
    }

    /// Looks anew at what a combination has to offer.
    mutating func enter(_ combo: Int) { contest.set(combo, best(ofCombo: combo)) }

    private func best(ofCombo combo: Int) -> Contest.Entrant {
        var best = Contest.Entrant(score: 0, tie: 0)
        let first = combo * (Self.termsMax + 1)
        for heap in first..<max(first, min(ranked.heapCount, first + Self.termsMax + 1)) {
            guard let slot = ranked.top(heap) else { continue }
            let entrant = Contest.Entrant(
                score: final(ranked.keys[slot], heap), tie: ranked.ties[slot], slot: Int32(slot))
            if entrant.beats(best) { best = entrant }
        }
        return best
    }

    /// The best row for one more instance of those that a test accepts.
    /// - Parameter accepts: a test of the single instance, for what no column knows. A row that it refuses must have
    ///   been passed (`pass`), or all rows be shown.
    func select(where accepts: (Int) -> Bool) -> Int? {
        var best = Contest.Entrant(score: 0, tie: 0)
        for heap in 0..<ranked.heapCount {
            guard let slot = ranked.first(of: heap, where: { accepts(Int(shown[$0])) }) else { continue }
            let entrant = Contest.Entrant(
                score: final(ranked.keys[slot], heap), tie: ranked.ties[slot], slot: Int32(slot))
            if entrant.beats(best) { best = entrant }
        }
        return best.slot >= 0 ? Int(shown[Int(best.slot)]) : nil
    }

    /// The final score that a row would have if the columns were these, with one more term.
    func score(_ row: Int, _ columns: NodeColumns, and extra: Double?) -> Double {
        let terms = terms(row, columns)
        let boost = boost(row, columns)
        let count = terms.count + (boost != 0 ? 1 : 0) + (extra == nil ? 0 : 1)
        return (terms.sum + boost + (extra ?? 0)) / Double(count)
    }

    private func boost(_ row: Int, _ columns: NodeColumns) -> Double {
        boosts[Int(preferences.combo[row, columns.kindOf[row]])]
    }

    /// The best few rows with their scores by scorer.
    mutating func bestScores(_ count: Int, _ columns: NodeColumns) -> [NodeScore] {
        var rows = best(count)
        // Behind rows that stand for others, these may be the next best.
        while true {
            let standIns = rows.filter { Int(standing[columns.kindOf[$0.row]]) == $0.row }
            if standIns.isEmpty { break }
            for (row, _) in standIns { pass(row, columns) }
            rows = best(count)
        }
        return rows.map { row, score in
            var result = NodeScore()
            result.nodeID = columns.ids[row]
            result.normScore = score
            result.scores = scores(row, columns)
            return result
        }
    }

    /// The best of the shown rows.
    private func best(_ count: Int) -> [(row: Int, score: Double)] {
        func precedes(_ a: (slot: Int, heap: Int, score: Double), _ b: (slot: Int, heap: Int, score: Double)) -> Bool {
            a.score != b.score ? a.score > b.score : ranked.ties[a.slot] < ranked.ties[b.slot]
        }
        var tops: [(slot: Int, heap: Int, score: Double)] = []
        for heap in 0..<ranked.heapCount {
            if let slot = ranked.top(heap) { tops.append((slot, heap, final(ranked.keys[slot], heap))) }
        }
        tops.sort(by: precedes)
        // Nothing of a heap is better than its top: so many heaps with the best tops hold the best of all.
        var slots: [(slot: Int, heap: Int, score: Double)] = []
        for (_, heap, _) in tops.prefix(count) {
            slots += ranked.best(count, of: heap).map { ($0, heap, final(ranked.keys[$0], heap)) }
        }
        slots.sort(by: precedes)
        return slots.prefix(count).map { (Int(shown[$0.slot]), $0.score) }
    }

    func scores(_ row: Int, _ columns: NodeColumns) -> [String: Double] {
        var scores = ["binpack": fit(row, columns)]
        if let devices = deviceScore(row, columns) { scores["devices"] = devices }
        guard rules.hasPreferences else { return scores }
        let isUsed = slotOf[row] >= 0 && seenOfGroup[Int(slotOf[row])] > 0
        scores["job-anti-affinity"] = isUsed ? collisionScore(row) : 0
        scores["node-reschedule-penalty"] = penalised.contains(row) ? -1 : 0
        let affinity = preferences.affinity[row, columns.kindOf[row]]
        if !preferences.hasAffinities {
            scores["node-affinity"] = 0
        } else if affinity != 0 {
            scores["node-affinity"] = affinity
        }
        let boost = boost(row, columns)
        if boost != 0 { scores["allocation-spread"] = boost }
        return scores
    }
}
