import Base
import Model

/// A constraint's or affinity's comparison, with its texts read once: references, regular expression, versions.
struct Matcher: Sendable {
    private enum Test: Sendable {
        case equal, unequal
        case ordered(@Sendable (Int) -> Bool)
        case pattern(RegularExpression)
        case version(VersionRequirement, strict: Bool)
        case containsAll([Substring])
        case containsAny([Substring])
        case isSet, isNotSet
        case never
    }

    let left: NodeReference
    let right: NodeReference
    private let operand: String
    /// Fixed when the right side is a literal; otherwise made for every node.
    private let test: Test?

    init(left: String, operand: String, right: String) {
        self.left = NodeReference(left)
        self.right = NodeReference(right)
        self.operand = operand
        if case .literal(let text) = self.right { test = Self.test(operand, text) } else { test = nil }
    }

    init(_ constraint: Constraint) {
        self.init(left: constraint.lTarget, operand: constraint.operand, right: constraint.rTarget)
    }

    init(_ affinity: Affinity) {
        self.init(left: affinity.lTarget, operand: affinity.operand, right: affinity.rTarget)
    }

    /// Whether nodes of one computed class may differ in it.
    var isUnique: Bool { left.isUnique || right.isUnique }

    func matches(_ node: Node) -> Bool { matches(left: left.value(of: node), right: right.value(of: node)) }

    /// The comparison itself; nil stands for a value that is missing.
    func matches(left: String?, right: String?) -> Bool {
        switch test ?? Self.test(operand, right ?? "") {
        case .equal: left != nil && right != nil && left == right
        case .unequal: left != right
        case .isSet: left != nil
        case .isNotSet: left == nil
        case .never: false
        case let other:
            if let left, right != nil { Self.holds(other, left, right ?? "") } else { false }
        }
    }

    private static func test(_ operand: String, _ right: String) -> Test {
        switch operand {
        case "", "=", "==", "is": return .equal
        case "!=", "not": return .unequal
        case "<": return .ordered { $0 < 0 }
        case "<=": return .ordered { $0 <= 0 }
        case ">": return .ordered { $0 > 0 }
        case ">=": return .ordered { $0 >= 0 }
        case "regexp": return (try? RegularExpression(right)).map(Test.pattern) ?? .never
        case "version": return VersionRequirement(right, strict: false).map { .version($0, strict: false) } ?? .never
        case "semver": return VersionRequirement(right, strict: true).map { .version($0, strict: true) } ?? .never
        case "set_contains", "set_contains_all": return .containsAll(items(right))
        case "set_contains_any": return .containsAny(items(right))
        case "is_set": return .isSet
        case "is_not_set": return .isNotSet
        default: return .never
        }
    }

    private static func holds(_ test: Test, _ left: String, _ right: String) -> Bool {
        switch test {
        case .ordered(let accepts): return accepts(order(left, right))
        case .pattern(let pattern): return pattern.isFound(in: left)
        case .version(let requirement, let strict):
            guard let version = VersionNumber(left, strict: strict) else { return false }
            return requirement.isMet(by: version)
        case .containsAll(let wanted):
            let had = items(left)
            return wanted.allSatisfy(had.contains)
        case .containsAny(let wanted): return items(left).contains(where: wanted.contains)
        case .equal, .unequal, .isSet, .isNotSet, .never: return false
        }
    }

    /// Compares as whole numbers if both are, else as numbers, else as texts by their bytes.
    private static func order(_ left: String, _ right: String) -> Int {
        if let a = Int64(left), let b = Int64(right) { return a == b ? 0 : a < b ? -1 : 1 }
        if let a = Double(left), let b = Double(right) { return a == b ? 0 : a < b ? -1 : 1 }
        if left == right { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    /// The elements of a comma-separated list, trimmed.
    private static func items(_ text: String) -> [Substring] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { item in
            var item = item.drop { $0 == " " || $0 == "\t" }
            while item.last == " " || item.last == "\t" { item = item.dropLast() }
            return item
        }
    }
}
