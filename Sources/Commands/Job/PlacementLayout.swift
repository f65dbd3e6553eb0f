import Base

/// Why allocations found no place.
enum PlacementLayout {
    /// One bullet a reason, in a fixed order.
    static func reasons(_ metric: JSON, indent: String) -> [String] {
        var lines: [String] = []
        func add(_ text: String) { lines.append("\(indent)* \(text)") }
        if metric.int("NodesEvaluated") == 0 { add("No nodes were eligible for evaluation") }
        for (datacenter, count) in metric.entries("NodesAvailable") where count.intValue == 0 {
            add("No nodes are available in datacenter \(GoQuote.text(datacenter))")
        }
        for (name, count) in metric.entries("ClassFiltered") {
            add("Class \(GoQuote.text(name)): \(count.intValue ?? 0) nodes excluded by filter")
        }
        for (name, count) in metric.entries("ConstraintFiltered") {
            add("Constraint \(GoQuote.text(name)): \(count.intValue ?? 0) nodes excluded by filter")
        }
        let exhausted = metric.int("NodesExhausted")
        if exhausted > 0 { add("Resources exhausted on \(exhausted) nodes") }
        for (name, count) in metric.entries("ClassExhausted") {
            add("Class \(GoQuote.text(name)) exhausted on \(count.intValue ?? 0) nodes")
        }
        for (name, count) in metric.entries("DimensionExhausted") {
            add("Dimension \(GoQuote.text(name)) exhausted on \(count.intValue ?? 0) nodes")
        }
        for name in metric.texts("QuotaExhausted").sorted() { add("Quota limit hit \(GoQuote.text(name))") }
        return lines
    }

    /// `Task Group "web" (failed to place 2 allocations):`.
    static func heading(_ group: String, _ metric: JSON) -> String {
        let count = metric.int("CoalescedFailures") + 1
        let noun = count == 1 ? "allocation" : "allocations"
        return "Task Group \(GoQuote.text(group)) (failed to place \(count) \(noun)):"
    }

    /// The scores of the nodes that were looked at.
    static func scores(_ metric: JSON, show: Show) -> [String] {
        let entries = metric.list("ScoreMetaData")
        guard !entries.isEmpty else { return [] }
        var names: Set<String> = []
        for entry in entries { names.formUnion(entry.entries("Scores").map(\.name)) }
        let columns = names.sorted()
        var table = Table(["Node"] + columns + ["final score"])
        for entry in entries {
            let scores = entry.child("Scores")
            table.add(
                [show.id(entry.text("NodeID"))]
                    + columns.map { Decimal.significant(scores.double($0), digits: 3) }
                    + [Decimal.significant(entry.double("NormScore"), digits: 3)])
        }
        return table.lines
    }
}
