internal import Glibc

/// Shell completion, generated from the table.
enum CompletionCommand {
    static let command: Command = Command(
        "completion", "Print or install shell completion", usage: "[options] <bash|zsh|fish>",
        details: """
            Prints a completion script for a shell. -install adds a line that loads it to the
            start-up file of each shell that is in use.
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
        let script = CompletionScript(table: .standard, program: invocation.program.text)
        switch shell {
        case "bash": invocation.console.write(Array(script.bash.utf8))
        case "zsh": invocation.console.write(Array(script.zsh.utf8))
        case "fish": invocation.console.write(Array(script.fish.utf8))
        default: throw UsageFailure("No completion for \(GoQuote.text(shell)): bash, zsh and fish have one")
        }
        return 0
    }

    private static func install(_ invocation: Invocation, _ install: Bool) throws -> Int32 {
        let program = invocation.program.text
        guard let home = invocation.environment["HOME"], !home.isEmpty else {
            throw CommandFailure("HOME is not set: no start-up files to change")
        }
        let fishDirectory = home + "/.config/fish"
        let files = [
            ("bash", home + "/.bashrc", "source <(\(program) completion bash)"),
            ("zsh", home + "/.zshrc", "source <(\(program) completion zsh)"),
            ("fish", fishDirectory + "/config.fish", "\(program) completion fish | source"),
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

/// The scripts.
struct CompletionScript {
    let table: CommandTable
    let program: String

    /// Command words and what may follow each: subcommands, or flags.
    private var follows: [(words: String, candidates: [String])] {
        var rows: [(words: String, candidates: [String])] = [("", table.members(of: "").map(\.word) + hiddenShortcuts)]
        for group in table.groups { rows.append((group.name, table.members(of: group.name).map(\.word))) }
        for command in table.commands where !command.isHidden || hiddenShortcuts.contains(command.name) {
            rows.append((command.name, command.allFlags.map { "-" + $0.name }))
        }
        return rows.sorted { $0.words < $1.words }
    }

    /// Short forms that users type though they aren't listed.
    private var hiddenShortcuts: [String] {
        ["run", "stop", "plan", "validate", "init", "inspect", "logs", "fs", "exec"]
    }

    var bash: String {
        var cases = ""
        for row in follows {
            cases += "    '\(row.words)') candidates='\(row.candidates.joined(separator: " "))' ;;\n"
        }
        return """
            _\(name)_complete() {
              local current="${COMP_WORDS[COMP_CWORD]}" words='' word candidates=''
              for ((i = 1; i < COMP_CWORD; i++)); do
                word="${COMP_WORDS[i]}"
                case "$word" in -*) continue ;; esac
                words="${words:+$words }$word"
              done
              while :; do
                case "$words" in
            \(cases)    esac
                [ -n "$candidates" ] || [ -z "$words" ] && break
                case "$words" in *' '*) words="${words% *}" ;; *) break ;; esac
              done
              COMPREPLY=($(compgen -W "$candidates" -- "$current"))
              [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
            }
            complete -o filenames -F _\(name)_complete \(program)

            """
    }

    var zsh: String { "autoload -U +X bashcompinit && bashcompinit\n" + bash }

    var fish: String {
        var lines = ["complete -c \(program) -f"]
        for member in table.members(of: "") {
            lines.append(
                "complete -c \(program) -n __fish_use_subcommand -a \(member.word) -d '\(quoted(member.summary))'")
        }
        for group in table.groups {
            let seen = group.name.split(separator: " ").map { "__fish_seen_subcommand_from \($0)" }.joined(
                separator: "; and ")
            for member in table.members(of: group.name) {
                lines.append("complete -c \(program) -n '\(seen)' -a \(member.word) -d '\(quoted(member.summary))'")
            }
        }
        for command in table.commands where !command.isHidden {
            let seen = command.words.map { "__fish_seen_subcommand_from \($0)" }.joined(separator: "; and ")
            for flag in command.flags {
                let help = flag.help.split(separator: "\n").first.map(String.init) ?? ""
                lines.append("complete -c \(program) -n '\(seen)' -o \(flag.name) -d '\(quoted(help))'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var name: String { program.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined() }
    private func quoted(_ text: String) -> String { text.split(separator: "'").joined(separator: "\\'") }
}
