import HashTreeCollections
import Model

/// Which entry made which allocations: from where lists begin, and how a page is found without looking at all that
/// there are.
struct CreationOrder: Sendable {
    /// In no particular order within an entry.
    private var made: TreeDictionary<LogIndex, [AllocationID]> = [:]

    mutating func add(_ ids: some Sequence<AllocationID>, at index: LogIndex) {
        made[index, default: []].append(contentsOf: ids)
    }

    mutating func remove(_ id: AllocationID, at index: LogIndex) {
        // Taken out and put back, so that it is changed in its place.
        guard var ids = made.removeValue(forKey: index) else { return }
        if let place = ids.firstIndex(of: id) {
            ids.swapAt(place, ids.count - 1)
            ids.removeLast()
        }
        if !ids.isEmpty { made[index] = ids }
    }

    /// Places by creation, then id.
    /// - Parameters:
    ///   - first: those before it are left out; nil: none.
    ///   - limit: so many from there on; nil: all.
    func places(
        from first: AllocationPlace?, limit: Int?, where isWanted: (AllocationID) -> Bool
    ) -> [AllocationPlace] {
        var places: [AllocationPlace] = []
        for index in made.keys.filter({ $0 >= first?.createIndex ?? 0 }).sorted() {
            for id in (made[index] ?? []).sorted() {
                let place = AllocationPlace(createIndex: index, id: id)
                if let first, place < first { continue }
                guard isWanted(id) else { continue }
                if let limit, places.count >= limit { return places }
                places.append(place)
            }
        }
        return places
    }
}
