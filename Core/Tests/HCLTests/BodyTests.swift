import Base
import Testing

@testable import HCL

/// The whole body as JSON text, blocks under `type label`, and the problems.
func dump(_ text: String, _ schema: BodySchema? = nil, variables: [String: Value] = [:]) -> String {
    let document = Document(parsing: text, name: "f")
    var diagnostics = document.diagnostics
    let context = EvaluationContext(variables: variables, functions: .standard, unknownRoot: .literal)
    func dump(_ content: BodyContent) -> JSON {
        var object = JSONObject()
        for attribute in content.attributes {
            object[attribute.name] = attribute.expression.evaluate(in: context, &diagnostics)?.json
        }
        for block in content.blocks {
            let name = ([block.type] + block.labels.map(\.value)).joined(separator: " ")
            let inner = dump(block.body.freeForm(in: context, &diagnostics))
            object[name] = .array((object[name]?.arrayValue ?? []) + [inner])
        }
        return .object(object)
    }
    let content =
        schema.map { document.body.content($0, in: context, &diagnostics) }
        ?? document.body.freeForm(in: context, &diagnostics)
    return dump(content).text + diagnostics.map { " !\($0)" }.joined()
}

@Suite struct BodyTests {
    static let schema = BodySchema(
        attributes: [.init("count", isRequired: true), .init("name")],
        blocks: [.init("port", labels: ["name"]), .init("network")])

    @Test(arguments: [
        ("count = 1\nport \"a\" {}\nnetwork {}", "{\"count\":1,\"network\":[{}],\"port a\":[{}]}"),
        (
            "count = 1\nnmae = 2",
            "{\"count\":1} !f:2,1-5: Unsupported argument; An argument named \"nmae\" is not expected here. Did you mean \"name\"?"
        ),
        ("count = 1\nnetwork = {}", "Did you mean to define a block of type \"network\"?"),
        ("count {}", "Did you mean to define argument \"count\"?"),
        (
            "count = 1\nprot \"x\" {}",
            "f:2,1-5: Unsupported block type; Blocks of type \"prot\" are not expected here. Did you mean \"port\"?"
        ),
        ("name = 1\n", "Missing required argument"),
        ("count = 1\nport {}", "f:2,6-7: Missing name for port; All port blocks must have 1 labels (name)."),
        ("count = 1\nport \"a\" \"b\" {}", "f:2,10-13: Extraneous label for port"),
        ("count = 1\nnetwork \"x\" {}", "No labels are expected for network blocks."),
    ])
    func checksTheSchema(_ text: String, _ expected: String) {
        let found = dump(text, Self.schema)
        #expect(found == expected || (!expected.hasPrefix("{") && found.contains(expected)), "\(found)")
    }

    @Test(arguments: [
        (
            "dynamic \"p\" {\n for_each = [1, 2]\n content {\n v = p.value\n k = p.key\n }\n}",
            "{\"p\":[{\"k\":0,\"v\":1},{\"k\":1,\"v\":2}]}"
        ),
        (
            "dynamic \"p\" {\n for_each = { b = 1, a = 2 }\n labels = [p.key]\n content {\n v = p.value\n }\n}",
            "{\"p a\":[{\"v\":2}],\"p b\":[{\"v\":1}]}"
        ),
        (
            "dynamic \"p\" {\n for_each = convert([\"y\", \"x\"], set(string))\n iterator = it\n content {\n v = \"${it.key}${it.value}\"\n }\n}",
            "{\"p\":[{\"v\":\"xx\"},{\"v\":\"yy\"}]}"
        ),
        (
            "dynamic \"p\" {\n for_each = [[1], [2, 3]]\n content {\n dynamic \"q\" {\n for_each = p.value\n content {\n v = p.key + q.value\n }\n }\n }\n}",
            "{\"p\":[{\"q\":[{\"v\":1}]},{\"q\":[{\"v\":3},{\"v\":4}]}]}"
        ),
        ("dynamic \"p\" {\n for_each = []\n content {}\n}", "{}"),
        (
            "dynamic \"p\" {\n for_each = [1]\n iterator = i\n content {\n v = [for x in [1, 2] : x + i.value]\n }\n}",
            "{\"p\":[{\"v\":[2,3]}]}"
        ),
        ("dynamic \"p\" {\n for_each = 5\n content {}\n}", "f:2,13-14: Invalid dynamic for_each value"),
        ("dynamic \"p\" {\n content {}\n}", "Missing required argument"),
        ("dynamic \"p\" {\n for_each = [1]\n}", "Missing \"content\" block"),
        ("dynamic {\n}", "A dynamic block has one label"),
        ("dynamic \"p\" {\n for_each = [1]\n labels = 1\n content {}\n}", "Invalid dynamic block labels"),
        ("dynamic \"p\" {\n for_each = [1]\n iterator = a.b\n content {}\n}", "Invalid iterator name"),
        ("dynamic \"p\" {\n for_each = v\n content {\n}\n}", "Cannot use a string value"),
    ])
    func expandsDynamicBlocks(_ text: String, _ expected: String) {
        let found = dump(text)
        #expect(found == expected || (!expected.hasPrefix("{") && found.contains(expected)), "\(found)")
    }

    @Test func checksLabelsOfDynamicBlocks() {
        let text =
            "count = 1\ndynamic \"port\" {\n for_each = [1]\n content {}\n}\ndynamic \"prt\" {\n for_each = [1]\n content {}\n}"
        let found = dump(text, Self.schema)
        #expect(found.contains("Insufficient dynamic block labels"))
        #expect(
            found.contains(
                "f:6,9-14: Unsupported block type; Blocks of type \"prt\" are not expected here. Did you mean \"port\"?"
            ))
    }

    @Test func refusesBlocksAmongAttributes() {
        let document = Document(parsing: "a = 1\nb {}\n", name: "f")
        var diagnostics = document.diagnostics
        #expect(document.body.attributes(&diagnostics).map(\.name) == ["a"])
        #expect(diagnostics.first?.subject?.start.line == 2)
    }

    @Test func listsWhatAnExpressionRefersTo() throws {
        let text = "\"${local.a.b} ${[for x in var.list : x + local.c[var.i]][0]} %{ for y in z }${y}%{ endfor }\""
        var diagnostics = Diagnostics()
        let expression = try #require(Expression.parse(text, name: "t", &diagnostics))
        #expect(
            expression.references.map(\.path) == [
                ["local", "a", "b"], ["var", "list"], ["local", "c"], ["var", "i"], ["z"],
            ])
    }
}

@Suite struct JSONSyntaxTests {
    @Test(arguments: [
        (
            "{\"count\": 1, \"port\": {\"a\": {\"to\": 80}, \"b\": [{\"to\": 1}, {\"to\": 2}]}}",
            "{\"count\":1,\"port a\":[{\"to\":80}],\"port b\":[{\"to\":1},{\"to\":2}]}"
        ),
        (
            "{\"count\": \"${1 + 1}\", \"network\": [{}, {\"x\": \"a ${NOMAD_X}\"}]}",
            "{\"count\":2,\"network\":[{},{\"x\":\"a ${NOMAD_X}\"}]}"
        ),
        (
            "{\"//\": \"note\", \"count\": 1, \"name\": \"\\u00e9 \\\"${upper(\\\"x\\\")}\\\"\"}",
            "{\"count\":1,\"name\":\"é \\\"X\\\"\"}"
        ),
        ("{\"count\": {\"k${1}\": [1.5, null, true]}}", "{\"count\":{\"k1\":[1.5,null,true]}}"),
        (
            "{\"count\": 1, \"dynamic\": {\"port\": {\"for_each\": [7], \"labels\": [\"p${port.key}\"], \"content\": {\"to\": \"${port.value}\"}}}}",
            "{\"count\":1,\"port p0\":[{\"to\":7}]}"
        ),
        ("{\"count\": \"$${x}\"}", "{\"count\":\"${x}\"}"),
        ("{\"count\": 12345678901234567890}", "{\"count\":1.2345678901234567e+19}"),
        ("{\"coutn\": 1}", "No argument or block type is named \"coutn\". Did you mean \"count\"?"),
        ("{\"count\": 1, \"network\": 5}", "f:1,25-26: Incorrect JSON value type"),
        ("{\"count\": 1,}", "f:1,13-14: Invalid JSON"),
        ("{\"count\": tru}", "Invalid JSON"), ("{\"count\": 1", "Invalid JSON"),
        ("{\"count\": \"${1 +}\"}", "f:1,17-18: Invalid expression"),
        ("{\"count\": \"a\\n${1 +}\"}", "f:1,11-22: Invalid expression"),
        ("{\"count\": 1, \"count\": 2}", "Attribute redefined"),
        ("{\"name\": 1}", "Missing required argument"), ("{\"count\": \"x\n\"}", "not closed"),
    ])
    func reads(_ text: String, _ expected: String) {
        let found = dump(text, BodyTests.schema)
        #expect(found == expected || (!expected.hasPrefix("{\"") && found.contains(expected)), "\(found)")
    }

    @Test func meansTheSameAsTheNativeSyntax() {
        let native = "count = 3\nname = \"a-${1 + 1}\"\nnetwork {\n x = [1, { y = null }]\n}\n"
        let json = "{\"count\": 3, \"name\": \"a-${1 + 1}\", \"network\": {\"x\": [1, {\"y\": null}]}}"
        #expect(dump(native, BodyTests.schema) == dump(json, BodyTests.schema))
    }
}
