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
