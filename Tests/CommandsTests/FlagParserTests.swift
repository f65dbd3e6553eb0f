import Base
import Testing

@testable import Commands

@Suite("Flags are read the way Go programs read them")
struct FlagParserTests {
    static let flags: [Flag] = [
        .bool("detach", ""), .bool("diff", "", default: true), .text("t", "", ""), .number("n", "", "", default: -1),
        .list("var", "", ""), .span("wait", "", default: .seconds(2)), .optionalBool("tty", ""),
        .optional("version", "", ""),
    ]

    private func parse(_ arguments: String...) throws -> (FlagValues, [String]) {
        switch try FlagParser.parse(arguments, flags: Self.flags) {
        case .values(let values, let rest): return (values, rest)
        case .help:
            Issue.record("help was not asked for")
            return (FlagValues([]), [])
        }
    }

    @Test func valuesFollowOrAreGlued() throws {
        let (values, rest) = try parse("-t", "{{.ID}}", "--n=3", "-detach", "web", "-n", "9")
        #expect(values.text("t") == "{{.ID}}")
        #expect(values.number("n") == 3)
        #expect(values.bool("detach"))
        #expect(rest == ["web", "-n", "9"], "reading stops at the first argument that is no flag")
    }

    @Test func defaultsHoldUntilSomethingIsGiven() throws {
        let (values, rest) = try parse()
        #expect(values.bool("diff"))
        #expect(!values.bool("detach"))
        #expect(values.number("n") == -1)
        #expect(values.span("wait") == .seconds(2))
        #expect(values.optional("version") == nil)
        #expect(values.optionalBool("tty") == nil)
        #expect(!values.isGiven("diff"))
        #expect(rest.isEmpty)
    }

    @Test func booleansTakeAValueAfterEqualsOnly() throws {
        let (values, rest) = try parse("-diff=false", "-tty=0", "-detach", "false")
        #expect(!values.bool("diff"))
        #expect(values.optionalBool("tty") == false)
        #expect(values.bool("detach"))
        #expect(rest == ["false"])
    }

    @Test func listsCollectAndOthersTakeTheLast() throws {
        let (values, _) = try parse("-var", "a=1", "-var=b=2", "-t", "x", "-t", "y")
        #expect(values.list("var") == ["a=1", "b=2"])
        #expect(values.text("t") == "y")
    }

    @Test func twoDashesEndTheFlagsAndOneDashIsAnArgument() throws {
        #expect(try parse("-detach", "--", "-t").1 == ["-t"])
        #expect(try parse("-").1 == ["-"])
    }

    @Test(arguments: [
        (["-bogus"], "flag provided but not defined: -bogus"),
        (["--bogus=1"], "flag provided but not defined: -bogus"),
        (["-t"], "flag needs an argument: -t"),
        (["-n", "many"], "invalid value \"many\" for flag -n: parse error"),
        (["-wait=soon"], "invalid value \"soon\" for flag -wait: parse error"),
        (["-detach=perhaps"], "invalid boolean value \"perhaps\" for -detach: parse error"),
        (["---t"], "bad flag syntax: ---t"),
        (["-=x"], "bad flag syntax: -=x"),
    ])
    func mistakesAreNamed(arguments: [String], message: String) {
        #expect(throws: FlagError(message: message)) {
            try FlagParser.parse(arguments, flags: Self.flags)
        }
    }

    @Test(arguments: ["-h", "-help", "--help"])
    func helpIsAFlagOfEveryCommand(flag: String) throws {
        guard case .help = try FlagParser.parse([flag], flags: Self.flags) else {
            Issue.record("\(flag) did not ask for help")
            return
        }
    }
}
