import Model

/// One `spread` of a job or group with the use of its property.
struct SpreadRule {
    let spread: Spread
    /// The spread's share of all spreads' weights.
    let share: Double
    /// Instances wanted by value number; nil where nothing is said and nothing is left for others.
    private let desired: [Double?]
    private(set) var use: PropertyUse
    /// How many values have so many allocations, for the fewest and the most that any has.
    private var valuesWith: [Int] = [0]
    private var extremes = Extremes()
    /// As they were when boosts were asked for last; nil before.
    private var settled: Extremes?
    /// Values that were counted since.
    private var counted: [Int32] = []
    /// The least boost of a value that has a share, where some value has none.
    private var worst: Double?

    /// The fewest and the most allocations of a value that has any.
    private struct Extremes: Equatable {
        var least = Int.max
        var most = 0
    }

    init(_ spread: Spread, weights: Int, count: Int, _ columns: NodeColumns) {
        self.spread = spread
        share = Double(spread.weight) / Double(max(1, weights))
        let use = PropertyUse(spread.attribute, columns)
        var wanted: [String: Double] = [:]
        var left = Double(count)
        for target in spread.spreadTarget {
            let part = Double(target.percent) / 100 * Double(count)
            wanted[target.value] = part
            left -= part
        }
        // `*` is everything that is not named, and what is left of the percentages is its share.
        let others = left > 0 ? left : wanted["*"]
        desired = use.values.texts.map { wanted[$0] ?? others }
        self.use = use
    }

    mutating func count(_ value: Int32, by step: Int) {
        guard value >= 0, step != 0 else { return }
        let old = use.counts[Int(value)]
        use.count(value, by: step)
        counted.append(value)
        guard spread.spreadTarget.isEmpty else { return }
        let new = use.counts[Int(value)]
        while valuesWith.count <= new { valuesWith.append(0) }
        if old > 0 { valuesWith[old] -= 1 }
        if new > 0 { valuesWith[new] += 1 }
        extremes.most = max(extremes.most, new)
        while extremes.most > 0, valuesWith[extremes.most] == 0 { extremes.most -= 1 }
        guard extremes.most > 0 else {
            extremes = Extremes()
            return
        }
        if new > 0 { extremes.least = min(extremes.least, new) }
        while valuesWith[extremes.least] == 0 { extremes.least += 1 }
    }

    /// Takes in what was counted; boosts are asked for after it.
    /// - Returns: the values whose boosts are others now, nil for all.
    mutating func settle() -> [Int32]? {
        let changed = counted
        counted.removeAll(keepingCapacity: true)
        let isSame = settled == extremes && worst == nil
        settled = extremes
        if !spread.spreadTarget.isEmpty, desired.contains(0) {
            worst = desired.indices.reduce(-1.0) { worst, value in
                guard let wanted = desired[value], wanted > 0 else { return worst }
                return min(worst, weighted(value, wanted))
            }
        }
        return isSame ? changed : nil
    }

    /// The boost of the nodes with a value (-1: without one) if one more allocation went there.
    func boost(value: Int32) -> Double {
        guard value >= 0 else { return -1 }
        return spread.spreadTarget.isEmpty ? evenBoost(use.counts[Int(value)]) : targetBoost(Int(value))
    }

    private func targetBoost(_ value: Int) -> Double {
        guard let wanted = desired[value] else { return -1 }
        // No share at all: as bad as the worst of the others.
        return wanted == 0 ? worst ?? -1 : weighted(value, wanted)
    }

    private func weighted(_ value: Int, _ wanted: Double) -> Double {
        (wanted - Double(use.counts[value] + 1)) / wanted * share
    }

    private func evenBoost(_ current: Int) -> Double {
        let (least, most) = (extremes.least, extremes.most)
        guard most > 0 else { return 0 }
        if current != least { return Double(least - current) / Double(least) }
        if least == most { return -1 }
        return Double(most - least) / Double(least)
    }
}
