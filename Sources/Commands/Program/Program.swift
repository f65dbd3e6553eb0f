import Base
import CaravanClient

/// The program: finds the command, reads its flags, runs it, prints what went wrong.
public struct Program: Sendable {
    /// The version of this program.
    public static let version = "0.1.0"
    /// The API and job file language that it speaks.
    public static let compatibleVersion = "1.10.0"
    /// Exit status where no command is meant, as shells have it for unknown commands.
    static let unknownCommandStatus: Int32 = 127

    public var name: ProgramName
    public var environment: [String: String]
    public var console: Console
    public var clock: WallClock
    var table: CommandTable

    public init(
        name: ProgramName, environment: [String: String], console: Console, clock: WallClock = .system
    ) {
        (self.name, self.environment, self.console, self.clock) = (name, environment, console, clock)
        table = CommandTable.standard
    }

    /// Runs a command line without the program's name, and returns the exit status.
    public func run(_ arguments: [String]) async -> Int32 {
        defer { console.flush() }
        if let first = arguments.first {
            switch first {
            case "-v", "--v", "-version", "--version": return await run(["version"])
            case "-h", "--h", "-help", "--help", "help":
                console.write(Array(HelpText.top(table, name).utf8))
                return 0
            case "-autocomplete-install", "--autocomplete-install":
                return await run(["completion", "-install"])
            case "-autocomplete-uninstall", "--autocomplete-uninstall":
                return await run(["completion", "-uninstall"])
            default: break
            }
        }
        switch table.find(arguments) {
        case .command(let command, let rest): return await run(command, rest)
        case .group(let group, let rest):
            console.write(Array(HelpText.group(group, table, name).utf8))
            return rest.first.map { ["-h", "-help", "--help"].contains($0) } == true ? 0 : 1
        case .unknown(let words):
            if let word = words.first, let near = table.near(word) {
                if console.errorIsTerminal {
                    console.errorLine("Unknown command \"\(word)\". Did you mean \"\(near)\"?")
                }
            }
            console.write(Array(HelpText.top(table, name).utf8))
            return Self.unknownCommandStatus
        }
    }

    private func run(_ command: Command, _ arguments: [String]) async -> Int32 {
        let flags: FlagValues
        let rest: [String]
        do {
            switch try FlagParser.parse(arguments, flags: command.allFlags) {
            case .help:
                console.write(Array(HelpText.command(command, name).utf8))
                return 0
            case .values(let values, let words): (flags, rest) = (values, words)
            }
        } catch {
            console.errorLine(error.message)
            console.write(Array(HelpText.command(command, name).utf8))
            return command.flagErrorStatus
        }
        var connection: Client?
        if command.asksAgent {
            do {
                connection = try Client(ClientFlags.configuration(flags, environment: environment))
            } catch {
                console.errorLine("Error initializing client: \(error.message)")
                if let advice = error.advice { console.errorLine(advice) }
                return command.clientErrorStatus
            }
        }
        let status = await perform(
            Invocation(
                program: name, command: command, flags: flags, arguments: rest, environment: environment,
                console: console, clock: clock, connection: connection))
        await connection?.shutdown()
        return status
    }

    /// Runs a command and turns what it throws into messages.
    private func perform(_ invocation: Invocation) async -> Int32 {
        do {
            return try await invocation.command.run(invocation)
        } catch let failure as CommandFailure {
            var message = failure.message
            while message.hasSuffix("\n") { message.removeLast() }
            if !message.isEmpty { console.errorLine(message) }
            // Scripts read one line an error; people get the way out as well.
            if let advice = failure.advice, console.errorIsTerminal { console.errorLine(advice) }
            return failure.status
        } catch let failure as UsageFailure {
            console.errorLine(failure.message)
            console.errorLine(
                "For additional help try '\(name.text) \(failure.command ?? invocation.command.name) -help'")
            if console.errorIsTerminal, invocation.arguments.dropFirst().contains(where: { $0.hasPrefix("-") }) {
                console.errorLine("Flags go before arguments.")
            }
            return failure.status
        } catch let error as ClientError {
            console.errorLine(error.message)
            if let advice = error.advice, console.errorIsTerminal { console.errorLine(advice) }
            return 1
        } catch {
            console.errorLine("\(error)")
            return 1
        }
    }
}

extension Command {
    /// `job plan` keeps 0 and 1 for its result.
    var flagErrorStatus: Int32 { name == "job plan" || name == "plan" ? 255 : 1 }
    var clientErrorStatus: Int32 {
        ["job plan", "plan", "job validate", "validate"].contains(name) ? 255 : 1
    }
}
