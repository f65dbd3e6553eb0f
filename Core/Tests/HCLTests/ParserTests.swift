import Testing

@testable import HCL

@Suite struct ParserTests {
    /// Type and labels of the blocks and names of the attributes, nested.
    private func outline(_ text: String) -> String {
        func outline(_ body: SyntaxBody) -> String {
            let attributes = body.attributes.map(\.name)
            let blocks = body.blocks.map { block in
                ([block.type] + block.labels.map(\.value)).joined(separator: ":") + "{" + outline(block.body) + "}"
            }
            return (attributes + blocks).joined(separator: " ")
        }
        let document = Document(parsing: text, name: "f", syntax: .native)
        guard case .native(let body) = document.body.syntax else { return "" }
        return outline(body) + document.diagnostics.map { " !" + $0.summary }.joined()
    }

    @Test(arguments: [
        ("", ""), ("a = 1", "a"), ("a = 1\nb = 2\n", "a b"), ("a{}\n", "a{}"), ("a {\n}\n", "a{}"),
        ("job bare-1 \"q x\" {\n b = 1\n c { d = 1 }\n}", "job:bare-1:q x{b c{d}}"),
        ("# c\n// d\n/* e\n f */ a = 1 # g", "a"), ("a = [\n 1, # x\n 2\n\n]\nb = 1", "a b"),
        ("a = {\n x = 1\n y = 2, z = 3\n}\n", "a"), ("a = (\n 1 +\n 2\n)\n", "a"), ("größe = 1\nτ-1 = 2", "größe τ-1"),
        ("\u{FEFF}a = 1\r\nb = 2\r\n", "a b"), ("a = \"${x == \"y\" ? \"}\" : \"{\"}\"\nb = 1", "a b"),
        ("a = <<E\nb = 1\nE\nb = 2", "a b"), ("a = [<<E\nx\nE\n, 1]\nb = 1", "a b"), ("a = x.0.1[2].*.b", "a"),
        ("a = f(1, 2...)\nb = f(\n1,\n2,\n)", "a b"), ("a = { for = 1 }", "a"),
    ])
    func reads(_ text: String, _ expected: String) { #expect(outline(text) == expected) }

    @Test(arguments: [
        ("a = 1 b = 2\nc = 3", "a c !Missing newline after argument"),
        ("a { b = 1, c = 2 }\nd = 1", "d a{b} !Invalid single-argument block definition"),
        ("a { b { } }\nd = 1", "d a{} !Invalid single-argument block definition"),
        ("a { b = 1\n}\nc = 1", "c a{b} !Invalid single-argument block definition"),
        ("a {} b = 1\nc = 1", "c a{} !Missing newline after block definition"),
        ("a = 1\na = 2\n", "a !Attribute redefined"),
        ("\"a\" = 1\nb = 1", "b !Invalid argument name"), ("a = \nb = 1", "b !Invalid expression"),
        ("a = 'x'\nb = 1", "b !Invalid expression"), ("a = [1 2]\nb = 1", "b !Missing item separator"),
        ("a = [1,\nb = 2", " !Missing item separator"), ("a = {\n x = = 1\n y = 2\n}\nb = 1", "b !Invalid expression"),
        ("a = \"x\nb = 1", "b !Invalid multi-line string"),
        ("a = \"${b\nc = 1", "c !Extra characters after interpolation"),
        ("a {\n b = 1", " !Unclosed configuration block"), ("a = 1\n}\nb = 2", "a b !Unexpected closing brace"),
        ("a \"${x}\" {\n}\nb = 1", "b !Invalid string literal"), ("a = x.\nb = 1", "b !Invalid attribute name"),
        ("a = x.*.y.*\nb = 1", "b !Nested splat expression not allowed"),
        ("a = true ? 1\nb = 1", "b !Missing false expression in conditional"),
        ("a = <<E\nx\n", " !Unterminated template string"), ("a = { x.y = 1 }\nb = 1", "b !Ambiguous attribute key"),
        ("a = \"%{ if x }y\"\nb = 1", "b !Unclosed \"if\" directive"),
        ("a = \"%{ endfor }\"\nb = 1", "b !Unexpected template directive"),
        ("a = \"%{ fi }\"\nb = 1", "b !Invalid template control keyword"),
        ("a & b", " !Argument or block definition required"),
        ("a = 1 /* x", "a !Missing newline after argument"), ("a b c = 1\nd = 2", "d !Invalid argument definition"),
        ("a = [for x in y]\nb = 1", "b !Invalid 'for' expression"),
    ])
    func goesOnAfterErrors(_ text: String, _ expected: String) { #expect(outline(text).hasPrefix(expected)) }

    @Test func reportsSeveralProblemsAtOnce() {
        let text = "a = 'x'\nb {\n  c = [1 2]\n  d = \"\\q\"\n}\ne = \"${1 +}\"\nf = 1 g\n"
        #expect(Document(parsing: text, name: "f").diagnostics.count == 5)
    }

    @Test(arguments: ["(", "[", "{ a = ", "-", "!", "f(", "\"${", "x[", "true ? 1 : ", "[for x in ", "<<E\n${"])
    func refusesDeepNesting(_ opening: String) {
        let text = "a = " + String(repeating: opening, count: 100_000)
        let diagnostics = Document(parsing: text, name: "f").diagnostics
        #expect(diagnostics.contains { $0.summary == "Nested too deeply" })
        #expect(diagnostics.count < 5)
    }

    @Test func refusesDeepBlocksAndSplats() {
        let blocks = String(repeating: "a {\n", count: 50_000)
        #expect(Document(parsing: blocks, name: "f").diagnostics.first?.summary == "Nested too deeply")
        let splats = "a = x" + String(repeating: "[*]", count: 50_000)
        #expect(Document(parsing: splats, name: "f").diagnostics.first?.summary == "Nested too deeply")
        let directives = "a = \"" + String(repeating: "%{ if x }", count: 50_000) + "\""
        #expect(Document(parsing: directives, name: "f").diagnostics.first?.summary == "Nested too deeply")
        let json = String(repeating: "{\"a\":", count: 50_000)
        #expect(Document(parsing: json, name: "f").diagnostics.first?.summary == "Nested too deeply")
    }

    @Test func acceptsWideExpressions() throws {
        let sum = "a = 1" + String(repeating: " + 1", count: 50_000)
        let document = Document(parsing: sum, name: "f")
        var diagnostics = document.diagnostics
        let attribute = try #require(document.body.attributes(&diagnostics).first)
        #expect(attribute.expression.evaluate(in: EvaluationContext(), &diagnostics) == Value(50_001))
        #expect(diagnostics.isEmpty)
    }

    @Test func refusesLargeFilesAndForeignEncodings() {
        var limits = Limits()
        limits.fileSizeMax = 10
        #expect(
            Document(parsing: "a = 1234567", name: "f", limits: limits).diagnostics.first?.summary == "File too large")
        let bytes: [UInt8] = Array("a = \"".utf8) + [0xFF, 0xFE] + Array("\"".utf8)
        #expect(Document(parsing: bytes, name: "f").diagnostics.first?.summary == "Invalid character encoding")
    }
}
