/// Entries in several heaps, each in at most one, the one with the greatest key on top.
///
/// Entries are numbers from 0 on. Every one knows its place, so changing one costs O(log n). Equal keys are ordered by
/// `tie`.
struct RankedRows {
    private var heaps: [[Int32]] = []
    private var heapOf: [Int32] = []
    private var position: [Int32] = []
    private(set) var keys: [Double] = []
    private(set) var ties: [UInt64] = []
    /// Heaps in which something changed since it was emptied. May repeat them.
    var changed: [Int32] = []

    /// Makes room for one more entry, which is in no heap yet.
    mutating func append(tie: UInt64) {
        ties.append(tie)
        heapOf.append(-1)
        position.append(-1)
        keys.append(0)
    }

    var heapCount: Int { heaps.count }

    func isRanked(_ row: Int) -> Bool { heapOf[row] >= 0 }

    /// Puts a row into a heap, or moves it there, or changes its key.
    mutating func set(_ row: Int, heap: Int, key: Double) {
        if changed.last != Int32(heap) { changed.append(Int32(heap)) }
        if heapOf[row] == Int32(heap) {
            keys[row] = key
            let at = Int(position[row])
            if !rise(heap, at) { sink(heap, at) }
            return
        }
        if heapOf[row] >= 0 { remove(row) }
        while heaps.count <= heap { heaps.append([]) }
        keys[row] = key
        heapOf[row] = Int32(heap)
        position[row] = Int32(heaps[heap].count)
        heaps[heap].append(Int32(row))
        _ = rise(heap, heaps[heap].count - 1)
    }

    mutating func remove(_ row: Int) {
        guard heapOf[row] >= 0 else { return }
        let (heap, at) = (Int(heapOf[row]), Int(position[row]))
        heapOf[row] = -1
        if changed.last != Int32(heap) { changed.append(Int32(heap)) }
        guard let last = heaps[heap].popLast(), at < heaps[heap].count else { return }
        heaps[heap][at] = last
        position[Int(last)] = Int32(at)
        if !rise(heap, at) { sink(heap, at) }
    }

    func top(_ heap: Int) -> Int? { heaps[heap].first.map(Int.init) }

    /// The heap's rows from the best on, as many as are asked for; costs O(k log k).
    func best(_ count: Int, of heap: Int) -> [Int] {
        var result: [Int] = []
        visit(heap) { row in
            result.append(row)
            return result.count < count
        }
        return result
    }

    /// The best row of the heap that a test accepts.
    func first(of heap: Int, where accepts: (Int) -> Bool) -> Int? {
        var found: Int?
        visit(heap) { row in
            if accepts(row) { found = row }
            return found == nil
        }
        return found
    }

    /// Goes through a heap in order until `body` returns false.
    private func visit(_ heap: Int, _ body: (Int) -> Bool) {
        let list = heaps[heap]
        var frontier: [Int] = list.isEmpty ? [] : [0]
        while !frontier.isEmpty {
            var bestAt = 0
            for at in 1..<max(1, frontier.count) where precedes(list[frontier[at]], list[frontier[bestAt]]) {
                bestAt = at
            }
            let at = frontier.remove(at: bestAt)
            guard body(Int(list[at])) else { return }
            if 2 * at + 1 < list.count { frontier.append(2 * at + 1) }
            if 2 * at + 2 < list.count { frontier.append(2 * at + 2) }
        }
    }

    private func precedes(_ a: Int32, _ b: Int32) -> Bool {
        let (x, y) = (keys[Int(a)], keys[Int(b)])
        return x != y ? x > y : ties[Int(a)] < ties[Int(b)]
    }

    private mutating func rise(_ heap: Int, _ start: Int) -> Bool {
        var at = start
        while at > 0 {
            let parent = (at - 1) / 2
            guard precedes(heaps[heap][at], heaps[heap][parent]) else { break }
            swap(heap, at, parent)
            at = parent
        }
        return at != start
    }

    private mutating func sink(_ heap: Int, _ start: Int) {
        var at = start
        while true {
            var best = at
            for child in (2 * at + 1)...(2 * at + 2) where child < heaps[heap].count {
                if precedes(heaps[heap][child], heaps[heap][best]) { best = child }
            }
            guard best != at else { return }
            swap(heap, at, best)
            at = best
        }
    }

    private mutating func swap(_ heap: Int, _ a: Int, _ b: Int) {
        heaps[heap].swapAt(a, b)
        position[Int(heaps[heap][a])] = Int32(a)
        position[Int(heaps[heap][b])] = Int32(b)
    }
}
