import Model

/// The `distinct_hosts` and `distinct_property` rules that hold for a group.
struct DistinctRules {
    private struct Property {
        var use: PropertyUse
        let limit: Int
        /// Counts the whole job's allocations; otherwise the group's.
        let isOfJob: Bool
        let attribute: String
    }

    private let hostsOfJob: Bool
    private let hostsOfGroup: Bool
    private var properties: [Property] = []
    /// Values that reached or left their limit since they were asked for: property and value.
    private var flipped: [Flip] = []

    init(_ job: Job, _ group: GroupSpec, _ columns: NodeColumns) {
        func hosts(_ list: [Constraint]) -> Bool {
            list.contains {
                $0.operand == "distinct_hosts" && !["false", "f", "0", "F", "False", "FALSE"].contains($0.rTarget)
            }
        }
        hostsOfJob = hosts(job.constraints)
        hostsOfGroup = hosts(group.constraints)
        for (list, isOfJob) in [(job.constraints, true), (group.constraints, false)] {
            for rule in list where rule.operand == "distinct_property" {
                properties.append(
                    Property(
                        use: PropertyUse(rule.lTarget, columns), limit: Int(rule.rTarget) ?? 1, isOfJob: isOfJob,
                        attribute: rule.lTarget))
            }
        }
    }

    /// Values of properties reach their limits, so that nodes change of which no allocation does.
    var hasProperties: Bool { !properties.isEmpty }

    /// Nodes of one kind may differ.
    var isByRow: Bool { properties.contains(where: \.use.isByRow) }

    mutating func count(_ row: Int, kind: Int, group: Int, job: Int) {
        for at in properties.indices {
            let step = properties[at].isOfJob ? job : group
            let value = properties[at].use.value(row, kind: kind)
            guard step != 0, value >= 0 else { continue }
            properties[at].use.count(value, by: step)
            // The reason names the count, so that nodes beyond the limit are told anew too.
            if properties[at].use.counts[Int(value)] >= properties[at].limit || step < 0 { flipped.append((at, value)) }
        }
    }

    /// A value of a property that reached or left its limit.
    typealias Flip = (property: Int, value: Int32)

    var hasFlipped: Bool { !flipped.isEmpty }

    /// What flipped since the last call.
    mutating func takeFlipped() -> [Flip] {
        defer { flipped = [] }
        return flipped
    }

    /// Whether the answer for a row may have changed.
    func has(_ row: Int, kind: Int, _ flips: [Flip]) -> Bool {
        flips.contains { properties[$0.property].use.value(row, kind: kind) == $0.value }
    }

    /// Every rule that keeps one more instance off the row.
    func obstacles(_ row: Int, kind: Int, _ ofGroup: Int32, _ ofJob: Int32) -> [RemedyChange] {
        var changes: [RemedyChange] = []
        if (hostsOfJob && ofJob > 0) || (hostsOfGroup && ofGroup > 0) { changes.append(RemedyChange(.distinctHosts)) }
        for property in properties {
            let value = property.use.value(row, kind: kind)
            guard value >= 0 else {
                changes.append(RemedyChange(.constraint, "distinct_property \(property.attribute)"))
                continue
            }
            let count = property.use.counts[Int(value)]
            guard count >= property.limit else { continue }
            changes.append(RemedyChange(.distinctProperty, property.attribute, amount: count + 1))
        }
        return changes
    }

    /// The number of the reason for which one more instance may not go to the row; nil when it may.
    func filter(_ row: Int, kind: Int, _ ofGroup: Int32, _ ofJob: Int32, _ reasons: inout Interner) -> Int? {
        if (hostsOfJob && ofJob > 0) || (hostsOfGroup && ofGroup > 0) { return reasons.number("distinct_hosts") }
        for property in properties {
            let value = property.use.value(row, kind: kind)
            guard value >= 0 else {
                return reasons.number("missing property \"\(property.attribute)\"")
            }
            let count = property.use.counts[Int(value)]
            if count >= property.limit {
                let text = property.use.values.texts[Int(value)]
                return reasons.number("distinct_property: \(property.attribute)=\(text) used by \(count) allocs")
            }
        }
        return nil
    }
}
