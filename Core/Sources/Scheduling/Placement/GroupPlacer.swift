import Base
import Model
import State

/// Finds the best node for each instance of one group.
///
/// Nodes are shown one by one, in the order of the index that is kept of the cluster: of each kind of node, those that
/// the plan touched and the best of the others, which stands for all that are not shown. A shown row has a status
/// (fits, filtered by a reason, exhausted in a dimension) and, if it fits, a place in a heap by score; a change of one
/// costs O(log n), so a placement does too. Rows whose spread boosts agree, and whose scores are means over equally
/// many terms, share a heap: within one heap the order by the sum of terms is the order by final score, so only the
/// heaps' tops are compared.
///
/// Nodes on which a static port is taken that the group asks for are shown from the beginning. Where the index cannot
/// tell nodes apart that the group tells apart (unique properties, `distinct_property`), or somebody asks about every node, all candidates are shown at once.
struct GroupPlacer {
    /// What varies between the schedulers.
    struct Rules {
        /// Terms for colliding instances, failed nodes, affinities and spreads; system jobs have only the fit.
        var hasPreferences = true
        var spreadsAlgorithm = false
        /// Every node is to be looked at, for those who ask for the status of all.
        var showsAll = false
    }

    let need: GroupNeed
    let rules: Rules
    let candidates: Candidates
    let feasibility: Feasibility
    let groupNumber: Int
    let demand: DeviceDemand
    let preferences: NodePreferences
    var tally: StatusTally
    static let unknown = Int32.min

    /// By row: its place among the shown ones, or -1.
    var slotOf: [Int32]
    /// Of the shown rows, in the order in which they were shown.
    var shown: [Int32] = []
    /// 0 fits, n + 1 filtered by reason n, -(n + 1) exhausted in dimension n, `unknown` for rows that are no candidates
    /// or are filtered by the checks.
    var statuses: [Int32] = []
    var seenOfGroup: [Int32] = []
    var seenOfJob: [Int32] = []
    var ranked = RankedRows()
    /// By kind: the rows that are not shown, the best first; nil where all are, or none has room.
    var cursors: [KindCursor?]
    /// By kind: the row that stands for those that are not shown, or -1.
    var standing: [Int32]
    /// What the rows of each kind were counted as that are not shown.
    var bulk: BulkCounts

    var spreads: [SpreadRule]
    /// By combination of spread values: their present boost.
    var boosts: [Double]
    var isBoostStale = true
    /// The best of each combination against each other.
    var contest: Contest
    var isContestStale = true
    var distinct: DistinctRules
    /// Nil where the group mounts no volumes of storage plugins.
    private(set) var volumes: VolumeRules?
    let portReasons: PortReasons
    let dimensions: Dimensions
    let reasonNumbers: [Int32]
    /// All candidates, where all are shown.
    var allRows: [Int]?
    /// Rows on which an instance failed before, while one placement looks for a node.
    var penalised: [Int] = []
    /// How many of `Proposed.changes` are taken in.
    var seen = 0
    let seed: UInt64

    /// Terms a score can have besides the spread: fit, collisions, failed node, affinity, devices.
    static let termsMax = 5

    init(
        _ job: Job, group: Int, _ candidates: Candidates, _ feasibility: Feasibility, _ proposed: Proposed,
        _ rules: Rules, seed: UInt64
    ) {
        let spec = job.taskGroups[group]
        let columns = proposed.columns
        need = GroupNeed(spec)
        (self.rules, self.candidates, self.feasibility, groupNumber) = (rules, candidates, feasibility, group)
        self.seed = seed
        var tally = StatusTally(columns)
        reasonNumbers = feasibility.reasons.map { Int32(tally.reasons.number($0)) }
        distinct = DistinctRules(job, spec, columns)
        volumes = VolumeRules(job, spec, candidates: candidates.count, proposed)
        portReasons = PortReasons(need, &tally.reasons)
        dimensions = Dimensions(need, &tally.reasons)
        self.tally = tally
        demand = DeviceDemand(spec, candidates, columns)
        slotOf = [Int32](repeating: -1, count: columns.count)
        cursors = [KindCursor?](repeating: nil, count: columns.kinds.count)
        standing = [Int32](repeating: -1, count: columns.kinds.count)
        bulk = BulkCounts(kinds: columns.kinds.count)
        let spreads = rules.hasPreferences ? spec.spreads + job.spreads : []
        let weights = spreads.reduce(0) { $0 + $1.weight }
        self.spreads = spreads.map { SpreadRule($0, weights: weights, count: spec.count, columns) }
        let affinities = rules.hasPreferences ? job.affinities + spec.affinities + spec.tasks.flatMap(\.affinities) : []
        preferences = NodePreferences(affinities, self.spreads.map(\.use), candidates, columns)
        boosts = [Double](repeating: 0, count: preferences.combos.count)
        contest = Contest(count: preferences.combos.count)
        seen = proposed.changes.count
        if rules.showsAll || tellsApart(columns) {
            showAll(proposed)
        } else {
            readIndex(proposed)
        }
        for row in proposed.changes { take(row, proposed) }
    }

    /// Whether nodes may differ for the group that share a cell of the index.
    private func tellsApart(_ columns: NodeColumns) -> Bool {
        if feasibility.failing.isByRow || preferences.isByRow || distinct.isByRow || demand.isUnique
            || need.variesByIndex || volumes != nil
        {
            return true
        }
        return !need.ports.isEmpty
            && !candidates.kinds.allSatisfy {
                portReasons.isSameForAll(need, columns.kinds[$0].ports, taken: columns.portsTakenMax)
            }
    }
}

// MARK: - Keeping up with the plan

extension GroupPlacer {
    /// Takes in what changed in the plan since the last call.
    mutating func catchUp(_ proposed: Proposed) {
        let changed = proposed.changes[seen...]
        seen = proposed.changes.count
        var last = -1
        for row in changed where row != last {
            take(row, proposed)
            last = row
        }
        if distinct.hasFlipped { takeFlipped(proposed) }
        if isBoostStale { settleBoosts() }
        if let volumes, !volumes.isPerInstance { followVolumes(proposed, index: nil) }
    }

    /// Whether volumes of storage plugins keep an instance off a row.
    func isKeptOff(_ row: Int, byVolumesOf proposed: Proposed) -> Bool {
        volumes?.filter(proposed.columns.nodes[row], proposed) != nil
    }

    /// Looks at the nodes for the instance with an index: its volumes may be its own. `catchUp` must have been called.
    mutating func aim(at index: Int, _ proposed: Proposed) {
        if volumes != nil { followVolumes(proposed, index: index) }
    }

    private mutating func followVolumes(_ proposed: Proposed, index: Int?) {
        guard volumes?.follow(proposed, index: index) ?? false, let allRows else { return }
        for row in allRows { refresh(row, proposed) }
    }

    private mutating func settleBoosts() {
        isBoostStale = false
        var stale: [Int32]? = []
        for at in spreads.indices {
            let values = spreads[at].settle()
            guard let values, stale != nil else {
                stale = nil
                continue
            }
            for value in values { stale? += preferences.combosOf[at][Int(value)] }
        }
        if let stale {
            for combo in stale {
                boosts[Int(combo)] = boost(ofCombo: Int(combo))
                enter(Int(combo))
            }
        } else {
            for combo in boosts.indices { boosts[combo] = boost(ofCombo: combo) }
            isContestStale = true
        }
    }

    private func boost(ofCombo combo: Int) -> Double {
        var boost = 0.0
        for (rule, value) in zip(spreads, preferences.combos[combo]) { boost += rule.boost(value: value) }
        return boost
    }

    /// Takes in what the plan does to a row.
    mutating func take(_ row: Int, _ proposed: Proposed) {
        show(row, proposed.columns)
        pass(row, proposed.columns)
        let slot = Int(slotOf[row])
        let group = proposed.ofGroup(groupNumber, row) - seenOfGroup[slot]
        let job = proposed.ofJob(row) - seenOfJob[slot]
        if group != 0 || job != 0 {
            seenOfGroup[slot] += group
            seenOfJob[slot] += job
            count(row, proposed.columns.kindOf[row], group: Int(group), job: Int(job))
        }
        refresh(row, proposed)
    }

    /// Values of properties reached or left their limits: that changes nodes on which nothing happened.
    private mutating func takeFlipped(_ proposed: Proposed) {
        let columns = proposed.columns
        let flipped = distinct.takeFlipped()
        if let allRows {
            for row in allRows where distinct.has(row, kind: columns.kindOf[row], flipped) { refresh(row, proposed) }
        } else {
            for kind in candidates.kinds where distinct.has(0, kind: kind, flipped) { recount(kind, proposed) }
        }
    }

    private mutating func count(_ row: Int, _ kind: Int, group: Int, job: Int) {
        if group != 0 {
            for at in spreads.indices { spreads[at].count(spreads[at].use.value(row, kind: kind), by: group) }
            isBoostStale = !spreads.isEmpty
        }
        distinct.count(row, kind: kind, group: group, job: job)
    }

    /// Decides a shown row's status and place anew.
    mutating func refresh(_ row: Int, _ proposed: Proposed) {
        let columns = proposed.columns
        let slot = Int(slotOf[row])
        guard slot >= 0, isPlaceable(row, columns) else { return }
        let old = statuses[slot]
        var new: Int32 = 0
        if let text = volumes?.filter(columns.nodes[row], proposed) {
            new = Int32(tally.reasons.number(text)) + 1
        } else if let filter = distinct.filter(
            row, kind: columns.kindOf[row], seenOfGroup[slot], seenOfJob[slot], &tally.reasons)
        {
            new = Int32(filter) + 1
        } else if let dimension = exhausted(row, columns) {
            new = -Int32(dimension) - 1
        }
        if new != old {
            let nodeClass = columns.nodeClass(row)
            if old != Self.unknown { tally.count(old, nodeClass: nodeClass, by: -1) }
            tally.count(new, nodeClass: nodeClass, by: 1)
            statuses[slot] = new
        }
        if new == 0 { rank(row, columns) } else { ranked.remove(slot) }
    }

    /// The dimension that the row lacks; nil when the instance fits.
    func exhausted(_ row: Int, _ columns: NodeColumns) -> Int? {
        if !need.ports.isEmpty, let number = portReasons.failure(need, columns.ports[row]) { return number }
        let ask = need.footprint(coreCPU: columns.coreCPU[row])
        guard need.needsDevices else { return columns.room(row).lack(ask, cores: need.cores).map(dimensions.number) }
        return lack(columns.room(row), ask, columns.devices[row].free, demand.servers(row, columns))
    }

    /// Whether an instance would fit if the columns were these, whatever the row's status says.
    func fits(_ row: Int, _ columns: NodeColumns) -> Bool { exhausted(row, columns) == nil }

    /// Makes the penalty count for these rows (on which the instance failed before), and no longer for the ones before.
    mutating func penalise(_ rows: [Int], _ columns: NodeColumns) {
        for row in rows {
            showUntouched(row, columns)
            pass(row, columns)
        }
        let old = penalised
        penalised = rows
        for row in old + rows where slotOf[row] >= 0 && ranked.isRanked(Int(slotOf[row])) { rank(row, columns) }
    }

    /// Shows a row that nothing in the plan touched.
    private mutating func showUntouched(_ row: Int, _ columns: NodeColumns) {
        guard slotOf[row] < 0 else { return }
        show(row, columns)
        if statuses[Int(slotOf[row])] == 0 { rank(row, columns) }
    }
}
