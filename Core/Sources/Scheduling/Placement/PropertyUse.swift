import Model

/// How many allocations each value of a node property carries: what spreads and `distinct_property` count.
struct PropertyUse {
    let reference: NodeReference
    /// The number of a node's value, or -1 where it has none.
    private var valueOf: NodeFacts<Int32>
    private(set) var values = Interner()
    /// Allocations by value.
    private(set) var counts: [Int] = []

    init(_ attribute: String, _ columns: NodeColumns) {
        reference = NodeReference(attribute)
        valueOf = NodeFacts(-1, isByRow: reference.isUnique, columns)
        if reference.isUnique {
            for row in 0..<columns.count where columns.isPresent[row] {
                if let value = reference.value(of: columns.nodes[row]) {
                    valueOf[row, 0] = Int32(values.number(value))
                }
            }
        } else {
            for (kind, entry) in columns.kinds.entries.enumerated() where entry.present > 0 {
                if let value = reference.value(of: entry.example) { valueOf[0, kind] = Int32(values.number(value)) }
            }
        }
        counts = [Int](repeating: 0, count: values.texts.count)
    }

    /// Nodes of one kind may differ in it.
    var isByRow: Bool { valueOf.isByRow }

    func value(_ row: Int, kind: Int) -> Int32 { valueOf[row, kind] }

    mutating func count(_ value: Int32, by step: Int) {
        if value >= 0 { counts[Int(value)] += step }
    }
}

/// One `spread` of a job or group with the use of its property.
struct SpreadRule {
    let spread: Spread
    /// The spread's share of all spreads' weights.
    let share: Double
    /// Instances wanted by value number; nil where nothing is said and nothing is left for others.
    private let desired: [Double?]
    private(set) var use: PropertyUse
    /// The fewest and the most allocations of a value that has any.
    private var extremes: (least: Int, most: Int) = (Int.max, 0)

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

    mutating func count(_ value: Int32, by step: Int) { use.count(value, by: step) }

    /// Takes in what was counted; boosts are asked for after it.
    mutating func settle() {
        extremes = (Int.max, 0)
        for count in use.counts where count > 0 {
            extremes = (min(extremes.least, count), max(extremes.most, count))
        }
    }

    /// The boost of the nodes with a value (-1: without one) if one more allocation went there.
    func boost(value: Int32) -> Double {
        guard value >= 0 else { return -1 }
        return spread.spreadTarget.isEmpty ? evenBoost(use.counts[Int(value)]) : targetBoost(Int(value))
    }

    private func targetBoost(_ value: Int) -> Double {
        guard let wanted = desired[value] else { return -1 }
        if wanted == 0 {
            // No share at all: as bad as the worst of the others.
            var worst = -1.0
            for other in desired.indices {
                if let wanted = desired[other], wanted > 0 { worst = min(worst, weighted(other, wanted)) }
            }
            return worst
        }
        return weighted(value, wanted)
    }

    private func weighted(_ value: Int, _ wanted: Double) -> Double {
        (wanted - Double(use.counts[value] + 1)) / wanted * share
    }

    private func evenBoost(_ current: Int) -> Double {
        let (least, most) = extremes
        guard most > 0 else { return 0 }
        if current != least { return Double(least - current) / Double(least) }
        if least == most { return -1 }
        return Double(most - least) / Double(least)
    }
}
