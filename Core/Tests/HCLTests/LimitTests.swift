import Testing

@testable import HCL

@Suite struct LimitTests {
    /// Bounds at which the tests are quick; the real ones are larger by a constant factor.
    private static let small: Limits = {
        var limits = Limits()
        limits.valueSizeMax = 1 << 18
        limits.workMax = 3_000_000
        return limits
    }()

    private func problem(_ text: String, limits: Limits = LimitTests.small) -> String {
        let document = Document(parsing: text, name: "f")
        var diagnostics = document.diagnostics
        var context = EvaluationContext(functions: .standard, limits: limits)
        var locals: [String: Value] = [:]
        for attribute in document.body.attributes(&diagnostics) {
            context.variables["local"] = .object(locals)
            guard let value = attribute.expression.evaluate(in: context, &diagnostics) else { break }
            locals[attribute.name] = value
        }
        return diagnostics.first?.summary ?? "none"
    }

    private func repeated(_ count: Int, _ line: (Int) -> String) -> String {
        (1...count).map(line).joined(separator: "\n")
    }

    @Test func stopsTextThatDoubles() {
        #expect(
            problem("a0 = \"xxxxxxxx\"\n" + repeated(60) { "a\($0) = \"${local.a\($0 - 1)}${local.a\($0 - 1)}\"" })
                == "Value too large")
    }

    @Test func stopsCollectionsThatDouble() {
        #expect(
            problem("a0 = [1]\n" + repeated(60) { "a\($0) = [local.a\($0 - 1), local.a\($0 - 1)]" })
                == "Value too large")
        #expect(
            problem("a0 = [1]\n" + repeated(60) { "a\($0) = concat(local.a\($0 - 1), local.a\($0 - 1))" })
                == "Value too large")
    }

    @Test func stopsLoopsOverLoops() {
        let loop =
            "a = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a + b + c if a > b && b > 9999]]]"
        #expect(problem(loop) == "Evaluation takes too long")
        let text =
            "a = \"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }%{ endfor }\""
        #expect(["Value too large", "Evaluation takes too long"].contains(problem(text)))
    }

    @Test(arguments: [
        "setproduct(range(1000), range(1000), range(1000))", "join(format(\"%4000s\", \"\"), range(1000)...)",
        "replace(format(\"%4000s\", \"\"), \"\", format(\"%4000s\", \"\"))",
        "regex_replace(format(\"%4000s\", \"\"), \" \", format(\"%4000s\", \"\"))",
        "flatten([for a in range(1000) : [for b in range(1000) : range(1000)]])",
        "[for i in range(1000) : sha512(format(\"%4000d\", i)) if sha256(format(\"%4000d\", i)) == \"\"][0]",
        "bcrypt(\"x\", 14)",
    ])
    func stopsExpensiveCalls(_ call: String) {
        var limits = Limits()
        limits.workMax = 5_000_000
        #expect(problem("a = \(call)", limits: limits) != "none")
    }

    @Test func stopsBlocksThatMultiply() {
        let inner = BodySchema(blocks: [.init("b")])
        let outer = BodySchema(blocks: [.init("a")])
        let document = Document(
            parsing: """
                dynamic "a" {
                  for_each = range(1000)
                  content {
                    dynamic "b" {
                      for_each = range(1000)
                      content {}
                    }
                  }
                }
                """, name: "f")
        var limits = Limits()
        limits.generatedBlocksMax = 5000
        let context = EvaluationContext(functions: .standard, limits: limits)
        var diagnostics = document.diagnostics
        var made = 0
        for block in document.body.content(outer, in: context, &diagnostics).blocks {
            made += 1 + block.body.content(inner, in: context, &diagnostics).blocks.count
        }
        #expect(made == 5000)
        #expect(diagnostics.first?.summary == "Too many blocks")
        #expect(diagnostics.first?.subject?.start.line == 4)
    }

    @Test func tryDoesNotHideTheLimit() {
        var limits = Limits()
        limits.workMax = 100_000
        #expect(
            problem("a = try([for a in range(1000) : [for b in range(1000) : a]], 1)", limits: limits)
                == "Evaluation takes too long")
        #expect(
            problem("a = can([for a in range(1000) : [for b in range(1000) : a]])", limits: limits)
                == "Evaluation takes too long")
    }

    /// Texts on which careless recovery or look-ahead takes quadratic time.
    @Test(arguments: [
        "a = /*\n", "a = [ 1 2\n\n", "\"", "a = \"${\n", "a = <<E\n", "}", "a = [\n", "a = (1 +\n", "/*", "${",
        "a = \"%{ if x }\"\n", "a {", "'", "\\", "\u{0}", "a = x.*.*\n", "a = b c\n",
    ])
    func staysQuickOnBadInput(_ unit: String) {
        let document = Document(parsing: String(repeating: unit, count: 3000), name: "f", syntax: .native)
        #expect(document.diagnostics.hasErrors)
    }
}
