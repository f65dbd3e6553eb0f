import Model

/// Which candidates a group's checks let through, and what filters the others.
struct Feasibility {
    /// The checks' reasons; `failing` points into it.
    let reasons: [String]
    private let checks: [FeasibilityCheck]
    /// The first check that fails, or -1 for none; by row if some check looks at unique properties.
    private(set) var failing: NodeFacts<Int32>
    /// By computed class, of the candidates: whether the checks that classes decide let it through.
    private(set) var classes: [(name: String, isEligible: Bool)] = []

    /// Some check looks at unique properties.
    var escapesClass: Bool { failing.isByRow }

    init(_ job: Job, _ group: GroupSpec, _ candidates: Candidates, _ columns: NodeColumns) {
        let checks = FeasibilityCheck.checks(job, group)
        self.checks = checks
        reasons = checks.map(\.reason)
        let unique = checks.indices.filter { checks[$0].escapesClass }
        failing = NodeFacts(-1, isByRow: !unique.isEmpty, columns)
        var ofKind = [Int32](repeating: -1, count: columns.kinds.count)
        var isKnown = [Bool](repeating: false, count: columns.classes.texts.count)
        for kind in candidates.kinds {
            let entry = columns.kinds[kind]
            let first = checks.firstIndex { !$0.escapesClass && !$0.holds(entry.example) }
            ofKind[kind] = Int32(first ?? -1)
            if unique.isEmpty {
                failing[0, kind] = ofKind[kind]
                guard !isKnown[entry.computedClass] else { continue }
                isKnown[entry.computedClass] = true
                let isEligible = checks.allSatisfy { $0.isPerNode || $0.holds(entry.example) }
                classes.append((columns.classes.texts[entry.computedClass], isEligible))
            }
        }
        guard !unique.isEmpty else { return }
        for row in candidates.rows(columns) {
            var first = ofKind[columns.kindOf[row]]
            for at in unique where first < 0 || at < first {
                if !checks[at].holds(columns.nodes[row]) {
                    first = Int32(at)
                    break
                }
            }
            failing[row, 0] = first
        }
    }

    /// The number of the first check that a row fails; -1 when it fails none.
    func failing(_ row: Int, _ columns: NodeColumns) -> Int32 { failing[row, columns.kindOf[row]] }

    /// Whether the checks let a node through, candidate or not.
    func allows(_ node: Node) -> Bool { checks.allSatisfy { $0.holds(node) } }
}
