import Model

/// How many allocations each value of a node property carries: what spreads and `distinct_property` count.
struct PropertyUse {
    let reference: NodeReference
    /// By row: the number of the node's value, or -1 where it has none.
    private(set) var valueOf: [Int32]
    private(set) var values = Interner()
    /// Allocations by value.
    private(set) var counts: [Int] = []

    init(_ attribute: String, _ columns: NodeColumns) {
        reference = NodeReference(attribute)
        valueOf = [Int32](repeating: -1, count: columns.count)
        // Nodes of one computed class agree in all but unique properties.
        var byClass = [Int32](repeating: -2, count: columns.classes.texts.count)
        let isUnique = reference.isUnique
        for row in 0..<columns.count where columns.isPresent[row] {
            let number = columns.classOf[row]
            if isUnique || byClass[number] == -2 {
                let value = reference.value(of: columns.nodes[row])
                byClass[number] = value.map { Int32(values.number($0)) } ?? -1
            }
            valueOf[row] = byClass[number]
        }
        counts = [Int](repeating: 0, count: values.texts.count)
    }

    mutating func count(row: Int, by step: Int) {
        let value = valueOf[row]
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
        let others: Double? = left > 0 ? left : nil
        desired = use.values.texts.map { wanted[$0] ?? others }
        self.use = use
    }

    mutating func count(row: Int, by step: Int) { use.count(row: row, by: step) }

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
        var (least, most) = (Int.max, 0)
        for count in use.counts where count > 0 { (least, most) = (min(least, count), max(most, count)) }
        guard most > 0 else { return 0 }
        if current != least { return Double(least - current) / Double(least) }
        if least == most { return -1 }
        return Double(most - least) / Double(least)
    }
}
