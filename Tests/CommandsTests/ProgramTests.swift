import Base
import Testing

@testable import CaravanClient
@testable import Commands

@Suite("The program's frame")
struct ProgramTests {
    private func run(
        _ arguments: String..., environment: [String: String] = [:], name: String = "caravan"
    ) async -> (status: Int32, out: String, err: String) {
        let console = Console.memory()
        let program = Program(
            name: ProgramName(name), environment: environment, console: console, clock: WallClock(fixedAt: Fixtures.now)
        )
        let status = await program.run(arguments)
        let written = console.written
        return (status, written.out, written.err)
    }

    @Test func unknownCommandsPrintTheTopUsage() async {
        let result = await run("frobnicate")
        #expect(result.status == 127)
        #expect(
            result.out.hasPrefix("Usage: caravan [-version] [-help] [-autocomplete-(un)install] <command> [args]\n"))
        #expect(result.out.contains("\nCommon commands:\n    run         Run a new job or update an existing job\n"))
    }

    @Test func aLinkSpeaksByItsName() async {
        #expect(
            await run("job", "run", name: "/usr/bin/nomad").err.hasSuffix(
                "For additional help try 'nomad job run -help'\n"))
    }

    @Test(
        arguments: [
            (["job"], 1), (["operator", "raft"], 1), (["job", "-h"], 0), (["-h"], 0), (["job", "run", "-help"], 0),
            (["version"], 0), (["-version"], 0), (["status", "-bogus"], 1), (["job", "plan"], 255),
            (["job", "plan", "-bogus"], 255), (["job", "run"], 1), (["job", "validate"], 1), (["node", "drain"], 1),
            (["job", "scale", "x"], 1), (["alloc", "status"], 1), (["deployment", "status"], 1), (["nope", "-x"], 127),
        ] as [([String], Int32)])
    func exitStatuses(arguments: [String], status: Int32) async {
        let console = Console.memory()
        let program = Program(name: ProgramName("caravan"), environment: [:], console: console)
        #expect(await program.run(arguments) == status)
    }

    @Test func wrongFlagsShowTheHelp() async {
        let result = await run("status", "-bogus")
        #expect(result.err == "flag provided but not defined: -bogus\n")
        #expect(result.out.hasPrefix("Usage: caravan status [options] <identifier>\n"))
        #expect(result.out.contains("\nGeneral Options:\n\n  -address=<addr>\n"))
    }

    @Test func aMissingFileIsNamedWithItsPath() async {
        let result = await run("job", "run", "/nonexistent/x.hcl")
        #expect(result.status == 1)
        #expect(
            result.err
                == "Error getting job struct: Error getting jobfile from \"/nonexistent/x.hcl\": source path error: "
                + "stat /nonexistent/x.hcl: no such file or directory\n")
        #expect(await run("job", "plan", "/nonexistent/x.hcl").status == 255)
    }

    @Test func aBadAddressIsRefusedBeforeAnythingElse() async {
        let result = await run("status", "-address=ftp://x")
        #expect(result.status == 1)
        #expect(result.err.hasPrefix("Error initializing client: invalid address 'ftp://x'\n"))
    }

    @Test func theSameCallGivesTheSameBytes() async {
        let first = await run("-help").out
        for _ in 0..<20 { #expect(await run("-help").out == first) }
        let script = await run("completion", "bash").out
        for _ in 0..<5 { #expect(await run("completion", "bash").out == script) }
    }

    @Test func everyCommandHasASummaryAndItsHelp() {
        for command in CommandTable.standard.commands {
            #expect(!command.summary.isEmpty)
            let text = HelpText.command(command, ProgramName("caravan"))
            #expect(text.hasPrefix("Usage: caravan \(command.name)"))
            #expect(
                Set(command.allFlags.map(\.name)).count == command.allFlags.count, "\(command.name) has a flag twice")
        }
        let names = CommandTable.standard.commands.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func everyGroupHasMembersAndEveryCommandAGroup() {
        let table = CommandTable.standard
        for group in table.groups { #expect(!table.members(of: group.name).isEmpty, "\(group.name) is empty") }
        let groups = Set(table.groups.map(\.name))
        for command in table.commands where !command.isHidden && command.words.count > 1 {
            #expect(groups.contains(command.words.dropLast().joined(separator: " ")), "\(command.name)")
        }
    }

    @Test func completionAsksTheProgramItself() async {
        for shell in ["bash", "zsh", "fish"] {
            #expect(await run("completion", shell).out.contains("__complete"))
        }
        #expect(await run("completion", "tcsh").status == 1)
        #expect(await run("__complete", "--", "depl").out == "deployment\n")
        #expect(await run("__complete", "--", "deployment", "pro").out == "promote\n")
        #expect(await run("__complete", "--", "job", "status", "-all").out == "-all-allocs\n")
        #expect(await run("__complete", "--", "job", "run", "").out == ":files\n")
        // Nobody listens there: silence, not a message in the middle of somebody's line.
        let nobody = await run("__complete", "--", "job", "status", "-address", "http://127.0.0.1:1", "")
        #expect(nobody.out.isEmpty && nobody.err.isEmpty && nobody.status == 0)
    }

    @Test(arguments: ["service", "batch", "connect"])
    func exampleJobsParse(name: String) throws {
        let text = try #require(ExampleJob.text(name, short: false))
        let short = try #require(ExampleJob.text(name, short: true))
        #expect(!short.contains("#"))
        #expect(!short.contains("\n\n\n"))
        #expect(text.utf8.count >= short.utf8.count)
    }

    @Test func variablesOfTheEnvironmentAreTakenUnderBothNames() {
        let environment = ["NOMAD_VAR_a": "1", "CARAVAN_VAR_a": "2", "NOMAD_VAR_b": "3", "PATH": "x"]
        #expect(JobSource.variables(environment) == ["NOMAD_VAR_a": "2", "NOMAD_VAR_b": "3"])
    }

    @Test(arguments: [
        ("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc", 1, "c"), ("a\nb\n", 9, "a\nb\n"), ("", 3, ""), ("a\n", 0, ""),
        ("\n\n\n", 2, "\n\n"),
    ])
    func theEndOfAFileIsCutAtLines(text: String, count: Int, end: String) {
        #expect(String(decoding: FileTail.lastLines(Array(text.utf8), count), as: UTF8.self) == end)
    }

    @Test func theEscapeCharacterEndsASession() {
        var filter = EscapeFilter(escape: UInt8(ascii: "~"))
        #expect(filter.pass(Array("ls ~.\n".utf8)) == (Array("ls ~.\n".utf8), false))
        #expect(filter.pass(Array("~~x\n".utf8)) == (Array("~x\n".utf8), false))
        #expect(filter.pass(Array("~".utf8)) == ([], false))
        #expect(filter.pass(Array(".".utf8)) == ([], true))
    }

    @Test func idPrefixesAreWholeBytes() throws {
        #expect(try Lookup.prefix("7eac5") == "7eac")
        #expect(try Lookup.prefix("7EAC5521-6") == "7eac5521-")
        #expect(throws: CommandFailure.self) { try Lookup.prefix("7") }
    }
}
