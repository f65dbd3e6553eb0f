import Model

/// Which candidates a group's checks let through, and what filters the others.
struct Feasibility {
    /// The checks' reasons; `failing` points into it.
    let reasons: [String]
    private let checks: [FeasibilityCheck]
    /// The first check that fails, or -1 for none; by row if nodes of one kind may differ in some check.
    private(set) var failing: NodeFacts<Int32>
    /// Some check looks at unique properties.
    let escapesClass: Bool

    init(_ job: Job, _ group: GroupSpec, _ candidates: Candidates, _ columns: inout NodeColumns) {
        let answer = columns.answer(job, group, candidates.kinds)
        (checks, reasons) = (answer.checks, answer.reasons)
        escapesClass = answer.checks.contains(where: \.escapesClass)
        let perRow = answer.checks.indices.filter { answer.checks[$0].isPerRow }
        guard !perRow.isEmpty else {
            failing = NodeFacts(ofKinds: answer.failing)
            return
        }
        failing = NodeFacts(-1, isByRow: true, columns)
        for row in candidates.rows(columns) {
            var first = answer.failing[columns.kindOf[row]]
            for at in perRow where first < 0 || at < first {
                if !answer.checks[at].holds(columns.nodes[row]) {
                    first = Int32(at)
                    break
                }
            }
            failing[row, 0] = first
        }
    }

    /// The number of the first check that a row fails; -1 when it fails none.
    func failing(_ row: Int, _ columns: NodeColumns) -> Int32 { failing[row, columns.kindOf[row]] }

    /// By computed class, of the candidates: whether the checks that classes decide let it through. Nothing where
    /// classes do not decide.
    func classes(_ candidates: Candidates, _ columns: NodeColumns) -> [(name: String, isEligible: Bool)] {
        guard !escapesClass else { return [] }
        var isKnown = [Bool](repeating: false, count: columns.classes.texts.count)
        var classes: [(name: String, isEligible: Bool)] = []
        for kind in candidates.kinds {
            let entry = columns.kinds[kind]
            guard !isKnown[entry.computedClass] else { continue }
            isKnown[entry.computedClass] = true
            let isEligible = checks.allSatisfy { $0.isPerNode || $0.holds(entry.example) }
            classes.append((columns.classes.texts[entry.computedClass], isEligible))
        }
        return classes
    }

    /// Whether the checks let a node through, candidate or not.
    func allows(_ node: Node) -> Bool { checks.allSatisfy { $0.holds(node) } }
}
