import Base

extension Validation {
    /// Where a constraint stands: some operators have no sense further down.
    enum ConstraintLevel { case job, group, task, device }

    private static let operands: Set<String> = [
        "=", "==", "is", "!=", "not", "<", "<=", ">", ">=", "regexp", "version", "semver", "set_contains",
        "set_contains_all", "set_contains_any", "is_set", "is_not_set", "distinct_hosts", "distinct_property",
    ]

    static func constraint(_ constraint: Constraint, level: ConstraintLevel) -> Problems {
        var problems = Problems()
        let operand = constraint.operand
        if operand.isEmpty {
            problems.add(at: "Operand", "Missing constraint operand")
            return problems
        }
        guard operands.contains(operand) else {
            problems.add(
                at: "Operand",
                "Unknown constraint type \"\(operand)\"; must be one of \(operands.sorted().joined(separator: " "))")
            return problems
        }
        let isDistinct = operand == "distinct_hosts" || operand == "distinct_property"
        if isDistinct, level == .task || level == .device {
            problems.add(at: "Operand", "\(operand) constraint is only possible at job or group level")
        }
        var needsLeft = true
        switch operand {
        case "distinct_hosts":
            needsLeft = false
            problems.add(
                if: !["", "true", "false", "1", "0", "t", "f", "T", "F", "TRUE", "FALSE", "True", "False"]
                    .contains(constraint.rTarget), at: "RTarget",
                "distinct_hosts must be true or false, not \"\(constraint.rTarget)\"")
        case "distinct_property":
            distinctProperty(constraint, &problems)
        case "is_set", "is_not_set":
            problems.add(
                if: !constraint.rTarget.isEmpty, at: "RTarget", "Operator \"\(operand)\" does not support an RTarget")
        case "regexp":
            regexp(constraint.rTarget, &problems)
        case "version", "semver":
            version(constraint.rTarget, operand, &problems)
        case "set_contains", "set_contains_all", "set_contains_any":
            problems.add(if: constraint.rTarget.isEmpty, at: "RTarget", "Set contains constraint requires an RTarget")
        default:
            problems.add(
                if: constraint.rTarget.isEmpty, at: "RTarget",
                "Operator \"\(operand)\" requires an RTarget: set value to what the attribute is compared with")
        }
        if needsLeft, constraint.lTarget.isEmpty {
            problems.add(
                at: "LTarget",
                "No LTarget provided but is required by constraint; set attribute, for example ${attr.kernel.name}")
        }
        leftTarget(constraint.lTarget, &problems)
        return problems
    }

    private static func distinctProperty(_ constraint: Constraint, _ problems: inout Problems) {
        guard !constraint.rTarget.isEmpty else { return }
        guard let count = UInt64(constraint.rTarget) else {
            problems.add(
                at: "RTarget",
                "Failed to convert RTarget \"\(constraint.rTarget)\" to uint64: distinct_property takes a whole number, "
                    + "how many allocations may share a value")
            return
        }
        problems.add(
            if: count < 1, at: "RTarget", "Distinct Property must have an allowed count of 1 or greater: \(count) < 1")
    }

    private static func regexp(_ pattern: String, _ problems: inout Problems) {
        do {
            _ = try RegularExpression(pattern)
        } catch {
            problems.add(at: "RTarget", "Regular expression failed to compile: error parsing regexp: \(error)")
        }
    }

    private static func version(_ text: String, _ operand: String, _ problems: inout Problems) {
        let title = operand == "semver" ? "Semver" : "Version"
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let clause = String(part).trimmedBlanks
            if !isVersionClause(clause, strict: operand == "semver") {
                problems.add(
                    at: "RTarget",
                    "\(title) constraint is invalid: Malformed constraint: \(clause); write for example \">= 1.2, < 2.0\""
                )
            }
        }
    }

    /// An operator, or none, and a version.
    private static func isVersionClause(_ clause: String, strict: Bool) -> Bool {
        let operators = ["~>", ">=", "<=", "!=", "=", ">", "<"]
        let found = operators.first { clause.hasPrefix($0) && !(strict && $0 == "~>") }
        var version = String(clause.dropFirst(found?.count ?? 0)).trimmedBlanks
        if version.hasPrefix("v") { version.removeFirst() }
        let core = version.prefix { $0 != "-" && $0 != "+" }
        let numbers = core.split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else { return false }
        return version.dropFirst(core.count).allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-+.~".contains($0))
        }
    }

    /// References to nodes are checked, plain texts are as they are.
    private static func leftTarget(_ target: String, _ problems: inout Problems) {
        guard target.hasPrefix("$") else { return }
        let names = ["${node.unique.id}", "${node.datacenter}", "${node.unique.name}", "${node.class}", "${node.pool}"]
        let prefixes = ["${attr.", "${device.", "${meta.", "${driver.", "${unique.", "${env."]
        let isReference = target.hasPrefix("${") && target.hasSuffix("}")
        if !isReference || !(names.contains(target) || prefixes.contains { target.hasPrefix($0) }) {
            problems.add(
                at: "LTarget",
                "LTarget \"\(target)\" is not a reference to a node; use \(names.joined(separator: ", ")), "
                    + "${attr.…}, ${meta.…} or ${device.…}")
        }
    }

    static func affinity(_ affinity: Affinity) -> Problems {
        var problems = Problems()
        let allowed = operands.subtracting(["is_set", "is_not_set", "distinct_hosts", "distinct_property"])
        problems.add(if: affinity.operand.isEmpty, at: "Operand", "Missing affinity operand")
        problems.add(
            if: !affinity.operand.isEmpty && !allowed.contains(affinity.operand), at: "Operand",
            "Unknown affinity operator \"\(affinity.operand)\"; must be one of \(allowed.sorted().joined(separator: " "))"
        )
        switch affinity.operand {
        case "regexp": regexp(affinity.rTarget, &problems)
        case "version", "semver": version(affinity.rTarget, affinity.operand, &problems)
        case "set_contains", "set_contains_all", "set_contains_any":
            problems.add(if: affinity.rTarget.isEmpty, at: "RTarget", "Set contains operators require an RTarget")
        default:
            problems.add(
                if: affinity.rTarget.isEmpty, at: "RTarget", "Operator \"\(affinity.operand)\" requires an RTarget")
        }
        problems.add(if: affinity.lTarget.isEmpty, at: "LTarget", "No LTarget provided but is required")
        problems.add(
            if: !(-100...100).contains(affinity.weight), at: "Weight",
            "Affinity weight must be within the range [-100,100], not \(affinity.weight)")
        problems.add(if: affinity.weight == 0, at: "Weight", "Affinity weight cannot be zero")
        return problems
    }

    static func spread(_ spread: Spread) -> Problems {
        var problems = Problems()
        problems.add(if: spread.attribute.isEmpty, at: "Attribute", "Missing spread attribute")
        problems.add(
            if: !(1...100).contains(spread.weight), at: "Weight",
            "Spread stanza must have a positive weight from 0 to 100, not \(spread.weight)")
        var seen: Set<String> = []
        var sum = 0
        for (at, target) in spread.spreadTarget.enumerated() {
            problems.add(
                if: !seen.insert(target.value).inserted, at: FieldPath("SpreadTarget", at),
                "Spread target value \"\(target.value)\" already defined")
            problems.add(
                if: !(0...100).contains(target.percent), at: FieldPath("SpreadTarget", at, "Percent"),
                "Spread target percentage for value \"\(target.value)\" must be between 0 and 100, not \(target.percent)"
            )
            sum += target.percent
        }
        problems.add(
            if: sum > 100, "Sum of spread target percentages must not be greater than 100%; got \(sum)%")
        return problems
    }
}

extension String {
    /// Without blanks at both ends.
    fileprivate var trimmedBlanks: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return String(text)
    }
}
