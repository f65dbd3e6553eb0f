/// What may stand at the cursor of an unfinished command line.
///
/// Worked out from the table, so that a new command or flag completes without anybody's doing.
enum Completion: Equatable {
    /// Any of these words.
    case words([String])
    /// The id of an object, to be looked up in a context of `/v1/search`.
    case id(context: String)
    /// A file, which the shell knows best.
    case file
    /// Nothing that could be guessed: a value that the user makes up.
    case anything

    /// - Parameters:
    ///   - words: the line up to the cursor without the program's name, and without the word at the cursor.
    ///   - current: the word at the cursor as far as it is typed.
    init(table: CommandTable, words: [String], current: String) {
        switch table.find(words) {
        case .unknown(let unknown):
            self = .words(unknown.isEmpty && words.isEmpty ? Self.top(table) : [])
        case .group(let group, let rest):
            self = .words(rest.isEmpty ? table.members(of: group.name).map(\.word) : [])
        case .command(let command, let rest):
            let below = rest.isEmpty ? table.members(of: command.name).map(\.word) : []
            self = Self.argument(of: command, after: rest, current: current, or: below)
        }
    }

    /// Words of the top, with the short forms that users type though they aren't listed.
    private static func top(_ table: CommandTable) -> [String] {
        let shortcuts = ["run", "stop", "plan", "validate", "init", "inspect", "logs", "fs", "exec"]
        return Set(table.members(of: "").map(\.word) + shortcuts).sorted()
    }

    /// - Parameter below: words of commands below this one, as `summaries` of `system reconcile`.
    private static func argument(
        of command: Command, after rest: [String], current: String, or below: [String]
    ) -> Completion {
        var position = 0
        var waiting: Flag?
        for word in rest {
            if waiting != nil {
                waiting = nil
            } else if position == 0, word.hasPrefix("-"), word.count > 1 {
                waiting = command.flag(word).flatMap { $0.needsNoValue || word.contains("=") ? nil : $0 }
            } else {
                position += 1
            }
        }
        if let waiting { return value(of: waiting) }
        if position == 0, current.hasPrefix("-") {
            if current.contains("="), let flag = command.flag(current) { return value(of: flag) }
            return .words(command.allFlags.map { "-" + $0.name }.sorted())
        }
        let names = placeholders(command.usage)
        guard position < names.count || names.last?.hasSuffix("...") == true, let last = names.last else {
            return .words(below)
        }
        let found = meaning(position < names.count ? names[position] : last, command)
        return below.isEmpty ? found : .words(below)
    }

    private static func value(of flag: Flag) -> Completion {
        if flag.name == "namespace" { return .id(context: "namespaces") }
        if flag.name == "node-pool" { return .id(context: "node_pools") }
        return flag.placeholder == "path" || flag.placeholder == "file" ? .file : .anything
    }

    /// The names in angle brackets of a usage line, in order: `[options] <job> [<group>]` has `job` and `group`.
    static func placeholders(_ usage: String) -> [String] {
        usage.split(separator: "<", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            guard let end = part.firstIndex(of: ">") else { return nil }
            let more = part[end...].dropFirst()
            return String(part[..<end]) + (more.hasPrefix("...") || more.hasPrefix("…") ? "..." : "")
        }
    }

    private static func meaning(_ placeholder: String, _ command: Command) -> Completion {
        let name = placeholder.hasSuffix("...") ? String(placeholder.dropLast(3)) : placeholder
        switch name {
        case "job", "jobname", "job_id", "job id", "parameterized job": return .id(context: "jobs")
        case "allocation": return .id(context: "allocs")
        case "node", "node id": return .id(context: "nodes")
        case "evaluation": return .id(context: "evals")
        case "deployment id": return .id(context: "deployment")
        case "namespace": return .id(context: "namespaces")
        case "node-pool": return .id(context: "node_pools")
        case "vol id",
            "id" where command.words.first == "volume":
            return .id(context: "volumes")
        case "plugin": return .id(context: "plugins")
        case "identifier": return .id(context: "all")
        case "bash|zsh|fish": return .words(["bash", "zsh", "fish"])
        case "path" where command.words.first == "var": return .id(context: "vars")
        case "path", "file", "filename", "input", "variable spec file reference": return .file
        default: return .anything
        }
    }
}

extension Command {
    /// The flag that a word such as `-name`, `--name` or `-name=value` gives.
    fileprivate func flag(_ word: String) -> Flag? {
        let name = word.drop { $0 == "-" }.prefix { $0 != "=" }
        return allFlags.first { $0.name == name }
    }
}
