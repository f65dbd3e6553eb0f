import Base
import Testing

@testable import HCL

@Suite struct YAMLTests {
    private let environment = Function.Environment(context: EvaluationContext())

    @Test(arguments: [
        ("a: 1\nb: x y\n", "{\"a\":1,\"b\":\"x y\"}"),
        ("- 1\n- two\n- [a, {b: c}]\n", "[1,\"two\",[\"a\",{\"b\":\"c\"}]]"),
        ("list:\n  - 1\n  - two\nflag: yes\nempty: ~\n", "{\"empty\":null,\"flag\":true,\"list\":[1,\"two\"]}"),
        ("a:\n- 1\n- 2\nb: 3", "{\"a\":[1,2],\"b\":3}"),
        ("- a: 1\n  b: 2\n- - x\n  - y\n", "[{\"a\":1,\"b\":2},[\"x\",\"y\"]]"),
        ("a: |\n  one\n   two\n\n  three\n", "{\"a\":\"one\\n two\\n\\nthree\\n\"}"),
        ("a: >-\n  one\n  two\n\n  three\n", "{\"a\":\"one two\\nthree\"}"),
        ("a: |+\n  x\n\nb: 1\n", "{\"a\":\"x\\n\\n\",\"b\":1}"), ("a: |2-\n    x\n", "{\"a\":\"  x\"}"),
        ("\"q: 1\": 'it''s'\n", "{\"q: 1\":\"it's\"}"),
        ("a: \"x\\ty\\u00e9\"\n", "{\"a\":\"x\\tyé\"}"), ("# c\na: 1 # d\n\n# e\nb: \"#\"\n", "{\"a\":1,\"b\":\"#\"}"),
        ("---\na: 1\n...\n", "{\"a\":1}"),
        ("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\n", "{\"a\":{\"k\":1},\"b\":{\"k\":1},\"c\":{\"k\":1,\"l\":2}}"),
        ("a: one\n  two\n  three\nb: 1", "{\"a\":\"one two three\",\"b\":1}"),
        ("a: !!str 12\nb: !!int \"3\"", "{\"a\":\"12\",\"b\":3}"),
        (
            "[1, -2.5, 0x1F, 1e3, .5, true, null, 1.2.3, 2021-01-01]",
            "[1,-2.5,31,1000,0.5,true,null,\"1.2.3\",\"2021-01-01\"]"
        ),
        ("{a: 1,\n b: [x,\n y]}", "{\"a\":1,\"b\":[\"x\",\"y\"]}"), ("", "null"), ("just text", "\"just text\""),
        ("a:\nb:\n", "{\"a\":null,\"b\":null}"), ("http://x:80/y", "\"http://x:80/y\""), ("a: b: c", nil),
        ("a: *nope", nil), ("a: 1\na: 2", nil),
        ("\ta: 1", nil), ("a: [1", nil), ("a: \"x", nil), ("a: 1\n  b: 2", nil), ("- 1\nb: 2", nil),
        ("a: 1\n---\nb: 1", nil), ("a: @x", nil), ("? a\n: b", nil),
    ])
    func decodes(_ text: String, _ expected: String?) {
        var parser = YAMLParser(text, sizeMax: 1 << 20)
        #expect((try? parser.document())?.json.text == expected)
    }

    @Test(arguments: [
        (
            "{ a = 1, b = [\"x\", true], c = { d = \"multi\\nline\" } }",
            "\"a\": 1\n\"b\":\n- \"x\"\n- true\n\"c\":\n  \"d\": |-\n    multi\n    line\n"
        ),
        ("[[1, 2], { a = null, b = [] }, {}]", "- - 1\n  - 2\n- \"a\": null\n  \"b\": []\n- {}\n"),
        ("\"x\"", "\"x\"\n"), ("\"a\\nb\\n\"", "|\n  a\n  b\n"), ("{ a = \"x\\n\\n\" }", "\"a\": |+\n  x\n\n"),
        ("{ a = \" x\\ny\" }", "\"a\": |2-\n   x\n  y\n"), ("\"q\\\"\\\\\\u0007\"", "\"q\\\"\\\\\\x07\"\n"),
    ])
    func encodes(_ expression: String, _ expected: String) {
        #expect(outcome("yamlencode(\(expression))") == JSON.string(expected).text)
    }

    @Test func readsBackWhatItWrites() throws {
        var generator = SplitMix(state: 5)
        for _ in 0..<500 {
            let value = RandomValue.make(&generator, depth: 4)
            let text = try YAMLText.encoded(value, environment)
            var parser = YAMLParser(text, sizeMax: 1 << 20)
            let back = try parser.document()
            #expect(back == value, "\(text)")
        }
    }

    @Test func boundsNestingAndAliases() {
        var deep = YAMLParser(String(repeating: "[", count: 10_000), sizeMax: 1 << 20)
        #expect(throws: YAMLParser.ParseError.self) { _ = try deep.document() }
        let bomb =
            "a: &a [x, x, x, x, x, x, x, x, x]\n"
            + (0..<20).map { at in
                let name = UnicodeScalar(UInt8(97 + at))
                let next = UnicodeScalar(UInt8(98 + at))
                return
                    "\(next): &\(next) [*\(name), *\(name), *\(name), *\(name), *\(name), *\(name), *\(name), *\(name)]\n"
            }.joined()
        var doubling = YAMLParser(bomb, sizeMax: 1 << 20)
        #expect(throws: YAMLParser.ParseError.self) { _ = try doubling.document() }
    }
}

enum RandomValue {
    static func make(_ generator: inout SplitMix, depth: Int) -> Value {
        let pick = generator.next() % (depth > 0 ? 7 : 5)
        switch pick {
        case 0: return .null
        case 1: return .bool(generator.next() % 2 == 0)
        case 2: return Value(Int(truncatingIfNeeded: generator.next() >> 40))
        case 3, 4: return Value(text(&generator))
        case 5: return .tuple((0..<(generator.next() % 4)).map { _ in make(&generator, depth: depth - 1) })
        default:
            var members: [String: Value] = [:]
            for _ in 0..<(generator.next() % 4) { members[text(&generator)] = make(&generator, depth: depth - 1) }
            return .object(members)
        }
    }

    static func text(_ generator: inout SplitMix) -> String {
        let pieces = [
            "a", "b c", " ", "\n", "é", "\"", "\\", "${", "%{", "#", ": ", "-", "'", "日", "0", "\t", "{", "}",
        ]
        return (0..<(generator.next() % 6)).map { _ in pieces[Int(generator.next() % UInt64(pieces.count))] }.joined()
            .normalized
    }
}
