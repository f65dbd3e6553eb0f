import Base
import Testing

@testable import HCL

@Suite struct FunctionTests {
    /// Call and result as JSON text.
    static let results: [(String, String)] = [
        // text
        ("upper(\"mixed ß é\")", "\"MIXED ß É\""), ("lower(\"ÄB\")", "\"äb\""),
        ("title(\"two words_x a-b\")", "\"Two Words_x A-B\""),
        ("trim(\"??what?!\", \"?!\")", "\"what\""), ("trimspace(\" \\t x \\n\")", "\"x\""),
        ("chomp(\"a\\r\\n\\n\")", "\"a\""),
        ("trimprefix(\"hello\", \"he\")", "\"llo\""), ("trimsuffix(\"hello\", \"x\")", "\"hello\""),
        ("strrev(\"añ👍\")", "\"👍ña\""),
        ("strlen(\"e\\u0301👨‍👩‍👧\")", "2"), ("substr(\"alphabet\", -3, 2)", "\"be\""), ("substr(\"ab\", 5, 1)", "\"\""),
        ("substr(\"abc\", 1, -1)", "\"bc\""), ("substr(\"abc\", -9, 2)", "\"ab\""),
        ("replace(\"a.b.c\", \".\", \"\")", "\"abc\""),
        ("replace(\"ab\", \"\", \"-\")", "\"-a-b-\""), ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
        ("join(\"-\", [\"a\"], [1, true])", "\"a-1-true\""), ("split(\",\", \"a,,b\")", "[\"a\",\"\",\"b\"]"),
        ("split(\"\", \"añ\")", "[\"a\",\"ñ\"]"),
        ("split(\",\", \"\")", "[\"\"]"), ("regex_replace(\"a1b22\", \"[0-9]+\", \"<$0>\")", "\"a<1>b<22>\""),
        // format
        (
            "format(\"%5.1f|%-5d|%05d|%+d|% d|%x|%X|%o|%b\", 3.14159, 42, -42, 1, 1, 255, 255, 8, 5)",
            "\"  3.1|42   |-0042|+1| 1|ff|FF|10|101\""
        ),
        ("format(\"%s %v %q %t\", 1, [1, \"a\"], \"x\\\"y\", \"true\")", "\"1 [1,\\\"a\\\"] \\\"x\\\\\\\"y\\\" true\""),
        ("format(\"%e %g %G %.3g\", 1234.5, 0.00001, 1e10, 2.0 / 3)", "\"1.234500e+03 1e-05 1E+10 0.667\""),
        ("format(\"%[2]s %[1]s %%\", \"a\", \"b\")", "\"b a %\""), ("format(\"%6.2s|\", \"abc\")", "\"    ab|\""),
        ("format(\"%.0f %.0f\", 2.5, 3.5)", "\"2 4\""),
        ("format(\"%x %#x %#X %#o %#b\", \"255\", 255, -255, 8, 5)", "\"ff 0xff -0XFF 010 0b101\""),
        ("format(\"%05s|%-05s|%.2q|%5.1q\", \"ab\", \"ab\", \"abc\", \"x\")", "\"000ab|ab   |\\\"ab\\\"|  \\\"x\\\"\""),
        ("format(\"%v %v %v\", 1000000, 123456, 0.00001)", "\"1e+06 123456 1e-05\""),
        ("format(\"%[2]d %d\", 1, 2, 3)", "\"2 3\""), ("format(\"%v\", null)", "\"null\""),
        ("format(\"%.2f\", 0.006)", "\"0.01\""), ("format(\"%.2f\", 99.999)", "\"100.00\""),
        ("formatlist(\"%s-%d\", [\"a\", \"b\"], 1)", "[\"a-1\",\"b-1\"]"),
        // numbers
        ("abs(-1.5)", "1.5"), ("ceil(-4.1)", "-4"), ("floor(-4.1)", "-5"), ("floor(4)", "4"), ("max(1, 3, 2)", "3"),
        ("min([5, 2]...)", "2"),
        ("parseint(\"-ff\", 16)", "-255"), ("parseint(\"zZ\", 62)", "2231"), ("pow(3, 4)", "81"), ("pow(2, -1)", "0.5"),
        ("signum(-3)", "-1"),
        // collections
        ("chunklist([1, 2, 3], 2)", "[[1,2],[3]]"), ("chunklist([1], 0)", "[[1]]"),
        ("coalesce(null, 1, \"a\")", "\"1\""), ("coalescelist([], [1])", "[1]"),
        ("compact([\"a\", \"\", null, \"b\"])", "[\"a\",\"b\"]"), ("concat([1], [\"a\"])", "[1,\"a\"]"),
        ("contains([1, 2], 2)", "true"), ("contains([\"1\"], 1)", "false"),
        ("contains([1, \"a\"], \"1\")", "false"), ("contains([[1]], [1])", "true"),
        ("distinct([\"b\", \"a\", \"b\"])", "[\"b\",\"a\"]"), ("element([1, 2, 3], 4)", "2"),
        ("flatten([[1, [2, []]], [[3]]])", "[1,2,3]"),
        ("index([\"a\", \"b\"], 1)", "\"b\""), ("index({ a = 1 }, \"a\")", "1"),
        ("keys({ b = 1, a = 2 })", "[\"a\",\"b\"]"), ("values({ b = 1, a = 2 })", "[2,1]"),
        ("length([1, 2])", "2"), ("lookup({ a = 1 }, \"b\", 2)", "2"),
        ("merge({ a = 1, b = 1 }, null, { b = 2 })", "{\"a\":1,\"b\":2}"), ("range(3)", "[0,1,2]"),
        ("range(1, 2, 0.5)", "[1,1.5]"), ("range(3, 0)", "[3,2,1]"), ("slice([1, 2, 3], 1, 2)", "[2]"),
        ("sort([\"b\", \"A\", \"a\"])", "[\"A\",\"a\",\"b\"]"),
        ("zipmap([\"a\"], [1])", "{\"a\":1}"), ("setunion([2, 1], [3, 1])", "[1,2,3]"),
        ("setintersection([1, 2], [2])", "[2]"), ("setproduct([\"a\"], [1, 2])", "[[\"a\",1],[\"a\",2]]"),
        // encodings
        ("base64encode(\"a\")", "\"YQ==\""), ("base64decode(\"YWI=\")", "\"ab\""),
        ("urlencode(\"a b/é\")", "\"a+b%2F%C3%A9\""),
        ("jsonencode({ b = [1, null], a = \"<\" })", "\"{\\\"a\\\":\\\"\\\\u003c\\\",\\\"b\\\":[1,null]}\""),
        ("jsondecode(\"[1.50, {}]\")", "[1.5,{}]"),
        ("jsonencode(12345678901234567890)", "\"12345678901234567890\""),
        ("csvdecode(\"a,b\\n1,\\\"x\\\"\\\"y\\\"\\n\")", "[{\"a\":\"1\",\"b\":\"x\\\"y\"}]"),
        ("csvdecode(\"a\\n\")", "[]"),
        // dates
        ("formatdate(\"YYYY-MM-DD'T'hh:mm:ssZ\", \"2021-06-22T14:05:09.5+02:00\")", "\"2021-06-22T14:05:09+02:00\""),
        (
            "formatdate(\"EEE, D MMM YY H:m AA ZZZ 'o''clock'\", \"2024-02-29T00:07:00Z\")",
            "\"Thu, 29 Feb 24 12:7 AM UTC o'clock\""
        ),
        ("timeadd(\"2021-12-31T23:59:59Z\", \"1s\")", "\"2022-01-01T00:00:00Z\""),
        ("timeadd(\"2021-01-01T00:00:00-05:00\", \"-1h30m\")", "\"2020-12-31T22:30:00-05:00\""),
        // hashes
        ("md5(\"\")", "\"d41d8cd98f00b204e9800998ecf8427e\""),
        ("sha1(\"abc\")", "\"a9993e364706816aba3e25717850c26c9cd0d89d\""),
        ("sha256(\"abc\")", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""),
        ("substr(sha512(\"abc\"), 0, 32)", "\"ddaf35a193617abacc417349ae204131\""),
        (
            "md5(\"12345678901234567890123456789012345678901234567890123456789012345678901234567890\")",
            "\"57edf4a22be3c955ac49da2e2107b67a\""
        ),
        ("uuidv5(\"dns\", \"www.example.com\")", "\"2ed6657d-e927-568b-95e1-2665a8aea6a2\""),
        // networks
        ("cidrhost(\"10.0.0.0/8\", -1)", "\"10.255.255.255\""), ("cidrhost(\"fd00::/64\", 255)", "\"fd00::ff\""),
        ("cidrnetmask(\"10.0.0.0/20\")", "\"255.255.240.0\""),
        ("cidrsubnet(\"10.1.2.3/8\", 8, 2)", "\"10.2.0.0/16\""),
        ("cidrsubnets(\"10.0.0.0/8\", 4, 8)", "[\"10.0.0.0/12\",\"10.16.0.0/16\"]"),
        ("cidrsubnet(\"::/0\", 1, 1)", "\"8000::/1\""), ("cidrhost(\"::ffff:1.2.3.0/120\", 4)", "\"::ffff:102:304\""),
    ]

    @Test(arguments: results)
    func computes(_ call: String, _ expected: String) { #expect(outcome(call) == expected) }

    /// Calls that fail, and words of the reason.
    static let failures: [(String, String)] = [
        ("upper()", "Not enough function arguments"), ("upper(\"a\", \"b\")", "Too many function arguments"),
        ("upper(null)", "must not be null"), ("upper([])", "string required"),
        ("upper([\"a\"]...)", "\"A\""), ("upper(1...)", "Invalid expanding argument value"),
        ("join(\",\")", "at least one list"), ("join(\",\", [null])", "null"),
        ("substr(\"a\", 0.5, 1)", "whole number"), ("regex_replace(\"a\", \"(\", \"\")", "missing closing )"),
        ("indent(-1, \"a\")", "negative"), ("indent(9999999999, \"a\\nb\")", "larger than"),
        ("format(\"%d\", 1.5)", "an integer is required"), ("format(\"%d\", \"x\")", "a number is required"),
        ("format(\"%d\")", "not enough arguments"), ("format(\"a\", 1)", "too many arguments"),
        ("format(\"%x\", \"hi\")", "a number is required"), ("format(\"%z\", 1)", "unrecognized format character"),
        ("format(\"%\")", "unterminated"),
        ("format(\"%99999d\", 1)", "at most"), ("format(\"%s\", null)", "null"),
        ("formatlist(\"%s%s\", [1], [1, 2])", "inconsistent"), ("log(0, 2)", "greater than zero"),
        ("max()", "at least one number"), ("parseint(\"z\", 10)", "cannot parse"),
        ("parseint(\"1\", 99)", "between 2 and 62"),
        ("pow(10, 400)", "finite"), ("chunklist([1], -1)", "positive"), ("coalesce(null)", "no non-null"),
        ("coalescelist([])", "no non-null"), ("element([], 0)", "empty list"), ("element([1], -1)", "negative index"),
        ("index([1], 3)", "does not identify"), ("keys([1])", "map or object"), ("length(\"abc\")", "must be a list"),
        ("lookup({}, \"a\")", "Not enough"), ("merge([1])", "map or object"),
        ("range(2000)", "more than 1024"), ("range(1, 2, 0)", "zero"), ("range(1, 2, -1)", "less than start"),
        ("slice([1], 1, 0)", "greater than end"), ("slice([1], 0, 2)", "length of the list"), ("sort([null])", "null"),
        ("zipmap([\"a\"], [])", "does not match"), ("base64decode(\"a\")", "not base64"),
        ("base64decode(\"/w==\")", "UTF-8"), ("jsondecode(\"{\")", "invalid JSON"),
        ("csvdecode(\"a,b\\n1\")", "wrong number of fields"), ("csvdecode(\"a,a\")", "duplicate"),
        ("csvdecode(\"a\\n\\\"x\")", "not closed"), ("yamldecode(\"a: [\")", "on line"),
        ("formatdate(\"YYY\", \"2021-01-01T00:00:00Z\")", "year must"),
        ("formatdate(\"'\", \"2021-01-01T00:00:00Z\")", "unterminated"),
        ("formatdate(\"YYYY\", \"2021-02-29T00:00:00Z\")", "no such day"),
        ("timeadd(\"2021-01-01\", \"1s\")", "introducer"),
        ("timeadd(\"2021-01-01T00:00:00Z\", \"1 day\")", "not a duration"),
        ("uuidv4()", "not available"), ("uuidv5(\"x\", \"y\")", "namespace"), ("bcrypt(\"a\", 99)", "cost"),
        ("cidrhost(\"10.0.0.0/33\", 1)", "invalid CIDR"), ("cidrhost(\"10.0.0.0/24\", 256)", "does not accommodate"),
        ("cidrnetmask(\"::/8\")", "IPv6"), ("cidrsubnet(\"10.0.0.0/30\", 8, 0)", "insufficient"),
        ("cidrsubnet(\"10.0.0.0/8\", 1, 2)", "does not accommodate"),
        ("cidrsubnets(\"10.0.0.0/30\", 1, 1, 1)", "not enough remaining"),
        ("file(\"x\")", "filesystem function disabled"), ("basename(\"x\")", "filesystem function disabled"),
        ("can()", "Not enough"), ("try()", "Not enough"), ("convert(\"x\", number)", "a number is required"),
        ("try(v.a, v.b)", "no expression succeeded"), ("rsadecrypt(\"!\", \"\")", "base64"),
        ("setproduct([1])", "at least two"), ("toset([])", "no function named"),
    ]

    @Test(arguments: failures)
    func explains(_ call: String, _ expected: String) {
        let found = outcome(call)
        #expect(found.contains(expected), "\(found)")
    }

    @Test func offersWhatTheLanguageNames() {
        let names = """
            abs ceil floor log max min parseint pow signum chomp format formatlist indent join lower regex_replace replace split
            strlen strrev substr title trim trimprefix trimspace trimsuffix upper reverse chunklist coalesce coalescelist compact
            concat contains distinct element flatten index keys length lookup merge range setintersection setproduct setunion slice
            sort values zipmap base64decode base64encode csvdecode jsondecode jsonencode urlencode yamldecode yamlencode formatdate
            timeadd bcrypt md5 sha1 rsadecrypt sha256 sha512 uuidv4 uuidv5 cidrhost cidrnetmask cidrsubnet cidrsubnets can convert
            try abspath basename dirname file filebase64 fileexists fileset pathexpand
            """.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(Set(names) == Set(FunctionTable.standard.names))
    }

    @Test func drawsRandomNumbersFromTheContext() throws {
        var state = SplitMix(state: 1)
        let context = EvaluationContext(functions: .standard, random: { state.next() })
        var diagnostics = Diagnostics()
        let uuid = Expression.parse("uuidv4()", name: "t", &diagnostics)?.evaluate(in: context, &diagnostics)?
            .stringValue
        let text = try #require(uuid)
        #expect(text.utf8.count == 36)
        #expect(Array(text)[14] == "4")
        #expect("89ab".contains(Array(text)[19]))
    }

    /// Known answers of bcrypt.
    @Test func hashesPasswords() {
        let salt: [UInt8] = [
            0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10, 0x41, 0x04, 0x10,
        ]
        #expect(
            Bcrypt.hash(Array("U*U".utf8), salt: salt, cost: 5)
                == "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
    }
}

/// Files in memory.
struct MemoryFiles: FileAccess {
    var contents: [String: String]

    func read(_ path: String) throws(FileAccessError) -> [UInt8] {
        guard let text = contents[path] else { throw FileAccessError("no file exists at \(path)") }
        return Array(text.utf8)
    }

    func exists(_ path: String) throws(FileAccessError) -> Bool { contents[path] != nil }

    func files(under directory: String) throws(FileAccessError) -> [String] {
        contents.keys.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
    }

    func absolute(_ path: String) throws(FileAccessError) -> String { "/job/" + path }
    var homeDirectory: String? { "/home/me" }
}

@Suite struct FileFunctionTests {
    @Test(arguments: [
        ("file(\"d/a.txt\")", "\"hello\\n\""), ("filebase64(\"d/a.txt\")", "\"aGVsbG8K\""),
        ("fileexists(\"d/x\")", "false"),
        ("fileset(\"d\", \"*.txt\")", "[\"a.txt\"]"),
        ("fileset(\"d\", \"**\")", "[\"a.txt\",\"e/b.txt\",\"e/c.conf\"]"),
        ("fileset(\"d\", \"**/*.{conf,x}\")", "[\"e/c.conf\"]"), ("fileset(\"d\", \"e/[!c].???\")", "[\"e/b.txt\"]"),
        ("abspath(\"x\")", "\"/job/x\""), ("abspath(\"./a/../b/.\")", "\"/job/b\""),
        ("basename(\"a/b.c\")", "\"b.c\""), ("basename(\"\")", "\".\""), ("dirname(\"a/b/c\")", "\"a/b\""),
        ("dirname(\"a\")", "\".\""), ("dirname(\"/a\")", "\"/\""),
        ("dirname(\"a/../b/./c\")", "\"b\""), ("pathexpand(\"~/x\")", "\"/home/me/x\""),
        ("pathexpand(\"p/x\")", "\"p/x\""),
    ])
    func read(_ call: String, _ expected: String) {
        let files = MemoryFiles(contents: ["d/a.txt": "hello\n", "d/e/b.txt": "", "d/e/c.conf": ""])
        var diagnostics = Diagnostics()
        let context = EvaluationContext(functions: .standard, files: files)
        let value = Expression.parse(call, name: "t", &diagnostics)?.evaluate(in: context, &diagnostics)
        #expect(value?.json.text == expected, "\(diagnostics)")
    }

    @Test func tellsWhichFileIsMissing() {
        var diagnostics = Diagnostics()
        let context = EvaluationContext(functions: .standard, files: MemoryFiles(contents: [:]))
        _ = Expression.parse("file(\"x\")", name: "t", &diagnostics)?.evaluate(in: context, &diagnostics)
        #expect(diagnostics.first?.detail == "Call to function \"file\" failed: no file exists at x.")
    }
}
