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
/// Where the index cannot tell nodes apart that the group tells apart (unique properties, static ports,
/// `distinct_property`), or somebody asks about every node, all candidates are shown at once.
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
    /// By kind: the rows that are not shown, the best first; nil where all are.
    private var cursors: [KindCursor?]
    /// By kind: the row that stands for those that are not shown, or -1.
    private(set) var standing: [Int32]

    var spreads: [SpreadRule]
    /// By combination of spread values: their present boost.
    var boosts: [Double]
    var isBoostStale = true
    var distinct: DistinctRules
    let portReasons: PortReasons
    let dimensions: Dimensions
    let reasonNumbers: [Int32]
    /// All candidates, where all are shown.
    private(set) var allRows: [Int]?
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
        portReasons = PortReasons(need, &tally.reasons)
        dimensions = Dimensions(need, &tally.reasons)
        self.tally = tally
        demand = DeviceDemand(spec, candidates, columns)
        slotOf = [Int32](repeating: -1, count: columns.count)
        cursors = [KindCursor?](repeating: nil, count: columns.kinds.count)
        standing = [Int32](repeating: -1, count: columns.kinds.count)
        let spreads = rules.hasPreferences ? spec.spreads + job.spreads : []
        let weights = spreads.reduce(0) { $0 + $1.weight }
        self.spreads = spreads.map { SpreadRule($0, weights: weights, count: spec.count, columns) }
        let affinities = rules.hasPreferences ? job.affinities + spec.affinities + spec.tasks.flatMap(\.affinities) : []
        preferences = NodePreferences(affinities, self.spreads.map(\.use), candidates, columns)
        boosts = [Double](repeating: 0, count: preferences.combos.count)
        seen = proposed.changes.count
        if rules.showsAll || tellsApart(columns) {
            showAll(proposed)
        } else {
            readIndex(proposed.columns)
        }
        for row in proposed.changes { take(row, proposed) }
    }

    /// Whether nodes may differ for the group that share a cell of the index.
    private func tellsApart(_ columns: NodeColumns) -> Bool {
        if feasibility.failing.isByRow || preferences.isByRow || distinct.hasProperties || demand.isUnique
            || need.variesByIndex
        {
            return true
        }
        return !need.ports.isEmpty
            && !candidates.kinds.allSatisfy {
                portReasons.isSameForAll(need, columns.kinds[$0].ports, taken: columns.portsTakenMax)
            }
    }
}

// MARK: - Showing rows

extension GroupPlacer {
    /// Shows every candidate that the checks let through, and counts the others.
    private mutating func showAll(_ proposed: Proposed) {
        let columns = proposed.columns
        let rows = candidates.rows(columns)
        allRows = rows
        for row in rows {
            let failing = feasibility.failing(row, columns)
            if failing >= 0 {
                tally.count(reasonNumbers[Int(failing)] + 1, nodeClass: columns.nodeClass(row), by: 1)
            } else {
                add(row, columns)
                refresh(row, columns)
            }
        }
    }

    /// Counts all candidates as the state has them, block by block, and shows the best row of every kind.
    private mutating func readIndex(_ columns: NodeColumns) {
        for kind in candidates.kinds {
            let entry = columns.kinds[kind]
            let failing = feasibility.failing[0, kind]
            if failing >= 0 {
                tally.count(reasonNumbers[Int(failing)] + 1, nodeClass: entry.nodeClass, by: entry.ready)
            } else if !need.ports.isEmpty, let lack = portReasons.failure(need, entry.ports) {
                tally.count(-Int32(lack) - 1, nodeClass: entry.nodeClass, by: entry.ready)
            } else {
                cursors[kind] = cursor(kind, columns)
                advance(kind, columns)
            }
        }
    }

    private mutating func cursor(_ kind: Int, _ columns: NodeColumns) -> KindCursor {
        var cursor = KindCursor(seed: seed)
        let ask = need.footprint(coreCPU: columns.kinds[kind].coreCPU)
        let liking = preferences.affinity[0, kind]
        let blocks = columns.index.blocks(ofKind: kind)
        for number in blocks.indices {
            let bounds = blocks[number].bounds
            switch need.needsDevices ? .mixed : bounds.verdict(ask, cores: need.cores) {
            case .fits:
                let best = bounds.bestFit(ask, spreads: rules.spreadsAlgorithm)
                cursor.add(block: number, bound: sum(best, nil, liking).sum)
            case .lacks(let lack):
                let rows = blocks[number].cells.reduce(0) { $0 + columns.index.cells[Int($1)].rows.count }
                let status = -Int32(dimensions.number(lack)) - 1
                tally.count(status, nodeClass: columns.kinds[kind].nodeClass, by: rows)
            case .mixed: look(into: blocks[number].cells, kind, &cursor, columns)
            }
        }
        return cursor
    }

    /// Adds cells that have room to a cursor, and counts the others.
    private mutating func look(into cells: [Int32], _ kind: Int, _ cursor: inout KindCursor, _ columns: NodeColumns) {
        let ask = need.footprint(coreCPU: columns.kinds[kind].coreCPU)
        let liking = preferences.affinity[0, kind]
        let servers = need.needsDevices ? demand.servers(ofKind: kind) : []
        for cell in cells {
            let key = columns.index.cells[Int(cell)].key
            var devices: Double?
            var lack: Int?
            if need.needsDevices {
                let free = columns.index.deviceLevels[Int(key.devices)]
                if !demand.isMet(servers, free: free) { lack = dimensions.devices }
                devices = demand.score(servers, free: free)
            }
            if let lack = lack ?? key.room.lack(ask, cores: need.cores).map(dimensions.number) {
                let rows = columns.index.cells[Int(cell)].rows.count
                tally.count(-Int32(lack) - 1, nodeClass: columns.kinds[kind].nodeClass, by: rows)
            } else {
                let fit = key.room.fit(ask, spreads: rules.spreadsAlgorithm)
                cursor.add(cell: cell, key: sum(fit, devices, liking).sum)
            }
        }
    }

    /// The dimension other than ports that lacks room.
    private func lack(
        _ room: NodeRoom, _ ask: Footprint, _ devices: [Int], _ servers: [[DeviceChoice.Server]]
    ) -> Int? {
        if need.needsDevices, !demand.isMet(servers, free: devices) { return dimensions.devices }
        return room.lack(ask, cores: need.cores).map(dimensions.number)
    }

    /// Shows the best row of a kind that is not shown yet: it stands for the rest.
    mutating func advance(_ kind: Int, _ columns: NodeColumns) {
        standing[kind] = -1
        guard var cursor = cursors[kind] else { return }
        // Held by one alone, or it would be copied.
        cursors[kind] = nil
        while true {
            switch cursor.next(columns.index, slots: slotOf) {
            case .end: return
            case .block(let number):
                look(into: columns.index.blocks(ofKind: kind)[number].cells, kind, &cursor, columns)
            case .row(let row):
                cursors[kind] = cursor
                standing[kind] = Int32(row)
                add(row, columns)
                statuses[statuses.count - 1] = 0
                rank(row, columns)
                return
            }
        }
    }

    /// If a row stands for others: it is about to differ from them, and the next one does so.
    mutating func pass(_ row: Int, _ columns: NodeColumns) {
        let kind = columns.kindOf[row]
        if Int(standing[kind]) == row { advance(kind, columns) }
    }

    /// Makes room for a row among the shown ones.
    private mutating func add(_ row: Int, _ columns: NodeColumns) {
        slotOf[row] = Int32(shown.count)
        shown.append(Int32(row))
        statuses.append(Self.unknown)
        seenOfGroup.append(0)
        seenOfJob.append(0)
        ranked.append(tie: tie(row, columns))
    }

    /// Shows a row that the plan touched, or may treat in its own way. Where rows were counted by cells, it was counted
    /// as the state has it.
    mutating func show(_ row: Int, _ columns: NodeColumns) {
        guard slotOf[row] < 0 else { return }
        add(row, columns)
        guard allRows == nil, isPlaceable(row, columns), let key = columns.index.key(ofRow: row) else { return }
        let kind = Int(key.kind)
        let entry = columns.kinds[kind]
        let servers = need.needsDevices ? demand.servers(ofKind: kind) : []
        let lack =
            (need.ports.isEmpty ? nil : portReasons.failure(need, entry.ports))
            ?? lack(
                key.room, need.footprint(coreCPU: entry.coreCPU), columns.index.deviceLevels[Int(key.devices)], servers)
        statuses[Int(slotOf[row])] = lack.map { -Int32($0) - 1 } ?? 0
    }

    /// Decides between equal scores: the lower one goes first.
    func tie(_ row: Int, _ columns: NodeColumns) -> UInt64 { columns.ties[row] &- seed }

    /// Whether it is a candidate that the checks let through.
    func isPlaceable(_ row: Int, _ columns: NodeColumns) -> Bool {
        candidates.contains(row, columns) && feasibility.failing(row, columns) < 0
    }

    /// 0 fits, n + 1 filtered by reason n, -(n + 1) exhausted in dimension n, `unknown` for no candidates.
    /// `catchUp` must have been called.
    func status(_ row: Int, _ columns: NodeColumns) -> Int32 {
        guard candidates.contains(row, columns) else { return Self.unknown }
        let failing = feasibility.failing(row, columns)
        if failing >= 0 { return reasonNumbers[Int(failing)] + 1 }
        if slotOf[row] >= 0 { return statuses[Int(slotOf[row])] }
        return exhausted(row, columns).map { -Int32($0) - 1 } ?? 0
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
        if let allRows {
            for row in distinct.takeFlipped(allRows, proposed.columns) { refresh(row, proposed.columns) }
        }
        if isBoostStale { settleBoosts() }
    }

    private mutating func settleBoosts() {
        for at in spreads.indices { spreads[at].settle() }
        for (at, combo) in preferences.combos.enumerated() {
            var boost = 0.0
            for (rule, value) in zip(spreads, combo) { boost += rule.boost(value: value) }
            boosts[at] = boost
        }
        isBoostStale = false
    }

    /// Takes in what the plan does to a row.
    private mutating func take(_ row: Int, _ proposed: Proposed) {
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
        refresh(row, proposed.columns)
    }

    private mutating func count(_ row: Int, _ kind: Int, group: Int, job: Int) {
        if group != 0 {
            for at in spreads.indices { spreads[at].count(spreads[at].use.value(row, kind: kind), by: group) }
            isBoostStale = !spreads.isEmpty
        }
        distinct.count(row, kind: kind, group: group, job: job)
    }

    /// Decides a shown row's status and place anew.
    private mutating func refresh(_ row: Int, _ columns: NodeColumns) {
        let slot = Int(slotOf[row])
        guard slot >= 0, isPlaceable(row, columns) else { return }
        let old = statuses[slot]
        var new: Int32 = 0
        if let filter = distinct.filter(
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
    private func exhausted(_ row: Int, _ columns: NodeColumns) -> Int? {
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
