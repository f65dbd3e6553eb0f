import Base

/// Help texts, generated from the table.
enum HelpText {
    /// Commands that come first at the top.
    private static let common = ["run", "stop", "status", "alloc", "job", "node", "agent"]
    private static let indent = "    "
    private static let gap = 6

    static func top(_ table: CommandTable, _ program: ProgramName) -> String {
        var summaries: [String: String] = [:]
        for member in table.members(of: "") { summaries[member.word] = member.summary }
        for name in common where summaries[name] == nil {
            if case .command(let command, _) = table.find([name]) { summaries[name] = command.summary }
        }
        var out = "Usage: \(program.text) [-version] [-help] [-autocomplete-(un)install] <command> [args]\n\n"
        out += "Common commands:\n"
        out += list(common.compactMap { name in summaries[name].map { (name, $0) } })
        out += "\nOther commands:\n"
        out += list(table.members(of: "").filter { !common.contains($0.word) }.map { ($0.word, $0.summary) })
        return out
    }

    static func group(_ group: CommandGroup, _ table: CommandTable, _ program: ProgramName) -> String {
        var out = "Usage: \(program.text) \(group.name) <subcommand> [options] [args]\n\n"
        out += indented(group.details, by: "  ") + "\n\n"
        out += "Subcommands:\n"
        out += list(table.members(of: group.name).map { ($0.word, $0.summary) })
        return out
    }

    static func command(_ command: Command, _ program: ProgramName) -> String {
        var usage = "Usage: \(program.text) \(command.name)"
        if !command.usage.isEmpty { usage += " " + command.usage }
        var out = usage + "\n\n" + indented(command.details, by: "  ") + "\n"
        if command.asksAgent { out += "\nGeneral Options:\n\n" + options(ClientFlags.all) }
        if !command.flags.isEmpty {
            let title = command.words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
            out += "\n\(title) Options:\n\n" + options(command.flags)
        }
        return out
    }

    private static func options(_ flags: [Flag]) -> String {
        flags.map { flag in
            let value = flag.placeholder.isEmpty ? "" : "=<\(flag.placeholder)>"
            return "  -\(flag.name)\(value)\n" + indented(flag.help + defaultText(flag), by: "    ") + "\n"
        }.joined(separator: "\n")
    }

    private static func defaultText(_ flag: Flag) -> String {
        switch flag.kind {
        case .text(let value) where !value.isEmpty: "\nDefault = \(value)"
        case .bool(true): "\nDefault = true"
        case .span(let value) where value != .zero: "\nDefault = \(value.text)"
        default: ""
        }
    }

    private static func list(_ rows: [(String, String)]) -> String {
        let width = (rows.map(\.0.count).max() ?? 0) + gap
        return rows.map { row in
            indent + row.0 + String(repeating: " ", count: width - row.0.count) + row.1 + "\n"
        }.joined()
    }

    private static func indented(_ text: String, by indent: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : indent + $0 }.joined(separator: "\n")
    }
}
