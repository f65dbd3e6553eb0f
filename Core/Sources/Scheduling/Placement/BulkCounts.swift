/// What the rows of each kind of node were counted as that nobody looked at one by one. Kept only where a kind may have to
/// be counted anew.
struct BulkCounts {
    /// By kind: the status of all its rows that a property gives them which is used up, or 0.
    var filters: [Int32]
    /// By kind: how many rows have which status, as if none were shown.
    private(set) var counts: [[(status: Int32, rows: Int)]]
    /// By kind: its rows that are shown.
    var shown: [[Int32]]

    init(kinds: Int) {
        filters = [Int32](repeating: 0, count: kinds)
        counts = [[(status: Int32, rows: Int)]](repeating: [], count: kinds)
        shown = [[Int32]](repeating: [], count: kinds)
    }

    mutating func add(_ status: Int32, _ rows: Int, _ kind: Int) { counts[kind].append((status, rows)) }

    /// Forgets what the rows of a kind were counted as; those that are shown stay so.
    mutating func clear(_ kind: Int) {
        (filters[kind], counts[kind]) = (0, [])
    }
}
