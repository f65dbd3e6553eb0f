import Base
public import CaravanClient

/// One running command: its flags and arguments and the world it sees.
public struct Invocation: Sendable {
    public var program: ProgramName
    public var command: Command
    public var flags: FlagValues
    public var arguments: [String]
    public var environment: [String: String]
    public var console: Console
    public var clock: WallClock
    /// Nil only for commands that ask no agent.
    let connection: Client?

    /// The agent that the command asks.
    public var client: Client {
        get throws {
            guard let connection else {
                throw CommandFailure("'\(command.name)' asks no agent")
            }
            return connection
        }
    }

    /// How this command shows ids, times and titles.
    var show: Show {
        Show(
            isVerbose: flags.bool("verbose"), now: clock.now, zone: clock.zone,
            style: Style(
                console: console, environment: environment, off: flags.bool("no-color"),
                on: flags.bool("force-color")))
    }

    /// Runs a request; a failure is told as `Error <doing>: …`.
    func doing<Value: Sendable>(
        _ what: String, status: Int32 = 1, _ work: @Sendable () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch let error as ClientError {
            throw CommandFailure("\(what): \(error.message)", advice: error.advice, status: status)
        }
    }

    func line(_ text: String) { console.line(text) }
    func lines(_ lines: [String]) { for line in lines { console.line(line) } }

    /// The only argument, or the usage failure that names it.
    func oneArgument(_ what: String) throws -> String {
        guard arguments.count == 1, let first = arguments.first else {
            throw UsageFailure("This command takes one argument: \(what)")
        }
        return first
    }

    /// Two arguments, or the usage failure that names them.
    func twoArguments(_ what: String) throws -> (String, String) {
        guard arguments.count == 2 else { throw UsageFailure("This command takes two arguments: \(what)") }
        return (arguments[0], arguments[1])
    }

    func noArguments() throws {
        if !arguments.isEmpty { throw UsageFailure("This command takes no arguments") }
    }

    /// Prints an API value as `-json` and `-t` ask; false if neither is given.
    func printFormatted(_ value: JSON) throws -> Bool {
        let template = flags.text("t")
        if flags.bool("json") {
            if !template.isEmpty { throw CommandFailure("Both json and template formatting are not allowed") }
            line(value.pretty())
            return true
        }
        guard !template.isEmpty else { return false }
        line(try Self.render(template, value))
        return true
    }

    static func render(_ template: String, _ value: JSON) throws -> String {
        do {
            return try GoTemplate(template).render(value)
        } catch {
            throw CommandFailure("Error formatting output: \(error.message)")
        }
    }

    /// Asks a question on a terminal or a pipe and returns the answer's line; nil at the end of input.
    func ask(_ question: String) -> String? {
        console.write(Array((question + " ").utf8))
        console.flush()
        return StandardInput.line()
    }
}

/// The name the program was called by. A link called `nomad` makes help texts and hints speak of `nomad`.
public struct ProgramName: Sendable, Hashable {
    public var text: String
    public init(_ path: String) {
        text = path.split(separator: "/").last.map(String.init) ?? "caravan"
    }
}
