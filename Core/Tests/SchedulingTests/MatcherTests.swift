import Base
import Model
import Testing

@testable import Scheduling

/// Constraint operators, versions and regular expressions as tables.
struct MatcherTests {
    struct Row: Sendable {
        var left: String?
        var operand: String
        var right: String
        var expected: Bool

        init(_ left: String?, _ operand: String, _ right: String, _ expected: Bool) {
            (self.left, self.operand, self.right, self.expected) = (left, operand, right, expected)
        }
    }

    static let rows: [Row] = [
        Row("linux", "=", "linux", true), Row("linux", "==", "Linux", false), Row("linux", "is", "linux", true),
        Row(nil, "=", "linux", false), Row("linux", "!=", "linux", false), Row("linux", "not", "mac", true),
        Row(nil, "!=", "linux", true),
        Row("10", "<", "9", false), Row("9", "<", "10", true), Row("1.5", ">=", "1.25", true),
        Row("a", "<", "b", true), Row("10", ">", "9a", false), Row(nil, ">", "1", false), Row("3", "<=", "3", true),
        Row("n12", "regexp", "^n[12]+$", true), Row("n13", "regexp", "^n[12]+$", false),
        Row("xabcx", "regexp", "b", true),
        Row("x", "regexp", "(", false),
        Row("1.2.3", "version", ">= 1.2, < 2", true), Row("2.0", "version", ">= 1.2, < 2", false),
        Row("v1.4", "version", "~> 1.2", true), Row("1.3.0", "version", "~> 1.2.0", false),
        Row("1.2.9", "version", "~> 1.2.0", true), Row("1.3.0-beta1", "version", ">= 0.6.1", false),
        Row("1.3.0-beta2", "version", "> 1.3.0-beta1", true), Row("1.7.0-b", "version", "!= 1.7.0", true),
        Row("4.19.0-5-amd64", "version", ">= 4.0", false), Row("nonsense", "version", "> 1", false),
        Row("1.3.0-beta1", "semver", ">= 0.6.1", true), Row("1.3", "semver", ">= 0.6.1", false),
        Row("1.0.0-alpha.2", "semver", "< 1.0.0-alpha.10", true), Row("1.0.0-alpha", "semver", "< 1.0.0", true),
        Row("1.0.0+build", "semver", "= 1.0.0", true), Row("1.0.0", "semver", "~> 1.0.0", false),
        Row("a,b , c", "set_contains", "c,a", true), Row("a,b", "set_contains", "c,a", false),
        Row("a,b", "set_contains_all", "b", true), Row("a,b", "set_contains_any", "c,a", true),
        Row("a,b", "set_contains_any", "c,d", false), Row(nil, "set_contains", "a", false),
        Row("", "is_set", "", true), Row(nil, "is_set", "", false), Row(nil, "is_not_set", "", true),
        Row("x", "unheard_of", "x", false),
    ]

    @Test func operators() {
        for row in Self.rows {
            let matcher = Matcher(left: "${attr.a}", operand: row.operand, right: row.right)
            var node = Node()
            if let left = row.left { node.attributes["a"] = left }
            #expect(matcher.matches(node) == row.expected, "\(row)")
        }
    }

    @Test func references() {
        var node = makeNode(1, datacenter: "dc7", nodeClass: "big", meta: ["rack": "r1", "unique.tag": "t"])
        node.nodePool = "blue"
        let table: [(String, String?, Bool)] = [
            ("${node.unique.id}", node.id.text, true), ("${node.unique.name}", "n1", true),
            ("${node.datacenter}", "dc7", false),
            ("${node.class}", "big", false), ("${node.pool}", "blue", false), ("${attr.kernel.name}", "linux", false),
            ("${attr.unique.hostname}", "n1", true), ("${meta.rack}", "r1", false), ("${meta.unique.tag}", "t", true),
            ("${meta.none}", nil, false), ("${unknown}", nil, false), ("literal", "literal", false),
        ]
        for (text, value, isUnique) in table {
            #expect(NodeReference(text).value(of: node) == value, "\(text)")
            #expect(NodeReference(text).isUnique == isUnique, "\(text)")
        }
    }

    @Test func datacenterGlobs() {
        let table: [(String, String, Bool)] = [
            ("dc1", "dc1", true), ("dc*", "dc12", true), ("*", "any", true), ("*-1", "eu-1", true),
            ("e*-*1", "eu-west-1", true),
            ("dc", "dc1", false), ("d*2", "dc1", false), ("", "dc1", false),
        ]
        for (glob, datacenter, expected) in table {
            let job = makeJob("j", datacenters: [glob], groups: [])
            #expect(Candidates.mayUse(job, makeNode(1, datacenter: datacenter)) == expected, "\(glob) \(datacenter)")
        }
    }
}
