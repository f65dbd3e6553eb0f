import Base
import Model
import State

/// Finds the best node for each instance of one group.
///
/// Every candidate row has a status (fits, filtered by a reason, exhausted in a dimension) and, if it fits, a
/// place in a heap by score. A change of one row costs O(log n), so a placement does too. Rows whose spread
/// boosts agree, and whose scores are means over equally many terms, share a heap: within one heap the order
/// by the sum of terms is the order by final score, so only the heaps' tops are compared.
struct GroupPlacer {
    /// What varies between the schedulers.
    struct Rules {
        /// Terms for colliding instances, failed nodes, affinities and spreads; system jobs have only the fit.
        var hasPreferences = true
        var spreadsAlgorithm = false
    }

    let need: GroupNeed
    let rules: Rules
    let candidates: Candidates
    let feasibility: Feasibility
    let groupNumber: Int
    var tally: StatusTally
    /// By row: 0 fits, n + 1 filtered by reason n, -(n + 1) exhausted in dimension n, `unknown` for others.
    private(set) var status: [Int32]
    static let unknown = Int32.min

    private(set) var ranked: RankedRows
    /// By row: what affinities say; 0 is nothing.
    private(set) var affinity: [Double]
    let hasAffinities: Bool
    let hasDeviceAffinities: Bool
    private(set) var spreads: [SpreadRule]
    /// By row: which combination of spread values it has.
    private var comboOf: [Int32]
    /// By combination: the value numbers and their present boost.
    private var combos: [[Int32]] = []
    private(set) var boosts: [Double] = []
    private var isBoostStale = true
    var distinct: DistinctRules
    private let portNumbers: PortReasons
    private let dimensions: Dimensions
    /// Rows on which an instance failed before, while one placement looks for a node.
    private var penalised: [Int] = []
    /// How many of `Proposed.changes` are taken in.
    private var seen = 0
    private var seenOfGroup: [Int32]
    private var seenOfJob: [Int32]

    /// Terms a score can have besides the spread: fit, collisions, failed node, affinity, devices.
    private static let termsMax = 5

    init(
        _ job: Job, group: Int, _ candidates: Candidates, _ feasibility: Feasibility, _ proposed: Proposed,
        _ rules: Rules, seed: UInt64
    ) {
        let spec = job.taskGroups[group]
        let columns = proposed.columns
        need = GroupNeed(spec)
        (self.rules, self.candidates, self.feasibility, groupNumber) = (rules, candidates, feasibility, group)
        var tally = StatusTally(columns)
        let reasonNumbers = feasibility.reasons.map { Int32(tally.reasons.number($0)) }
        distinct = DistinctRules(job, spec, columns)
        portNumbers = PortReasons(need, &tally.reasons)
        dimensions = Dimensions(need, &tally.reasons)
        status = [Int32](repeating: Self.unknown, count: columns.count)
        ranked = RankedRows(ties: Self.ties(columns, seed))
        let affinities = rules.hasPreferences ? job.affinities + spec.affinities + spec.tasks.flatMap(\.affinities) : []
        hasAffinities = !affinities.isEmpty
        affinity = Self.affinities(affinities, candidates, columns)
        hasDeviceAffinities = spec.tasks.contains { $0.resources.devices.contains { !$0.affinities.isEmpty } }
        let spreads = rules.hasPreferences ? spec.spreads + job.spreads : []
        let weights = spreads.reduce(0) { $0 + $1.weight }
        self.spreads = spreads.map { SpreadRule($0, weights: weights, count: spec.count, columns) }
        comboOf = [Int32](repeating: 0, count: columns.count)
        seenOfGroup = proposed.ofGroup[group]
        seenOfJob = proposed.ofJob
        seen = proposed.changes.count
        self.tally = tally
        combine(columns)
        for row in 0..<columns.count where seenOfGroup[row] != 0 || seenOfJob[row] != 0 {
            countProperties(row, group: seenOfGroup[row], job: seenOfJob[row])
        }
        for row in candidates.rows {
            let failing = feasibility.failing[row]
            if failing >= 0 {
                status[row] = reasonNumbers[Int(failing)] + 1
                self.tally.count(status[row], row, by: 1, columns)
            } else {
                refresh(row, proposed)
            }
        }
    }

    /// An order of the nodes that depends on nothing but the seed and their ids.
    private static func ties(_ columns: NodeColumns, _ seed: UInt64) -> [UInt64] {
        columns.ids.map { id in
            var x = id.low ^ (id.high &* 0x9E37_79B9_7F4A_7C15) ^ seed
            x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
            x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
            return x ^ (x >> 31)
        }
    }

    private static func affinities(_ list: [Affinity], _ candidates: Candidates, _ columns: NodeColumns) -> [Double] {
        var result = [Double](repeating: 0, count: list.isEmpty ? 0 : columns.count)
        guard !list.isEmpty else { return result }
        let weights = list.reduce(0.0) { $0 + Double(abs($1.weight)) }
        for affinity in list {
            let matcher = Matcher(affinity)
            let isUnique = matcher.isUnique
            var byClass = [Int8](repeating: -1, count: columns.classes.texts.count)
            for row in candidates.rows {
                let number = columns.classOf[row]
                if isUnique || byClass[number] < 0 {
                    byClass[number] = matcher.matches(columns.nodes[row]) ? 1 : 0
                }
                if byClass[number] == 1 { result[row] += Double(affinity.weight) }
            }
        }
        for row in candidates.rows { result[row] /= weights }
        return result
    }

    /// Numbers the combinations of spread values that candidates have.
    private mutating func combine(_ columns: NodeColumns) {
        guard !spreads.isEmpty else {
            (combos, boosts) = ([[]], [0])
            return
        }
        var numbers: [[Int32]: Int32] = [:]
        for row in candidates.rows {
            let values = spreads.map { $0.use.valueOf[row] }
            if let number = numbers[values] {
                comboOf[row] = number
            } else {
                comboOf[row] = Int32(combos.count)
                numbers[values] = comboOf[row]
                combos.append(values)
            }
        }
        boosts = [Double](repeating: 0, count: combos.count)
    }

    private mutating func countProperties(_ row: Int, group: Int32, job: Int32) {
        if group != 0 {
            for at in spreads.indices { spreads[at].count(row: row, by: Int(group)) }
            isBoostStale = !spreads.isEmpty
        }
        distinct.count(row: row, group: Int(group), job: Int(job))
    }
}

// MARK: - Keeping up with the plan

extension GroupPlacer {
    /// Takes in what changed in the plan since the last call.
    mutating func catchUp(_ proposed: Proposed) {
        let changed = proposed.changes[seen...]
        seen = proposed.changes.count
        for row in changed {
            let group = proposed.ofGroup[groupNumber][row] - seenOfGroup[row]
            let job = proposed.ofJob[row] - seenOfJob[row]
            if group != 0 || job != 0 {
                seenOfGroup[row] += group
                seenOfJob[row] += job
                countProperties(row, group: group, job: job)
            }
            refresh(row, proposed)
        }
        for row in distinct.takeFlipped(candidates.rows) { refresh(row, proposed) }
        if isBoostStale {
            for at in combos.indices {
                boosts[at] = zip(spreads, combos[at]).reduce(0) { $0 + $1.0.boost(value: $1.1) }
            }
            isBoostStale = false
        }
    }

    /// Decides a row's status and place anew.
    private mutating func refresh(_ row: Int, _ proposed: Proposed) {
        guard candidates.contains(row), feasibility.failing[row] < 0 else { return }
        let old = status[row]
        var new: Int32 = 0
        if let filter = distinct.filter(row, seenOfGroup[row], seenOfJob[row], &tally.reasons) {
            new = Int32(filter) + 1
        } else if let dimension = exhausted(row, proposed.columns) {
            new = -Int32(dimension) - 1
        }
        if new != old {
            if old != Self.unknown { tally.count(old, row, by: -1, proposed.columns) }
            tally.count(new, row, by: 1, proposed.columns)
            status[row] = new
        }
        if new == 0 { rank(row, proposed.columns) } else { ranked.remove(row) }
    }

    private mutating func rank(_ row: Int, _ columns: NodeColumns) {
        let terms = terms(row, columns)
        ranked.set(row, heap: Int(comboOf[row]) * (Self.termsMax + 1) + terms.count, key: terms.sum)
    }

    /// The dimension that the row lacks; nil when the instance fits.
    private func exhausted(_ row: Int, _ columns: NodeColumns) -> Int? {
        if !need.ports.isEmpty, let number = portNumbers.failure(need, columns.ports[row]) { return number }
        if need.needsDevices, !dimensions.hasDevices(need, row, columns) { return dimensions.devices }
        if need.cores > 0, columns.coresFree[row].count < need.cores { return dimensions.cores }
        let ask = need.footprint(coreCPU: columns.coreCPU[row])
        if columns.cpuUsed[row] + ask.cpu > columns.cpuTotal[row] { return dimensions.cpu }
        if columns.memoryUsed[row] + ask.memoryMB > columns.memoryTotal[row] { return dimensions.memory }
        if columns.diskUsed[row] + ask.diskMB > columns.diskTotal[row] { return dimensions.disk }
        return nil
    }
}

// MARK: - Scores

extension GroupPlacer {
    /// The sum and number of a row's terms, without the spread's.
    private func terms(_ row: Int, _ columns: NodeColumns) -> (sum: Double, count: Int) {
        var (sum, count) = (fit(row, columns), 1)
        if let devices = deviceScore(row, columns) { (sum, count) = (sum + devices, count + 1) }
        guard rules.hasPreferences else { return (sum, count) }
        if seenOfGroup[row] > 0 { (sum, count) = (sum + collisionScore(row), count + 1) }
        if !penalised.isEmpty, penalised.contains(row) { (sum, count) = (sum - 1, count + 1) }
        if hasAffinities, affinity[row] != 0 { (sum, count) = (sum + affinity[row], count + 1) }
        return (sum, count)
    }

    func fit(_ row: Int, _ columns: NodeColumns) -> Double {
        let ask = need.footprint(coreCPU: columns.coreCPU[row])
        let freeCPU = FitScore.free(used: columns.cpuUsed[row] + ask.cpu, of: columns.cpuTotal[row])
        let freeMemory = FitScore.free(used: columns.memoryUsed[row] + ask.memoryMB, of: columns.memoryTotal[row])
        return rules.spreadsAlgorithm
            ? FitScore.spread(freeCPU: freeCPU, freeMemory: freeMemory)
            : FitScore.binpack(freeCPU: freeCPU, freeMemory: freeMemory)
    }

    private func collisionScore(_ row: Int) -> Double {
        -Double(seenOfGroup[row] + 1) / Double(max(1, need.group.count))
    }

    /// What the affinities of device requests say; nil without any.
    private func deviceScore(_ row: Int, _ columns: NodeColumns) -> Double? {
        guard hasDeviceAffinities else { return nil }
        var (sum, weights) = (0.0, 0.0)
        for task in need.group.tasks {
            for request in task.resources.devices where !request.affinities.isEmpty {
                let weight = request.affinities.reduce(0.0) { $0 + Double(abs($1.weight)) }
                let choice = DeviceChoice.choose(request, columns.nodes[row], used: columns.devicesUsed[row])
                sum += (choice?.1 ?? 0) * weight
                weights += weight
            }
        }
        return weights > 0 ? sum / weights : nil
    }

    private func final(_ sum: Double, _ heap: Int) -> Double {
        let boost = boosts[heap / (Self.termsMax + 1)]
        let count = heap % (Self.termsMax + 1) + (boost != 0 ? 1 : 0)
        return (sum + boost) / Double(count)
    }

    /// The best row for one more instance; nil when none fits. `catchUp` must have been called.
    /// - Parameter accepts: a last test of the single instance, for what no column knows.
    func select(where accepts: ((Int) -> Bool)? = nil) -> Int? {
        var best: (row: Int, score: Double)?
        for heap in 0..<ranked.heapCount {
            guard let row = accepts == nil ? ranked.top(heap) : ranked.first(of: heap, where: accepts ?? { _ in true })
            else { continue }
            let score = final(ranked.keys[row], heap)
            if let best, score < best.score || (score == best.score && ranked.ties[best.row] < ranked.ties[row]) {
                continue
            }
            best = (row, score)
        }
        return best?.row
    }

    /// Makes the penalty count for these rows (on which the instance failed before), and no longer for the ones before.
    mutating func penalise(_ rows: [Int], _ columns: NodeColumns) {
        let old = penalised
        penalised = rows
        for row in old + rows where ranked.isRanked(row) { rank(row, columns) }
    }

    /// Whether an instance would fit if the columns were these, whatever the row's status says.
    func fits(_ row: Int, _ columns: NodeColumns) -> Bool { exhausted(row, columns) == nil }

    /// The final score that a row would have if the columns were these, with one more term.
    func score(_ row: Int, _ columns: NodeColumns, and extra: Double?) -> Double {
        let terms = terms(row, columns)
        let boost = boosts[Int(comboOf[row])]
        let count = terms.count + (boost != 0 ? 1 : 0) + (extra == nil ? 0 : 1)
        return (terms.sum + boost + (extra ?? 0)) / Double(count)
    }

    /// The best few rows with their scores by scorer.
    func bestScores(_ count: Int, _ columns: NodeColumns) -> [NodeScore] {
        var rows: [(row: Int, score: Double)] = []
        for heap in 0..<ranked.heapCount {
            rows += ranked.best(count, of: heap).map { ($0, final(ranked.keys[$0], heap)) }
        }
        rows.sort { $0.score != $1.score ? $0.score > $1.score : ranked.ties[$0.row] < ranked.ties[$1.row] }
        return rows.prefix(count).map { row, score in
            var result = NodeScore()
            result.nodeID = columns.nodes[row].id
            result.normScore = score
            result.scores = scores(row, columns)
            return result
        }
    }

    func scores(_ row: Int, _ columns: NodeColumns) -> [String: Double] {
        var scores = ["binpack": fit(row, columns)]
        if let devices = deviceScore(row, columns) { scores["devices"] = devices }
        guard rules.hasPreferences else { return scores }
        scores["job-anti-affinity"] = seenOfGroup[row] > 0 ? collisionScore(row) : 0
        scores["node-reschedule-penalty"] = penalised.contains(row) ? -1 : 0
        if !hasAffinities {
            scores["node-affinity"] = 0
        } else if affinity[row] != 0 {
            scores["node-affinity"] = affinity[row]
        }
        let boost = boosts[Int(comboOf[row])]
        if boost != 0 { scores["allocation-spread"] = boost }
        return scores
    }
}
