/// One command of the table: what it is called, what it takes, what it does.
public struct Command: Sendable {
    /// Words as typed after the program's name: `job status`.
    public var name: String
    /// One line for lists of commands.
    public var summary: String
    /// Arguments in the usage line: `[options] <job>`.
    public var usage: String
    /// What it does, for the help text; lines up to 78 columns.
    public var details: String
    public var flags: [Flag]
    /// Takes the flags that say which agent to ask.
    public var asksAgent: Bool
    /// Left out of lists and completion.
    public var isHidden: Bool
    /// Does the work and returns the exit status. What it throws is printed by `Program`.
    public var run: @Sendable (Invocation) async throws -> Int32

    public init(
        _ name: String, _ summary: String, usage: String = "[options]", details: String = "", flags: [Flag] = [],
        asksAgent: Bool = true, isHidden: Bool = false,
        run: @escaping @Sendable (Invocation) async throws -> Int32
    ) {
        (self.name, self.summary, self.usage) = (name, summary, usage)
        self.details = details.isEmpty ? summary + "." : details
        (self.flags, self.asksAgent, self.isHidden, self.run) = (flags, asksAgent, isHidden, run)
    }

    /// The same command under another name, which is not listed.
    func alias(_ name: String) -> Command {
        var copy = self
        copy.name = name
        copy.isHidden = true
        return copy
    }

    /// Flags of the command and those that say which agent to ask.
    var allFlags: [Flag] { asksAgent ? ClientFlags.all + flags : flags }
    var words: [String] { name.split(separator: " ").map(String.init) }
}

/// A word that only groups commands, such as `job`.
public struct CommandGroup: Sendable {
    public var name: String
    public var summary: String
    public var details: String
}

/// The end of a command with a message for the user and an exit status.
public struct CommandFailure: Error, Sendable {
    public var message: String
    /// What to do about it; shown on terminals, so that the output of scripts stays one line an error.
    public var advice: String?
    public var status: Int32

    public init(_ message: String, advice: String? = nil, status: Int32 = 1) {
        (self.message, self.advice, self.status) = (message, advice, status)
    }
}

/// Wrong arguments: the message is followed by where to find help.
public struct UsageFailure: Error, Sendable {
    public var message: String
    public var status: Int32 = 1
    /// The command that the line about help names, if it isn't the running one.
    public var command: String?

    public init(_ message: String, command: String? = nil, status: Int32 = 1) {
        (self.message, self.command, self.status) = (message, command, status)
    }
}
