import Testing

@testable import HCL

@Suite struct ConversionTests {
    /// Value, type, result as JSON text or a part of the reason.
    @Test(arguments: [
        ("1", "string", "\"1\""), ("true", "string", "\"true\""), ("1.50", "string", "\"1.5\""),
        ("\"12\"", "number", "12"),
        ("\"-1e2\"", "number", "-100"), ("\"x\"", "number", "a number is required"),
        ("\"\"", "number", "a number is required"),
        ("true", "number", "a number is required"), ("\"true\"", "bool", "true"), ("\"1\"", "bool", "true"),
        ("\"0\"", "bool", "false"), ("\"True\"", "bool", "lowercase"), ("1", "bool", "a bool is required"),
        ("null", "string", "null"), ("[1, \"a\"]", "list(string)", "[\"1\",\"a\"]"),
        ("[1, \"a\"]", "list(number)", "element 1: a number"),
        ("[3, 1, 3]", "set(number)", "[1,3]"), ("[\"b\", \"a\"]", "set(string)", "[\"a\",\"b\"]"),
        ("{ a = 1 }", "map(string)", "{\"a\":\"1\"}"), ("{ a = [] }", "map(string)", "element \"a\": string required"),
        ("\"a\"", "list(string)", "list of string required"), ("[1]", "map(string)", "map of string required"),
        ("[1, true]", "tuple([string, bool])", "[\"1\",true]"), ("[1]", "tuple([string, bool])", "a tuple of 2"),
        ("{ a = 1, b = 2 }", "object({ a = string })", "{\"a\":\"1\"}"),
        ("{}", "object({ a = string })", "attribute \"a\" is required"),
        ("{}", "object({ a = optional(string), b = optional(number, 5) })", "{\"a\":null,\"b\":5}"),
        (
            "{ a = { b = \"x\" } }", "object({ a = object({ b = number }) })",
            "attribute \"a\", attribute \"b\": a number"
        ),
        ("[1, \"a\"]", "list(any)", "[\"1\",\"a\"]"), ("[1, [2]]", "list(any)", "same type"),
        ("{ a = 1, b = true }", "map(any)", "same type"),
        ("[[1], [2, 3]]", "list(list(string))", "[[\"1\"],[\"2\",\"3\"]]"), ("{ a = 1 }", "any", "{\"a\":1}"),
        ("[{ a = 1 }, { b = 2 }]", "list(any)", "[{\"a\":1},{\"b\":2}]"), ("[null, 1]", "list(number)", "[null,1]"),
    ])
    func converts(_ value: String, _ type: String, _ expected: String) {
        let found = outcome("convert(\(value), \(type))")
        #expect(found == expected || (!expected.hasPrefix("{") && found.contains(expected)), "\(found)")
    }

    @Test(arguments: [
        ("string", "string"), ("list(map(number))", "list(map(number))"), ("set(any)", "set(any)"),
        ("object({ b = string, a = optional(bool) })", "object({a = optional(bool), b = string})"),
        ("tuple([string, number])", "tuple([string, number])"),
        ("\"string\"", "string"), ("\"list(string)\"", "list(string)"),
        ("list", "requires an argument"), ("strin", "Did you mean \"string\"?"),
        ("list(string, number)", "one argument"),
        ("string()", "does not expect arguments"), ("lst(string)", "Did you mean \"list\"?"),
        ("5", "A type specification"),
        ("object(string)", "requires a map"), ("tuple(string)", "requires a list"),
        ("optional(string)", "object type only"),
    ])
    func readsTypes(_ text: String, _ expected: String) {
        var diagnostics = Diagnostics()
        let type = Expression.parse(text, name: "t", &diagnostics)?.valueType(&diagnostics)
        let found = type.map { "\($0)" } ?? diagnostics.description
        #expect(type == nil ? found.contains(expected) : found == expected, "\(found)")
    }

    @Test func refusesAnyWhereAnExactTypeIsNeeded() {
        var diagnostics = Diagnostics()
        #expect(
            Expression.parse("list(any)", name: "t", &diagnostics)?.valueType(allowsAny: false, &diagnostics) == nil)
        #expect(diagnostics.first?.detail.contains("an exact type is required") == true)
    }

    /// Each operator with each kind of operand: what is refused, and what is taken after a conversion.
    @Test func operatorsTakeWhatConverts() {
        let operands = ["1", "\"2\"", "\"x\"", "true", "\"true\"", "null", "[]", "{}"]
        let numeric: Set = ["1", "\"2\""]
        let logical: Set = ["true", "\"true\""]
        for left in operands {
            for right in operands {
                for symbol in ["+", "-", "*", "/", "%", "<", "<=", ">", ">="] {
                    let works = numeric.contains(left) && numeric.contains(right)
                    #expect(
                        outcome("\(left) \(symbol) \(right)").contains("Invalid operand") == !works,
                        "\(left) \(symbol) \(right)")
                }
                let works = logical.contains(left) && logical.contains(right)
                #expect(outcome("\(left) && \(right)").contains("Invalid operand") == !works, "\(left) && \(right)")
                #expect(!outcome("\(left) == \(right)").contains("Invalid"))
                #expect((outcome("\(left) == \(right)") == "true") == (left == right))
                #expect((outcome("\(left) != \(right)") == "true") == (left != right))
            }
            #expect(outcome("-\(left)").contains("Invalid operand") == !numeric.contains(left))
            #expect(outcome("!\(left)").contains("Invalid operand") == !logical.contains(left))
        }
    }

    @Test(arguments: [
        ("1", "\"a\"", "\"1\""), ("[1]", "[]", "[1]"), ("[1]", "[\"a\", \"b\"]", "[\"1\"]"),
        ("{ a = 1 }", "{ b = 2 }", "{\"a\":1}"),
        ("{ a = 1 }", "{ a = \"x\" }", "{\"a\":\"1\"}"), ("1", "true", "Inconsistent"), ("[1]", "1", "Inconsistent"),
        ("{ a = 1 }", "[1]", "Inconsistent"), ("null", "[1]", "null"), ("[1]", "null", "[1]"), ("1", "v.nope", "1"),
        ("{ a = [1] }", "{ b = 2 }", "Inconsistent"),
    ])
    func conditionalsUnifyTheirResults(_ positive: String, _ negative: String, _ expected: String) {
        #expect(outcome("true ? \(positive) : \(negative)").contains(expected))
    }

    @Test func shortCircuits() {
        #expect(outcome("false && v.nope") == "false")
        #expect(outcome("true || v.nope") == "true")
    }
}
