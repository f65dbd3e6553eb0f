import Base
import Testing

@testable import HCL

@Suite struct PropertyTests {
    private func parsed(_ text: String) -> SyntaxNode? {
        var diagnostics = Diagnostics()
        return Expression.parse(text, name: "t", &diagnostics)?.node
    }

    /// The value, or the kind of the first problem.
    private func result(_ text: String) -> String {
        let found = outcome(text)
        guard let place = found.firstRange(of: "; ")?.lowerBound, found.hasPrefix("t:") else { return found }
        return found[..<place].split(separator: ": ").last.map(String.init) ?? found
    }

    @Test func printingAndParsingAgree() {
        var generator = ExpressionGenerator(generator: SplitMix(state: 42))
        var evaluated = 0
        for _ in 0..<1500 {
            let text = generator.expression(4)
            guard let tree = parsed(text) else {
                Issue.record("not parsed: \(text)")
                continue
            }
            let printed = SyntaxPrinter.text(tree)
            guard let again = parsed(printed) else {
                Issue.record("not parsed again: \(printed)")
                continue
            }
            #expect(SyntaxPrinter.text(again) == printed)
            #expect(result(printed) == result(text), "\(text)")
            if !result(text).contains(" ") { evaluated += 1 }
        }
        #expect(evaluated > 100, "the expressions must not all be wrong")
    }

    @Test func evaluationAtTheNestingLimitIsSafe() {
        let levels = Limits.standard.nestingMax - 5
        for (open, middle, close) in [
            ("(", "1", ")"), ("[", "1", "]"), ("{ a = ", "1", "}"), ("-", "1", ""), ("upper(", "\"a\"", ")"),
            ("true ? ", "1", " : 2"),
            ("[for x in [1] : ", "x", "]"), ("try(", "1", ")"), ("can(", "1", ")"),
        ] {
            let text = String(repeating: open, count: levels / 2) + middle + String(repeating: close, count: levels / 2)
            #expect(!outcome(text).contains("Nested too deeply"), "\(open)")
        }
        let strings =
            String(repeating: "\"${", count: levels / 2 - 2) + "1" + String(repeating: "}\"", count: levels / 2 - 2)
        #expect(outcome(strings) == "1")
    }

    /// Cuts, doubles and disturbs texts: whatever comes out, there is an answer, and formatting is stable.
    @Test func surviveDamage() {
        var random = SplitMix(state: 99)
        let seeds = [
            "job \"x\" {\n  a = [1, \"${v.list[0]}\", { b = null }]\n  c {\n    d = <<-E\n      x %{ if v.flag }y%{ endif }\n    E\n  }\n}\n",
            "dynamic \"p\" {\n  for_each = v.list\n  labels = [p.key]\n  content {\n    v = upper(p.value) # c\n  }\n}\n",
            "{\"a\": [1, \"${upper(\\\"x\\\")}\"], \"b\": {\"c\": null}}",
        ]
        let pieces = [
            "${", "%{", "\"", "{", "}", "[", "]", "(", ")", "<<E\n", "\n", "~}", "=", "...", "*", "#", "/*", "\\", "é",
            "$${", "for ", ":",
        ]
        for round in 0..<1500 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<(1 + random.next() % 5) {
                let at = Int(random.next() % UInt64(bytes.count + 1))
                switch random.next() % 3 {
                case 0: bytes.insert(contentsOf: Array(pieces[Int(random.next() % UInt64(pieces.count))].utf8), at: at)
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int(random.next() % 8)))
                default: if at < bytes.count { bytes[at] = UInt8(truncatingIfNeeded: random.next()) }
                }
            }
            let found = dump(
                String(decoding: bytes, as: UTF8.self), variables: ["v": Value(["list": ["a"], "flag": true])])
            #expect(!found.isEmpty)
            guard let once = try? Formatter.format(bytes, name: "f") else { continue }
            #expect((try? Formatter.format(once, name: "f")) == once)
        }
    }
}
