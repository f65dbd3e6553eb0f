import Base
import Testing

@testable import HCL

@Suite struct ExpressionTests {
    @Test(arguments: [
        ("1 + 2 * 3 - 8 / 4", "5"), ("(2 + 3) * 4", "20"), ("7 / 2", "3.5"), ("17 % 5", "2"), ("-17 % 5", "-2"),
        ("-(3 - 5)", "2"), ("4 - -2", "6"), ("1 < 2", "true"), ("1 == 1.0", "true"), ("\"1\" == 1", "false"),
        ("[\"a\", 1] == [\"a\", 1]", "true"), ("true || false && false", "true"), ("!false && true", "true"),
        ("1 < 2 == true", "true"), ("\"4\" * 2", "8"), ("1e3", "1000"), ("2.50", "2.5"), ("25e-2", "0.25"),
        ("9007199254740993", "9007199254740993"), ("12345678901234567890", "1.2345678901234567e+19"),
        ("false ? 1 : false ? 2 : 3", "3"), ("true ? \"text\" : 0", "\"text\""), ("true ? 1 : \"x\"", "\"1\""),
        ("null == null", "true"), ("v.none == null", "true"), ("true ? null : \"set\"", "null"),
        ("v.list[1]", "\"b\""), ("v.list.2", "\"c\""), ("v.map[\"y-z\"]", "2"), ("v.map.y-z", "2"),
        ("[\"p\", \"q\"][1]", "\"q\""), ("{ k = \"v\" }.k", "\"v\""),
        ("v.nodes[*].id", "[\"n1\",\"n2\"]"), ("v.nodes.*.disks[0]", "[{\"d\":1},{\"d\":2}]"),
        ("v.nodes[*].disks[0].d", "[1,3]"), ("v.nodes[*].disks[*].d", "[[1,2],[3]]"),
        ("v.none[*]", "[]"), ("v.map[*].x", "[1]"),
        ("[for i, w in v.list : \"${i}:${w}\"]", "[\"0:a\",\"1:b\",\"2:c\"]"),
        ("{ for k, n in v.map : k => n if n > 1 }", "{\"y-z\":2}"),
        ("{ for n in v.list : \"g\" => n... }", "{\"g\":[\"a\",\"b\",\"c\"]}"),
        ("{ a = 1, b : 2\n c = 3 }", "{\"a\":1,\"b\":2,\"c\":3}"),
        ("{ (v.name) = true, \"${v.name}-2\" = 1 }", "{\"web\":true,\"web-2\":1}"),
        ("{ 1 = \"one\" }", "{\"1\":\"one\"}"), ("[1, \"a\", true, null, [2],]", "[1,\"a\",true,null,[2]]"),
        ("\"a   ${~ \"b\" ~}   c\"", "\"abc\""), ("\"$${x} %%{ if } $5 100%\"", "\"${x} %{ if } $5 100%\""),
        ("\"%{ if v.flag }tls%{ else }plain%{ endif }\"", "\"tls\""),
        ("\"%{ for i, n in v.list }${i}=${n};%{ endfor }\"", "\"0=a;1=b;2=c;\""),
        ("\"x${1/4}\"", "\"x0.25\""), ("\"${1}\"", "1"), ("try(v.nope.x, 5)", "5"), ("can(v.nope)", "false"),
        ("convert([1, 1, 2], set(string))", "[\"1\",\"2\"]"),
    ])
    func evaluates(_ text: String, _ expected: String) {
        #expect(outcome(text) == expected.replacing("e+19", with: "e+19"))
    }

    @Test(arguments: [
        ("NOMAD_PORT_http", "${NOMAD_PORT_http}"), ("\"${ node.class }\"", "${ node.class }"),
        ("\"${env[\"HOME\"]}\"", "${env[\"HOME\"]}"), ("meta.list[0]", "${meta.list[0]}"),
        ("\"a-${ attr.x }-${NOMAD_Y}\"", "a-${ attr.x }-${NOMAD_Y}"),
    ])
    func keepsRuntimeReferences(_ text: String, _ expected: String) {
        #expect(outcome(text, unknownRoot: .literal) == JSON.string(expected).text)
    }

    @Test(arguments: [
        ("10 / 0", "t:1,6-7: Division by zero"),
        ("v.nam", "Did you mean \"name\"?"), ("uper(1)", "Did you mean \"upper\"?"), ("w", "t:1,1-2: Unknown variable"),
        ("v.list[3]", "t:1,7-10: Invalid index"), ("true ? [\"a\"] : \"b\"", "t:1,8-19: Inconsistent conditional"),
        ("[1", "Unterminated tuple"), ("1 +", "Invalid expression"), ("\"a\\w\"", "t:1,3-5: Invalid escape sequence"),
        ("{ for x in [1, 1] : x => x }", "Duplicate object key"), ("\"${null}x\"", "Cannot include a null"),
    ])
    func explains(_ text: String, _ expected: String) {
        let found = outcome(text)
        #expect(found.contains(expected), "\(found)")
    }
}
