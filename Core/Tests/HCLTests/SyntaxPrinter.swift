@testable import HCL

/// Writes a syntax tree as text again, every operation in parentheses.
enum SyntaxPrinter {
    static func text(_ node: SyntaxNode) -> String {
        switch node.kind {
        case .literal(.bool(let flag)): return flag ? "true" : "false"
        case .literal(.number(let number)): return number.description
        case .literal: return "null"
        case .template(let parts): return "\"" + parts.map(part).joined() + "\""
        case .wrapped(let inner): return "\"${" + text(inner) + "}\""
        case .tuple(let nodes): return "[" + nodes.map(text).joined(separator: ", ") + "]"
        case .object(let items):
            return "{" + items.map { "\(text($0.key)) = \(text($0.value))" }.joined(separator: ", ") + "}"
        case .variable(let name): return name
        case .postfix(let base, let steps): return text(base) + steps.map(step).joined()
        case .call(let call):
            return call.name + "(" + call.arguments.map(text).joined(separator: ", ") + (call.expandsLast ? "..." : "")
                + ")"
        case .unary(let symbol, let operand): return symbol.rawValue + text(operand)
        case .binary(let first, let operations):
            return text(first) + operations.map { " \($0.symbol.rawValue) \(text($0.operand))" }.joined()
        case .conditional(let condition, let positive, let negative):
            return "\(text(condition)) ? \(text(positive)) : \(text(negative))"
        case .forTuple(let clause, let value): return "[\(head(clause)) : \(text(value))\(condition(clause))]"
        case .forObject(let clause, let key, let value, let groups):
            return "{\(head(clause)) : \(text(key)) => \(text(value))\(groups ? "..." : "")\(condition(clause))}"
        case .parentheses(let inner): return "(" + text(inner) + ")"
        case .embedded(_, let inner): return text(inner)
        }
    }

    private static func head(_ clause: SyntaxNode.ForClause) -> String {
        let names = [clause.keyName, clause.valueName].compactMap { $0 }.joined(separator: ", ")
        return "for \(names) in \(text(clause.collection))"
    }

    private static func condition(_ clause: SyntaxNode.ForClause) -> String {
        clause.condition.map { " if \(text($0))" } ?? ""
    }

    private static func step(_ step: SyntaxNode.Step) -> String {
        switch step.kind {
        case .attribute(let name): "." + name
        case .index(let key): "[" + text(key) + "]"
        case .legacyIndex(let index): ".\(index)"
        case .attributeSplat: ".*"
        case .fullSplat: "[*]"
        }
    }

    private static func part(_ part: TemplatePart) -> String {
        switch part {
        case .literal(let literal):
            literal.unicodeScalars.map { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case "\n": "\\n"
                case "\r": "\\r"
                default: String(Character(scalar))
                }
            }.joined().replacing("${", with: "$${").replacing("%{", with: "%%{")
        case .interpolation(let node, _): "${" + text(node) + "}"
        case .conditional(let node, let then, let otherwise, _):
            "%{ if \(text(node)) }" + then.map(self.part).joined() + "%{ else }" + otherwise.map(self.part).joined()
                + "%{ endif }"
        case .loop(let clause, let body, _): "%{ \(head(clause)) }" + body.map(self.part).joined() + "%{ endfor }"
        }
    }
}

/// Makes random expressions.
struct ExpressionGenerator {
    var generator: SplitMix

    mutating func pick(_ count: Int) -> Int { Int(generator.next() % UInt64(count)) }
    mutating func choice(_ options: [String]) -> String { options[pick(options.count)] }

    mutating func expression(_ depth: Int) -> String {
        guard depth > 0 else {
            return choice(["1", "0.5", "\"x\"", "true", "null", "v.name", "v.count", "v.list", "[]", "{}", "w"])
        }
        let inner = depth - 1
        switch pick(17) {
        case 0: return "(" + expression(inner) + ")"
        case 1: return "[" + (0..<pick(4)).map { _ in expression(inner) }.joined(separator: ", ") + "]"
        case 2: return "{" + (0..<pick(3)).map { at in "k\(at) = " + expression(inner) }.joined(separator: "\n") + "}"
        case 3, 4:
            let symbol = choice(["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"])
            return expression(inner) + " " + symbol + " " + expression(inner)
        case 5: return choice(["-", "!"]) + expression(inner)
        case 6: return expression(inner) + " ? " + expression(inner) + " : " + expression(inner)
        case 7: return "(" + expression(inner) + ")" + choice([".a", "[0]", ".0", "[*].id", ".*.id", "[\"k\"]"])
        case 8: return "v.nodes" + choice(["[*].id", ".*.disks[0]", "[0].id", ".1.disks[*].d", "[*].disks[*]"])
        case 9: return choice(["upper", "length", "jsonencode", "try", "keys"]) + "(" + expression(inner) + ")"
        case 10:
            return "[for x in \(expression(inner)) : \(expression(inner))\(choice(["", " if true", " if x == 1"]))]"
        case 11: return "{for k, x in \(expression(inner)) : k => \(expression(inner))\(choice(["", "..."]))}"
        case 12: return "\"a \(choice(["${", "${~ "]))\(expression(inner))\(choice(["}", " ~}"])) $${b} \\n\""
        case 13: return "\"%{ if \(expression(inner)) }y%{ else }${\(expression(inner))}%{ endif ~} z\""
        case 14: return "\"%{ for x in \(expression(inner)) }${x},%{ endfor }\""
        case 15: return "concat(" + expression(inner) + ", v.list...)"
        default: return "\"${" + expression(inner) + "}\""
        }
    }
}
