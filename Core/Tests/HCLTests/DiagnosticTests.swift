import Testing

@testable import HCL

@Suite struct DiagnosticTests {
    @Test func namesPlaceAndReasonOnOneLine() {
        let document = Document(parsing: "job \"x\" {\n  count 3\n}\n", name: "input.hcl")
        #expect(
            document.diagnostics.description
                == "input.hcl:2,3-8: Argument or block definition required; An argument or block definition is required "
                + "here. To set an argument, use the equals sign \"=\" to introduce the argument value.")
    }

    @Test func showsTheLineWithACaret() {
        let document = Document(parsing: "a = 1\n\tbé = \"x\\w\"\n", name: "f.hcl")
        #expect(
            document.diagnostics.rendered(sources: [document.source]) == """
                Error: Invalid escape sequence

                  on f.hcl line 2, column 9:
                   2 | \tbé = "x\\w"
                     | \t       ^^

                "\\w" is not a valid escape sequence. A backslash itself is written \\\\.

                """)
    }

    @Test func cutsLongLines() {
        let line = "a = [" + String(repeating: "1, ", count: 500) + "$]"
        let document = Document(parsing: line, name: "f")
        let text = document.diagnostics.rendered(sources: [document.source])
        #expect(text.split(separator: "\n").allSatisfy { $0.count < 200 })
        #expect(text.contains("| " + String(repeating: " ", count: 158) + "^") || text.contains("^"))
    }

    @Test func countsColumnsInGraphemes() {
        let document = Document(parsing: "a = \"e\u{301}👨‍👩‍👧\" $\n", name: "f")
        #expect(document.diagnostics.first?.subject?.start == SourcePosition(byte: 28, line: 1, column: 10))
    }

    @Test func rangesOverSeveralLines() {
        let range = SourceRange(
            file: "f", start: .init(byte: 0, line: 1, column: 2), end: .init(byte: 9, line: 3, column: 4))
        #expect(range.description == "f:1,2-3,4")
    }

    @Test func keepsABoundedNumber() {
        let text = (0..<500).map { "a\($0) = = 1" }.joined(separator: "\n")
        let diagnostics = Document(parsing: text, name: "f").diagnostics
        #expect(diagnostics.count == Diagnostics.countMax + 1)
        #expect(diagnostics.last?.summary == "Too many problems")
    }

    @Test(arguments: [
        ("drivr", "driver"), ("datacentres", "datacenters"), ("prot", "port"), ("xyz", nil), ("driver", nil),
        ("Count", "count"),
    ])
    func findsTheNearestName(_ name: String, _ expected: String?) {
        #expect(Suggestion.nearest(to: name, among: ["driver", "datacenters", "port", "count"]) == expected)
    }
}
