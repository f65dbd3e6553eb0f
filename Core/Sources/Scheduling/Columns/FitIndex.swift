import State

/// The ready nodes of a cluster by what placement cannot tell apart: nodes of one kind, size and use share a cell.
///
/// Kept between evaluations and moved along with every change of a node, so that an evaluation asks once for each
/// cell what it would otherwise ask of each node. Within a cell, nodes are in the order of their ties. It shows the
/// state, never the plan that is being made.
struct FitIndex: Sendable {
    struct Key: Hashable, Sendable {
        var kind: Int32
        /// Free devices of each group, numbered.
        var devices: Int32
        var room: NodeRoom
    }

    struct Cell: Sendable {
        let key: Key
        var rows = SortedRows()
        /// Where the cell stands among those of its kind.
        fileprivate var position = 0
    }

    private(set) var cells: [Cell] = []
    private var vacant: [Int32] = []
    private var numbers: [Key: Int32] = [:]
    /// By row: its cell, or -1.
    private var cellOf: [Int32] = []
    /// By kind: its cells, in no order that means anything.
    private var ofKind: [[Int32]] = []
    /// Free devices of each group, by number.
    private(set) var deviceLevels: [[Int]] = [[]]
    private var levelNumbers: [[Int]: Int32] = [[]: 0]

    /// The cells of a kind.
    func cells(ofKind kind: Int) -> [Int32] { kind < ofKind.count ? ofKind[kind] : [] }

    /// What the state says of a row that is in the index.
    func key(ofRow row: Int) -> Key? {
        guard row < cellOf.count, cellOf[row] >= 0 else { return nil }
        return cells[Int(cellOf[row])].key
    }

    /// Puts a row where it belongs now.
    mutating func put(_ row: Int, tie: UInt64, kind: Int, devices: [Int], _ room: NodeRoom) {
        while cellOf.count <= row { cellOf.append(-1) }
        let key = Key(kind: Int32(kind), devices: level(devices), room: room)
        let old = cellOf[row]
        if old >= 0, cells[Int(old)].key == key { return }
        remove(row, tie: tie)
        let cell = numbers[key] ?? makeCell(key)
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
        let (kind, position) = (Int(cells[cell].key.kind), cells[cell].position)
        numbers[cells[cell].key] = nil
        let last = ofKind[kind].removeLast()
        if last != number {
            ofKind[kind][position] = last
            cells[Int(last)].position = position
        }
        vacant.append(number)
    }

    private mutating func makeCell(_ key: Key) -> Int32 {
        let kind = Int(key.kind)
        while ofKind.count <= kind { ofKind.append([]) }
        let cell = Cell(key: key, position: ofKind[kind].count)
        let number = vacant.popLast() ?? Int32(cells.count)
        if Int(number) == cells.count { cells.append(cell) } else { cells[Int(number)] = cell }
        ofKind[kind].append(number)
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
