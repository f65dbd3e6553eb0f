import Testing

@testable import Base

@Suite struct RegularExpressionTests {
    static let patterns: [(String, String, Bool)] = [
        ("abc", "xxabcxx", true), ("^abc$", "abc", true), ("^abc$", "abcd", false), ("a|b|c", "zzc", true),
        ("^(a|b)+$", "abab", true),
        ("^a{2,3}$", "aaaa", false), ("^a{2,3}$", "aaa", true), ("^a{2}$", "aa", true), ("a{,3}", "a{,3}", true),
        ("^[^a-c]+$", "def", true), ("^[^a-c]+$", "dea", false), ("[[:digit:]]+x", "12x", true),
        ("^\\d+\\.\\d+$", "10.2", true),
        ("\\bfoo\\b", "a foo b", true), ("\\bfoo\\b", "afoob", false), ("(?i)HELLO", "say hello", true),
        ("^.$", "\n", false),
        ("(?s)^.$", "\n", true), ("(?m)^b$", "a\nb\nc", true), ("^\\x41\\x{42}$", "AB", true), ("^a??b$", "b", true),
        ("(?:ab)*c", "ababc", true), ("(?P<name>x)y", "xy", true), ("^[a\\-z]+$", "-az", true), ("^[]a]+$", "]a", true),
        ("", "anything", true), ("é+", "caféé", true), ("^(a*)*$", "aaaa", true), ("\\.", "a", false),
        ("[\\w-]+@", "a-b@", true),
    ]

    @Test func regularExpressions() throws {
        for (pattern, text, expected) in Self.patterns {
            #expect(try RegularExpression(pattern).isFound(in: text) == expected, "\(pattern) in \(text)")
        }
    }

    @Test(arguments: [
        "(", ")", "[a", "*a", "a{2,1}", "\\", "(?x)", "\\p{Nope}", "[b-a]", "a{1001}", "[[:nope:]]", "(?P<n",
    ])
    func notExpressions(text: String) {
        #expect(throws: RegularExpression.ParseError.self) { try RegularExpression(text) }
    }

    /// The classic that takes a backtracking engine longer than the age of the universe.
    @Test func noBlowUp() throws {
        let text = String(repeating: "a", count: 2000)
        #expect(try !RegularExpression("^(a+)+$").isFound(in: text + "b"))
        #expect(throws: RegularExpression.ParseError.self) { try RegularExpression("((a{1000}){1000}){1000}") }
    }

    @Test(arguments: [
        "(", ")", "[", "a**", "*a", "(?<=a)", "\\", "a{2000}", "[b-a]", "\\8", "(?P<1>a", "\\p{Nope}", "(?=a)",
        "[[:nope:]]", "(?P<a>x)(?P<a>y)",
    ])
    func refuses(_ pattern: String) {
        #expect(throws: RegularExpression.ParseError.self) { _ = try RegularExpression(pattern) }
    }

    @Test func refusesWhatIsTooLarge() {
        #expect(throws: RegularExpression.ParseError.self) { _ = try RegularExpression("((a{100}){100}){100}") }
        #expect(throws: RegularExpression.ParseError.self) {
            _ = try RegularExpression(String(repeating: "(", count: 1000))
        }
    }

    /// Expressions that keep a backtracking matcher busy for ages.
    @Test(arguments: ["(a*)*b", "(a|a)*b", "(a|aa)+$b", "(.*)*(.*)*b"])
    func staysLinear(_ pattern: String) throws {
        let text = Array(String(repeating: "a", count: 2000).unicodeScalars)
        let expression = try RegularExpression(pattern)
        var work = 0
        #expect(expression.match(text, from: 0, &work) == nil)
        #expect(work < 2001 * (expression.programLength + 1))
    }
}
