import Model

/// What affinities say of the candidates, and which combination of spread values each of them has.
struct NodePreferences {
    let hasAffinities: Bool
    /// Matched share of the affinities' weights; 0 is nothing.
    private(set) var affinity: NodeFacts<Double>
    /// The number of the node's combination.
    private(set) var combo: NodeFacts<Int32>
    /// By combination: the numbers of the values, one of each spread. Without spreads there is one, of nothing.
    private(set) var combos: [[Int32]] = []
    /// By spread and value: the combinations that have it.
    private(set) var combosOf: [[[Int32]]] = []

    /// Nodes of one kind may differ.
    var isByRow: Bool { affinity.isByRow || combo.isByRow }

    init(_ affinities: [Affinity], _ spreads: [PropertyUse], _ candidates: Candidates, _ columns: NodeColumns) {
        hasAffinities = !affinities.isEmpty
        let matchers = affinities.map { Matcher($0) }
        affinity = NodeFacts(0, isByRow: matchers.contains(where: \.isUnique), columns)
        combo = NodeFacts(0, isByRow: spreads.contains(where: \.isByRow), columns)
        readAffinities(affinities, matchers, candidates, columns)
        combine(spreads, candidates, columns)
    }

    private mutating func readAffinities(
        _ list: [Affinity], _ matchers: [Matcher], _ candidates: Candidates, _ columns: NodeColumns
    ) {
        guard !list.isEmpty else { return }
        let weights = list.reduce(0.0) { $0 + Double(abs($1.weight)) }
        func share(_ node: Node) -> Double {
            var sum = 0.0
            for (affinity, matcher) in zip(list, matchers) where matcher.matches(node) {
                sum += Double(affinity.weight)
            }
            return sum / weights
        }
        if affinity.isByRow {
            for row in candidates.rows(columns) { affinity[row, 0] = share(columns.nodes[row]) }
        } else {
            for kind in candidates.kinds { affinity[0, kind] = share(columns.kinds[kind].example) }
        }
    }

    private mutating func combine(_ spreads: [PropertyUse], _ candidates: Candidates, _ columns: NodeColumns) {
        guard !spreads.isEmpty else {
            combos = [[]]
            return
        }
        var numbers: [[Int32]: Int32] = [:]
        func number(_ values: [Int32]) -> Int32 {
            if let known = numbers[values] { return known }
            let number = Int32(combos.count)
            numbers[values] = number
            combos.append(values)
            return number
        }
        if combo.isByRow {
            for row in candidates.rows(columns) {
                combo[row, 0] = number(spreads.map { $0.value(row, kind: columns.kindOf[row]) })
            }
        } else {
            for kind in candidates.kinds { combo[0, kind] = number(spreads.map { $0.value(0, kind: kind) }) }
        }
        combosOf = spreads.map { [[Int32]](repeating: [], count: $0.counts.count) }
        for (number, values) in combos.enumerated() {
            for (at, value) in values.enumerated() where value >= 0 { combosOf[at][Int(value)].append(Int32(number)) }
        }
    }
}
