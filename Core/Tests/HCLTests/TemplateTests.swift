import Base
import Testing

@testable import HCL

@Suite struct TemplateTests {
    private func text(_ expression: String) -> String { outcome(expression) }

    @Test(arguments: [
        // verbatim
        ("<<E\nE\n", ""), ("<<E\na\n  b\nE\n", "a\n  b\n"),
        ("<<E\n\ttab \\n $ % $${x} %%{y}\nE\n", "\ttab \\n $ % ${x} %{y}\n"),
        ("<<E\nx\n  E\n", "x\n"), ("<<E\nEE\nE x\nE\n", "EE\nE x\n"), ("<<E\na ${1 + 1} b\nE\n", "a 2 b\n"),
        ("<<E\n${\"nested ${\"deep\"}\"}\nE\n", "nested deep\n"), ("<<E\r\na\r\nE\r\n", "a\r\n"),
        ("<<E\nE", ""), ("<<größe\nx\ngröße\n", "x\n"),
        // indentation
        ("<<-E\n    four\n      six\n\n    four\n  E\n", "four\n  six\n\nfour\n"),
        ("<<-E\n  a\n b\nE\n", " a\nb\n"), ("<<-E\n\t\ta\n\t\tb\nE\n", "a\nb\n"),
        ("<<-E\n    ${1} a\n  ${2} b\nE\n", "  1 a\n2 b\n"), ("<<-E\n${1} a\n  b\nE\n", "1 a\n  b\n"),
        ("<<-E\n  a\n   \n  b\nE\n", "a\n   \nb\n"),
        ("<<-E\n  a ${1}\n  b\nE\n", "a 1\nb\n"),
        // a trimmed line start counts as no indentation
        ("<<-E\n  # x\n  %{~ for n in [1, 2] ~}\n  n ${n}\n  %{~ endfor ~}\nE\n", "  # x\n  n 1\n  n 2\n"),
    ])
    func heredocs(_ heredoc: String, _ expected: String) {
        #expect(text(heredoc) == JSON.string(expected).text)
    }

    @Test(arguments: [
        ("\"a ${~ 1} b\"", "a1 b"), ("\"a ${1 ~} b\"", "a 1b"), ("\"a ${~ 1 ~} b\"", "a1b"), ("\"a ${1} b\"", "a 1 b"),
        ("\" %{~ if true ~} x %{~ endif ~} \"", "x"), ("\" %{ if true ~} x %{~ endif } \"", " x "),
        ("\"a\\n ${~ 1 ~} \\n b\"", "a1b"), ("\"%{ if false }x%{ endif }\"", ""),
        ("\"%{ if false }x%{ else }y%{ endif }\"", "y"), ("\"%{ for x in [] }x%{ endfor }\"", ""),
        ("\"%{ for x in [1, 2] ~} ${x} %{~ endfor }\"", "12"),
        ("\"%{ for k, x in {a = 1, b = 2} }${k}${x}%{ if x == 1 },%{ endif }%{ endfor }\"", "a1,b2"),
        ("\"${1}${~ 2}\"", "12"), ("\"x ${~ 1 ~} ${2}\"", "x12"),
    ])
    func trimMarkers(_ template: String, _ expected: String) {
        #expect(text(template) == JSON.string(expected).text)
    }

    @Test(arguments: [
        ("\"\\n\\r\\t\\\"\\\\\"", "\n\r\t\"\\"), ("\"\\u00e9\\u4e16\"", "é世"), ("\"\\U0001F680\"", "🚀"),
        ("\"e\\u0301\"", "é"), ("\"$\"", "$"), ("\"$$\"", "$$"), ("\"%\"", "%"), ("\"$${\"", "${"),
        ("\"$$${x}\"", "$${x}"), ("\"%%{\"", "%{"), ("\"{}\"", "{}"), ("\"$ {x}\"", "$ {x}"), ("\"日本\"", "日本"),
    ])
    func escapes(_ literal: String, _ expected: String) {
        let found = text(literal)
        #expect(found == JSON.string(expected).text)
        #expect(Array(found.utf8) == Array(JSON.string(expected).text.utf8), "normalised to form C")
    }

    @Test(arguments: [
        "\"\\q\"", "\"\\u12\"", "\"\\uD800\"", "\"\\U00110000\"", "\"\\x41\"", "\"\\'\"", "\"\\é\"",
    ])
    func refusesOtherEscapes(_ literal: String) {
        #expect(text(literal).contains("Invalid escape sequence"))
    }

    @Test func joinsCombiningCharactersAcrossParts() {
        #expect(Array(text("\"${\"e\"}\\u0301x\"").utf8) == Array("\"éx\"".utf8))
    }

    @Test(arguments: [
        ("\"${[1]}x\"", "string required"), ("\"${null} \"", "null"), ("\"%{ if 3 }%{ endif }\"", "bool"),
    ])
    func explainsBadParts(_ template: String, _ expected: String) { #expect(text(template).contains(expected)) }
}
