/// An example of a specification file, and the command that writes it for users to begin with.
struct ExampleSpecification: Sendable {
    /// Name of the command that writes it: `var init`.
    var name: String
    /// What it specifies, as texts call it.
    var subject: String
    /// Name of the file without the ending of its syntax.
    var file: String
    var hcl: String
    var json: String

    init(command name: String, of subject: String, file: String, hcl: String, json: String) {
        (self.name, self.subject, self.file, self.hcl, self.json) = (name, subject, file, hcl, json)
    }

    var command: Command {
        Command(
            name, "Create an example \(subject) specification file", usage: "<filename>",
            flags: [.text("out", "format", "hcl or json.", default: "hcl"), .bool("quiet", "Say nothing.")],
            asksAgent: false, run: write)
    }

    private func write(_ invocation: Invocation) throws -> Int32 {
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes no arguments or one: <filename>")
        }
        let syntax = invocation.flags.text("out")
        guard ["hcl", "json"].contains(syntax) else {
            throw CommandFailure("Invalid value for \"-out\"; valid values are [hcl, json]")
        }
        let path = invocation.arguments.first ?? "\(file).\(syntax)"
        guard !LocalFile.exists(path) else { throw CommandFailure("File '\(path)' already exists") }
        try LocalFile.write(path, Array((syntax == "hcl" ? hcl : json).utf8))
        if !invocation.flags.bool("quiet") { invocation.line("Example \(subject) specification written to \(path)") }
        return 0
    }
}
