import State

/// Goes through the nodes of one kind that have room for an instance, the best fit first, ties in the evaluation's
/// order: reads the index of the cluster block by block and cell by cell, and never all nodes.
struct KindCursor {
    /// A block that nobody looked into, a cell that nobody looked into, or the next node of a cell. What was not looked
    /// into comes before anything it might hold.
    private struct Head {
        var key: Double
        var tie: UInt64 = 0
        /// Nodes of the cell that are left.
        var left = 0
        var place = SortedRows.Place(piece: 0, at: 0)
        var row: Int32 = -1
        /// The cell, or -1 for a block.
        var cell: Int32 = -1
        var block: Int32 = -1
    }

    /// What comes next.
    enum Step {
        /// A block that the caller has to look into: its cells are to be added.
        case block(Int)
        /// A node, with its key.
        case row(Int, key: Double)
        case end
    }

    private var heads: [Head] = []
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// Adds a cell all of whose nodes have a key.
    mutating func add(cell: Int32, key: Double) {
        heads.append(Head(key: key, cell: cell))
        rise(heads.count - 1)
    }

    /// Adds a block none of whose nodes has a greater key than `bound`.
    mutating func add(block: Int, bound: Double) {
        heads.append(Head(key: bound, block: Int32(block)))
        rise(heads.count - 1)
    }

    /// The best node that was not returned yet and is not shown, or the block that may hold it.
    /// - Parameter slots: by row, -1 where it is not shown.
    mutating func next(_ index: FitIndex, slots: [Int32]) -> Step {
        while let head = heads.first {
            if head.cell < 0 {
                removeFirst()
                return .block(Int(head.block))
            }
            if head.row < 0 {
                let place = index.cells[Int(head.cell)].rows.start(from: seed)
                move(to: place, index, left: index.cells[Int(head.cell)].rows.count)
                continue
            }
            if head.left == 1 {
                removeFirst()
            } else {
                move(to: index.cells[Int(head.cell)].rows.after(head.place), index, left: head.left - 1)
            }
            if slots[Int(head.row)] < 0 { return .row(Int(head.row), key: head.key) }
        }
        return .end
    }

    private mutating func move(to place: SortedRows.Place, _ index: FitIndex, left: Int) {
        let entry = index.cells[Int(heads[0].cell)].rows[place]
        (heads[0].place, heads[0].left) = (place, left)
        (heads[0].tie, heads[0].row) = (entry.tie &- seed, entry.row)
        sink()
    }

    private mutating func removeFirst() {
        let last = heads.removeLast()
        guard !heads.isEmpty else { return }
        heads[0] = last
        sink()
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool {
        heads[a].key != heads[b].key ? heads[a].key > heads[b].key : heads[a].tie < heads[b].tie
    }

    private mutating func rise(_ start: Int) {
        var at = start
        while at > 0, precedes(at, (at - 1) / 2) {
            heads.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    private mutating func sink() {
        var at = 0
        while true {
            var best = at
            for child in (2 * at + 1)...(2 * at + 2) where child < heads.count {
                if precedes(child, best) { best = child }
            }
            guard best != at else { return }
            heads.swapAt(at, best)
            at = best
        }
    }
}
