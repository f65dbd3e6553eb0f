import Base
import CaravanClient

/// Shell completion: `completion` prints a script that asks the program itself at every press of the key.
enum CompletionCommand {
    static let command: Command = Command(
        "completion", "Print or install shell completion", usage: "[options] <bash|zsh|fish>",
        details: """
            Prints a completion script for a shell: for commands, flags, files, and the ids of
            jobs, allocations, nodes and whatever else the agent knows. -install adds a line that
            loads it to the start-up file of each shell that is in use.
            """,
        flags: [
            .bool("install", "Add completion to the shells' start-up files."),
            .bool("uninstall", "Take it away again."),
        ], asksAgent: false
    ) { invocation in
        if invocation.flags.bool("install") || invocation.flags.bool("uninstall") {
            return try install(invocation, invocation.flags.bool("install"))
        }
        let shell = try invocation.oneArgument("<bash|zsh|fish>")
        let script = CompletionScript(program: invocation.program.text)
        switch shell {
        case "bash": invocation.console.write(Array(script.bash.utf8))
        case "zsh": invocation.console.write(Array(script.zsh.utf8))
        case "fish": invocation.console.write(Array(script.fish.utf8))
        default: throw UsageFailure("No completion for \(GoQuote.text(shell)): bash, zsh and fish have one")
        }
        return 0
    }

    /// What the scripts call: the words of the line, the last one being that at the cursor. Prints a candidate a line,
    /// or only `:files` where the shell shall complete files.
    static let candidates: Command = Command(
        "__complete", "Candidates for shell completion", usage: "<word>...", asksAgent: false, isHidden: true
    ) { invocation in
        var words = CompletionScript.joined(invocation.arguments)
        guard let current = words.popLast() else { return 0 }
        switch Completion(table: .standard, words: words, current: current) {
        case .words(let candidates): show(candidates, current, invocation)
        case .file: invocation.line(":files")
        case .anything: break
        case .id(let context):
            // `-namespace=de`: the shell replaces only what stands behind the sign.
            let prefix = current.hasPrefix("-") ? String(current.drop { $0 != "=" }.dropFirst()) : current
            show(await ids(context, prefix, words, invocation), prefix, invocation)
        }
        return 0
    }

    private static func show(_ candidates: [String], _ current: String, _ invocation: Invocation) {
        for candidate in candidates where candidate.hasPrefix(current) { invocation.line(candidate) }
    }

    /// How long an agent is waited for, so that a dead one holds up nobody who types.
    private static let patience = TimeSpan.seconds(2)

    /// Ids of the context that start with the prefix. None when the agent can't say: a message would spoil the line.
    private static func ids(
        _ context: String, _ prefix: String, _ words: [String], _ invocation: Invocation
    ) async -> [String] {
        guard case .command(let command, let rest) = CommandTable.standard.find(words), command.asksAgent,
            let client = try? Client(
                ClientFlags.configuration(given(rest, command), environment: invocation.environment))
        else { return [] }
        let first = await withTaskGroup(of: [String].self) { group in
            group.addTask {
                (try? await found(context, prefix, client)) ?? []
            }
            group.addTask {
                try? await _Concurrency.Task.sleep(for: .nanoseconds(patience.nanoseconds))
                return []
            }
            let ids = await group.next() ?? []
            group.cancelAll()
            return ids
        }
        await client.shutdown()
        return Set(first).sorted()
    }

    private static func found(_ context: String, _ prefix: String, _ client: Client) async throws -> [String] {
        let options = QueryOptions(prefix: prefix)
        switch context {
        case "node_pools": return try await client.nodePools(options).map { $0.text("Name") }
        case "vars":
            let list = try await client.get("/v1/vars", options).json()
            return (list.arrayValue ?? []).map { $0.text("Path") }
        default:
            let answer = try await client.search(prefix: prefix, context: context)
            return answer.entries("Matches").flatMap { ($0.1.arrayValue ?? []).compactMap(\.stringValue) }
        }
    }

    /// The flags typed so far; what is unfinished or wrong is as if it weren't there.
    private static func given(_ words: [String], _ command: Command) -> FlagValues {
        for count in stride(from: words.count, through: 0, by: -1) {
            if case .values(let values, _) = try? FlagParser.parse(Array(words[..<count]), flags: command.allFlags) {
                return values
            }
        }
        return FlagValues(command.allFlags)
    }

    private static func install(_ invocation: Invocation, _ install: Bool) throws -> Int32 {
        let program = invocation.program.text
        guard let home = invocation.environment["HOME"], !home.isEmpty else {
            throw CommandFailure("HOME is not set: no start-up files to change")
        }
        let files = [
            ("bash", home + "/.bashrc", "source <(\(program) completion bash)"),
            ("zsh", home + "/.zshrc", "source <(\(program) completion zsh)"),
            ("fish", home + "/.config/fish/config.fish", "\(program) completion fish | source"),
        ]
        var changed = 0
        for (shell, path, line) in files {
            // Bash's file is made if it's missing; the others' only belong to users of those shells.
            guard LocalFile.exists(path) || (shell == "bash" && install) else { continue }
            let text = LocalFile.exists(path) ? String(decoding: try StandardInput.file(path), as: UTF8.self) : ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let has = lines.contains(line)
            guard has != install else { continue }
            var next = lines
            if install {
                if next.last == "" { next.removeLast() }
                next += [line, ""]
            } else {
                next.removeAll { $0 == line }
            }
            try LocalFile.write(path, Array(next.joined(separator: "\n").utf8))
            invocation.line("\(install ? "Added completion to" : "Removed completion from") \(path)")
            changed += 1
        }
        if changed == 0 { invocation.line(install ? "Completion is installed already" : "Completion is not installed") }
        return 0
    }
}
