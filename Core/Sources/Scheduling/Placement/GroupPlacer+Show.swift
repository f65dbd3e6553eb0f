import Model
import State

// MARK: - Showing rows

extension GroupPlacer {
    /// Shows every candidate that the checks let through, and counts the others.
    mutating func showAll(_ proposed: Proposed) {
        let columns = proposed.columns
        let rows = candidates.rows(columns)
        allRows = rows
        for row in rows {
            let failing = feasibility.failing(row, columns)
            if failing >= 0 {
                tally.count(reasonNumbers[Int(failing)] + 1, nodeClass: columns.nodeClass(row), by: 1)
            } else {
                add(row, columns)
                refresh(row, proposed)
            }
        }
    }

    /// Counts all candidates as the state has them, block by block, and shows the best row of every kind.
    mutating func readIndex(_ proposed: Proposed) {
        let columns = proposed.columns
        for kind in candidates.kinds { countRows(ofKind: kind, columns) }
        for port in need.ports where !port.ignoresCollision {
            guard let value = UInt16(exactly: port.value), value > 0 else { continue }
            for row in columns.portHolders.rows(of: value) where isPlaceable(Int(row), columns) {
                show(Int(row), columns)
                refresh(Int(row), proposed)
            }
        }
        for kind in candidates.kinds where cursors[kind] != nil { advance(kind, columns) }
    }

    /// Counts the rows of a kind as if none were shown, and starts a cursor where some may have room.
    private mutating func countRows(ofKind kind: Int, _ columns: NodeColumns) {
        let entry = columns.kinds[kind]
        let failing = feasibility.failing[0, kind]
        if failing >= 0 {
            count(reasonNumbers[Int(failing)] + 1, kind, entry.ready, columns)
        } else if let filter = distinct.filter(0, kind: kind, 0, 0, &tally.reasons) {
            bulk.filters[kind] = Int32(filter) + 1
            count(Int32(filter) + 1, kind, entry.ready, columns)
        } else if !need.ports.isEmpty, let lack = portReasons.failure(need, entry.ports) {
            count(-Int32(lack) - 1, kind, entry.ready, columns)
        } else {
            cursors[kind] = cursor(kind, columns)
        }
    }

    private mutating func count(_ status: Int32, _ kind: Int, _ rows: Int, _ columns: NodeColumns) {
        tally.count(status, nodeClass: columns.kinds[kind].nodeClass, by: rows)
        if distinct.hasProperties { bulk.add(status, rows, kind) }
    }

    /// Counts the rows of a kind anew when its property reached or left its limit.
    mutating func recount(_ kind: Int, _ proposed: Proposed) {
        let columns = proposed.columns
        guard feasibility.failing[0, kind] < 0 else { return }
        let filter = distinct.filter(0, kind: kind, 0, 0, &tally.reasons)
        guard bulk.filters[kind] != filter.map({ Int32($0) + 1 }) ?? 0 else {
            // Gone and back: those that were looked at in between are to be looked at again.
            for row in bulk.shown[kind] { refresh(Int(row), proposed) }
            return
        }
        let nodeClass = columns.kinds[kind].nodeClass
        // Those that are not shown go out as what they were counted as, and come in again.
        for (status, rows) in bulk.counts[kind] { tally.count(status, nodeClass: nodeClass, by: -rows) }
        let shownRows = bulk.shown[kind]
        for row in shownRows { tally.count(stateStatus(Int(row), columns), nodeClass: nodeClass, by: 1) }
        bulk.clear(kind)
        (cursors[kind], standing[kind]) = (nil, -1)
        countRows(ofKind: kind, columns)
        for row in shownRows {
            tally.count(stateStatus(Int(row), columns), nodeClass: nodeClass, by: -1)
            refresh(Int(row), proposed)
        }
        advance(kind, columns)
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
                count(-Int32(dimensions.number(lack)) - 1, kind, rows, columns)
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
                count(-Int32(lack) - 1, kind, rows, columns)
            } else {
                let fit = key.room.fit(ask, spreads: rules.spreadsAlgorithm)
                cursor.add(cell: cell, key: sum(fit, devices, liking).sum)
            }
        }
    }

    /// The dimension other than ports that lacks room.
    func lack(
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
            case .row(let row, let key):
                cursors[kind] = cursor
                standing[kind] = Int32(row)
                add(row, columns)
                statuses[statuses.count - 1] = 0
                if distinct.hasProperties { bulk.shown[kind].append(Int32(row)) }
                rank(row, kind, key)
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
        guard allRows == nil, isPlaceable(row, columns) else { return }
        statuses[Int(slotOf[row])] = stateStatus(row, columns)
        if distinct.hasProperties { bulk.shown[columns.kindOf[row]].append(Int32(row)) }
    }

    /// What a row was counted as before it was shown.
    private func stateStatus(_ row: Int, _ columns: NodeColumns) -> Int32 {
        guard let key = columns.index.key(ofRow: row) else { return 0 }
        let kind = Int(key.kind)
        if bulk.filters[kind] != 0 { return bulk.filters[kind] }
        let entry = columns.kinds[kind]
        let servers = need.needsDevices ? demand.servers(ofKind: kind) : []
        let lack =
            (need.ports.isEmpty ? nil : portReasons.failure(need, entry.ports))
            ?? lack(
                key.room, need.footprint(coreCPU: entry.coreCPU), columns.index.deviceLevels[Int(key.devices)], servers)
        return lack.map { -Int32($0) - 1 } ?? 0
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
        if bulk.filters[columns.kindOf[row]] != 0 { return bulk.filters[columns.kindOf[row]] }
        return exhausted(row, columns).map { -Int32($0) - 1 } ?? 0
    }
}
