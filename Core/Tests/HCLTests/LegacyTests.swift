import Base
import Testing

@testable import HCL

/// The first version of the language.
@Suite struct LegacyTests {
    private func read(_ text: String) -> (content: JSON, problems: [String]) {
        let document = Document(parsing: text, name: "old.hcl", syntax: .legacy)
        return (tree(document.body), document.diagnostics.errors.map(\.description))
    }

    /// Attributes as they are, blocks as lists of objects below their labels.
    private func tree(_ body: Body) -> JSON {
        var diagnostics = Diagnostics()
        let context = EvaluationContext()
        let content = body.freeForm(in: context, &diagnostics)
        var object = JSONObject()
        for attribute in content.attributes {
            object[attribute.name] = attribute.expression.evaluate(in: context, &diagnostics)?.json ?? "no value"
        }
        for block in content.blocks {
            var inner = tree(block.body)
            for label in block.labels.reversed() { inner = .object(JSONObject([(label.value, inner)])) }
            object[block.type] = .array((object[block.type]?.arrayValue ?? []) + [inner])
        }
        return .object(object)
    }

    @Test(arguments: [
        ("a = 1", #"{"a":1}"#),
        ("a = 0x1F b = 0755, c = -2.5e1\nd=true", #"{"a":31,"b":493,"c":-25,"d":true}"#),
        (#""quoted.key" = "x" dotted.name = "y""#, #"{"quoted.key":"x","dotted.name":"y"}"#),
        ("a { b = 1 }\na { b = 2 }", #"{"a":[{"b":1},{"b":2}]}"#),
        ("update = { stagger = \"10s\" }", #"{"update":[{"stagger":"10s"}]}"#),
        (#"job "x" "y" { z {} }"#, #"{"job":[{"x":{"y":{"z":[{}]}}}]}"#),
        (#"a = ["b", 2, true, ["c"], { d = 1, e { f = 2 } },]"#, #"{"a":["b",2,true,["c"],{"d":1,"e":{"f":2}}]}"#),
        // Nothing is evaluated.
        (
            #"a = "${attr.kernel.name}-${env["X"]} $${b} %{c}""#,
            #"{"a":"${attr.kernel.name}-${env[\"X\"]} $${b} %{c}"}"#
        ),
        (#"a = "\t\"\\\u00e9\x41""#, #"{"a":"\t\"\\éA"}"#),
        ("a = <<EOF\n  one ${x}\n\ntwo\nEOF\nb = 1", #"{"a":"  one ${x}\n\ntwo\n","b":1}"#),
        ("a = <<-EOF\n    one\n      two\n    EOF\n", #"{"a":"one\n  two\n"}"#),
        ("a = <<-EOF\n  one\n    EOF\n", #"{"a":"  one\n"}"#),
        ("# c\n// d\n/* e\n */ a = 1 # f", #"{"a":1}"#),
        ("", "{}"),
    ])
    func whatIsWrittenIsRead(text: String, expected: String) throws {
        let (content, problems) = read(text)
        #expect(problems == [])
        #expect(content == (try JSON(parsing: expected)), "\(content.text)")
    }

    @Test(arguments: [
        ("a = b", "old.hcl:1,5-6: Invalid value"), ("a = \"x\ny\"", "old.hcl:1,5-7: Invalid multi-line string"),
        ("a {\n b = 1", "old.hcl:1,3-4: Unclosed object"), ("a = [1 2]", "old.hcl:1,8-9: Missing item separator"),
        ("a = [1,", "old.hcl:1,5-6: Unclosed list"), ("}", "old.hcl:1,1-2: Unexpected closing brace"),
        ("a = \"\\q\"", "old.hcl:1,6-8: Invalid escape sequence"), ("a = \"x", "old.hcl:1,5-6: Unterminated string"),
        ("a = <<E\nx", "old.hcl:1,5-7: Unterminated heredoc"), ("a \"b\" = 1", "old.hcl:1,3-6: Invalid argument"),
        ("a = 1\na = 2", "old.hcl:2,1-2: Attribute redefined"), ("/* a", "old.hcl:1,1-3: Unterminated comment"),
        ("a = 09", "old.hcl:1,5-7: Invalid value"), ("a", "old.hcl:1,2-2: Argument or block definition required"),
    ])
    func mistakesHaveAPlace(text: String, expected: String) {
        let problems = read(text).problems
        #expect(problems.first?.hasPrefix(expected) == true, "\(problems)")
    }

    @Test func depthIsLimited() {
        let problems = read(String(repeating: "a {", count: 5000)).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("Nested too deeply") == true)
    }

    /// Whatever the bytes, there is an answer; and what was cut off anywhere is either read or refused with a place.
    @Test func everyPrefixHasAnAnswer() {
        let text = #"job "é" { a = [1, "${x("y")}", <<-E\n  b\n  E\n, { c = "d\u00e9" }] } # end"#
            .replacing(#"\n"#, with: "\n")
        let bytes = Array(text.utf8)
        for count in 0...bytes.count {
            let document = Document(parsing: Array(bytes[..<count]), name: "old.hcl", syntax: .legacy)
            for problem in document.diagnostics.errors { #expect(problem.subject != nil, "\(count)") }
        }
        #expect(read(text).problems == [])
    }
}
