import State

/// Goes through the nodes of one kind that have room for an instance, the best fit first, ties in the evaluation's
/// order: reads the index of the cluster, cell by cell, and never all nodes.
struct KindCursor {
    /// The next node of one cell.
    private struct Head {
        var key: Double
        var tie: UInt64
        var row: Int32
        var cell: Int32
        var place: SortedRows.Place
        var left: Int
    }

    private var heads: [Head] = []
    private let seed: UInt64

    init(seed: UInt64) { self.seed = seed }

    /// Adds a cell all of whose nodes have a key.
    mutating func add(_ cell: Int32, key: Double, _ index: FitIndex) {
        let rows = index.cells[Int(cell)].rows
        let place = rows.start(from: seed)
        let entry = rows[place]
        heads.append(
            Head(key: key, tie: entry.tie &- seed, row: entry.row, cell: cell, place: place, left: rows.count))
        rise(heads.count - 1)
    }

    /// The best node that was not returned yet and is not shown; nil when there is none.
    /// - Parameter hidden: by row, -1 where it is not shown.
    mutating func next(_ index: FitIndex, hidden: [Int32]) -> Int? {
        while let head = heads.first {
            advance(index)
            if hidden[Int(head.row)] < 0 { return Int(head.row) }
        }
        return nil
    }

    private mutating func advance(_ index: FitIndex) {
        heads[0].left -= 1
        if heads[0].left == 0 {
            let last = heads.removeLast()
            if heads.isEmpty { return }
            heads[0] = last
        } else {
            let place = index.cells[Int(heads[0].cell)].rows.after(heads[0].place)
            let entry = index.cells[Int(heads[0].cell)].rows[place]
            (heads[0].place, heads[0].tie, heads[0].row) = (place, entry.tie &- seed, entry.row)
        }
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
