import Base
import Testing

@testable import HCL

@Suite struct RegexReplaceTests {
    @Test(arguments: [
        ("node-42-a7", "[0-9]+", "#", "node-#-a#"), ("key=value", "(\\\\w+)=(\\\\w+)", "$2:$1", "value:key"),
        ("abc", "", "-", "-a-b-c-"), ("baaac", "a*", "x", "xbxcx"),
        ("aXbxc", "(?i)x", "-", "a-b-c"), ("foo bar", "\\\\bbar\\\\b", "z", "foo z"),
        ("a\\nb", "(?m)^", ">", ">a\\n>b"), ("a.b", "\\\\.", "$$", "a$b"), ("ab", "(?P<x>a)(b)?", "${x}$2$9", "ab"),
        ("aaa", "a{2}", "b", "ba"), ("aaa", "a+?", "b", "bbb"), ("日本", "\\\\p{Han}", "x", "xx"),
        ("abc", "[^b]", "", "b"), ("a-b", "[\\\\-a]", "", "b"), ("x1", "[[:digit:]]", "n", "xn"),
        ("abcd", "(a|ab)(c|bcd)", "[$1,$2]", "[a,bcd]"), ("a{b", "a{b", "x", "x"), ("aé", "\\\\x{e9}", "e", "ae"),
        ("ab\\n", "b\\\\z", "x", "ab\\n"), ("aab", "(?U)a+", "x", "xxb"), ("$1x", "\\\\$1", "y", "yx"),
        ("foo", "(foo|bar)+", "${1}s", "foos"), ("abab", "(?:ab)*", "x", "x"), ("x", "y", "z", "x"),
    ])
    func replaces(_ text: String, _ pattern: String, _ replacement: String, _ expected: String) {
        #expect(
            outcome("regex_replace(\"\(text)\", \"\(pattern)\", \"\(replacement.replacing("${", with: "$${"))\")")
                == "\"\(expected)\"")
    }
}
