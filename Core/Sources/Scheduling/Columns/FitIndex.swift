import State

/// The ready nodes of a cluster by what placement cannot tell apart: nodes of one kind, size and use share a cell, and
/// cells that are near each other share a block.
///
/// Kept between evaluations and moved along with every change of a node, so that an evaluation asks once for each
/// block, and for each cell of a few, what it would otherwise ask of each node. Within a cell, nodes are in the order
/// of their ties. It shows the state, never the plan that is being made.
struct FitIndex: Sendable {
    struct Key: Hashable, Sendable {
        var kind: Int32
        /// Free devices of each group, numbered.
        var devices: Int32
        var room: NodeRoom
    }

    struct Cell: Sendable {
        let key: Key
        /// `NodeRoom.place`, the order of the cells of a kind.
        let place: UInt32
        var rows = SortedRows()
    }

    private(set) var cells: [Cell] = []
    private var vacant: [Int32] = []
    private var numbers: [Key: Int32] = [:]
    /// By row: its cell, or -1.
    private var cellOf: [Int32] = []
    /// By kind: its cells by place, in blocks.
    private var ofKind: [[CellBlock]] = []
    /// By kind: the cell that a row was put into last. What one plan did to nodes alike, it did to one after the other.
    private var recent: [Int32] = []
    /// Free devices of each group, by number.
    private(set) var deviceLevels: [[Int]] = [[]]
    private var levelNumbers: [[Int]: Int32] = [[]: 0]

    /// The cells of a kind, in blocks.
    func blocks(ofKind kind: Int) -> [CellBlock] { kind < ofKind.count ? ofKind[kind] : [] }

    /// What the state says of a row that is in the index.
    func key(ofRow row: Int) -> Key? {
        guard row < cellOf.count, cellOf[row] >= 0 else { return nil }
        return cells[Int(cellOf[row])].key
    }

    /// Puts a row where it belongs now.
    mutating func put(_ row: Int, tie: UInt64, kind: Int, devices: [Int], _ room: NodeRoom) {
        while cellOf.count <= row { cellOf.append(-1) }
        let old = cellOf[row]
        var key = Key(kind: Int32(kind), devices: 0, room: room)
        if old >= 0, deviceLevels[Int(cells[Int(old)].key.devices)] == devices {
            key.devices = cells[Int(old)].key.devices
            if cells[Int(old)].key == key { return }
        } else {
            key.devices = level(devices)
        }
        remove(row, tie: tie)
        while recent.count <= kind { recent.append(0) }
        var cell = recent[kind]
        if Int(cell) >= cells.count || cells[Int(cell)].rows.count == 0 || cells[Int(cell)].key != key {
            cell = numbers[key] ?? makeCell(key)
            recent[kind] = cell
        }
        cells[Int(cell)].rows.insert(SortedRows.Entry(tie: tie, row: Int32(row)))
        cellOf[row] = cell
    }

    /// Takes a row out, if it is in.
    mutating func remove(_ row: Int, tie: UInt64) {
        guard row < cellOf.count, cellOf[row] >= 0 else { return }
        let number = cellOf[row]
        let cell = Int(number)
        cellOf[row] = -1
        cells[cell].rows.remove(SortedRows.Entry(tie: tie, row: Int32(row)))
        guard cells[cell].rows.count == 0 else { return }
        numbers[cells[cell].key] = nil
        leaveBlock(number)
        vacant.append(number)
    }

    private mutating func makeCell(_ key: Key) -> Int32 {
        let cell = Cell(key: key, place: key.room.place)
        let number = vacant.popLast() ?? Int32(cells.count)
        if Int(number) == cells.count { cells.append(cell) } else { cells[Int(number)] = cell }
        enterBlock(number)
        numbers[key] = number
        return number
    }

    private mutating func level(_ free: [Int]) -> Int32 {
        if free.isEmpty { return 0 }
        if let known = levelNumbers[free] { return known }
        let number = Int32(deviceLevels.count)
        deviceLevels.append(free)
        levelNumbers[free] = number
        return number
    }
}

// MARK: - Blocks

extension FitIndex {
    private func room(_ cell: Int32) -> NodeRoom { cells[Int(cell)].key.room }

    /// Cells of one place are in the order of their numbers.
    private func precedes(_ a: Int32, _ b: Int32) -> Bool {
        let (x, y) = (cells[Int(a)].place, cells[Int(b)].place)
        return x != y ? x < y : a < b
    }

    /// The block of a kind that a cell is in, or belongs into: the last one that does not start after it.
    private func block(_ cell: Int32, _ kind: Int) -> Int {
        var (low, high) = (0, ofKind[kind].count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(cell, ofKind[kind][middle].cells[0]) { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    /// Where a cell is in a block, or belongs.
    private func position(_ cell: Int32, _ kind: Int, _ block: Int) -> Int {
        var (low, high) = (0, ofKind[kind][block].cells.count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(ofKind[kind][block].cells[middle], cell) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func enterBlock(_ cell: Int32) {
        let kind = Int(cells[Int(cell)].key.kind)
        while ofKind.count <= kind { ofKind.append([]) }
        guard !ofKind[kind].isEmpty else {
            ofKind[kind].append(CellBlock(cell, room(cell)))
            return
        }
        let at = block(cell, kind)
        ofKind[kind][at].insert(cell, at: position(cell, kind, at), room(cell))
        let list = ofKind[kind][at].cells
        guard list.count > CellBlock.cellsMax else { return }
        ofKind[kind][at] = CellBlock(Array(list[..<(list.count / 2)]), room)
        ofKind[kind].insert(CellBlock(Array(list[(list.count / 2)...]), room), at: at + 1)
    }

    private mutating func leaveBlock(_ cell: Int32) {
        let kind = Int(cells[Int(cell)].key.kind)
        let at = block(cell, kind)
        var list = ofKind[kind][at].cells
        list.remove(at: position(cell, kind, at))
        guard !list.isEmpty else {
            ofKind[kind].remove(at: at)
            return
        }
        if at + 1 < ofKind[kind].count, list.count + ofKind[kind][at + 1].cells.count <= CellBlock.joinedMax {
            list += ofKind[kind].remove(at: at + 1).cells
        }
        ofKind[kind][at] = CellBlock(list, room)
    }
}
