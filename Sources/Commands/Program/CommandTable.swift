/// All commands and groups.
public struct CommandTable: Sendable {
    /// Ordered by name.
    public let commands: [Command]
    public let groups: [CommandGroup]
    private let byName: [String: Command]
    private let groupsByName: [String: CommandGroup]

    /// Most words in a command's name.
    private static let wordsMax = 4

    init(_ commands: [Command], groups: [CommandGroup]) {
        self.commands = commands.sorted { $0.name < $1.name }
        self.groups = groups.sorted { $0.name < $1.name }
        byName = Dictionary(commands.map { ($0.name, $0) }) { first, _ in first }
        groupsByName = Dictionary(groups.map { ($0.name, $0) }) { first, _ in first }
    }

    /// What the first words of a command line mean.
    enum Match {
        case command(Command, rest: [String])
        case group(CommandGroup, rest: [String])
        case unknown([String])
    }

    func find(_ arguments: [String]) -> Match {
        let words = Array(arguments.prefix(Self.wordsMax).prefix { !$0.hasPrefix("-") && !$0.isEmpty })
        for count in stride(from: words.count, to: 0, by: -1) {
            let name = words[..<count].joined(separator: " ")
            let rest = Array(arguments[count...])
            if let command = byName[name] { return .command(command, rest: rest) }
            if let group = groupsByName[name] { return .group(group, rest: rest) }
        }
        return .unknown(words)
    }

    /// Commands and groups right below a group, or at the top for the empty name; hidden ones left out.
    func members(of group: String) -> [(word: String, summary: String)] {
        let depth = group.isEmpty ? 0 : group.split(separator: " ").count
        var members: [(word: String, summary: String)] = []
        for command in commands where !command.isHidden && command.words.count == depth + 1 {
            if Array(command.words.prefix(depth)).joined(separator: " ") == group {
                members.append((command.words[depth], command.summary))
            }
        }
        for entry in groups {
            let words = entry.name.split(separator: " ").map(String.init)
            if words.count == depth + 1, words.prefix(depth).joined(separator: " ") == group {
                members.append((words[depth], entry.summary))
            }
        }
        return members.sorted { $0.word < $1.word }
    }

    /// The name at the top that is nearest to a mistyped word, if one is near.
    func near(_ word: String) -> String? {
        Spelling.nearest(to: word, among: members(of: "").map(\.word))
    }

    static let standard: CommandTable = CommandTable(
        JobCommands.all + JobChangeCommands.all + JobFileCommands.all + JobVersionCommands.all + [
            JobExplainCommand.explain
        ]
            + AllocationCommands.all + AllocationFileCommands.all + EvaluationCommands.all + DeploymentCommands.all
            + NodeCommands.all + NodePoolCommands.all + ServiceCommands.all + [
                JobRestartCommand.command, FormatCommand.command,
            ]
            + ServerCommands.all + NamespaceCommands.all + OperatorCommands.all
            + AutopilotCommands.all + SnapshotCommands.all + AccessCommands.all + TokenCommands.all
            + RoleCommands.all + AuthMethodCommands.all + VariableCommands.all + [VariableLockCommand.command]
            + VolumeCommands.all + EnterpriseCommands.all + GeneralCommands.all + AgentCommands.all,
        groups: Groups.all)
}

/// Words that only group commands.
enum Groups {
    private static func group(_ name: String, _ summary: String) -> CommandGroup {
        CommandGroup(name: name, summary: summary, details: "This command groups subcommands: \(summary.lowercased()).")
    }

    static let all: [CommandGroup] = [
        group("acl", "Interact with ACL policies and tokens"),
        group("acl auth-method", "Interact with ACL auth methods"),
        group("acl binding-rule", "Interact with ACL binding rules"),
        group("acl policy", "Interact with ACL policies"),
        group("acl role", "Interact with ACL roles"),
        group("acl token", "Interact with ACL tokens"),
        group("alloc", "Interact with allocations"),
        group("deployment", "Interact with deployments"),
        group("eval", "Interact with evaluations"),
        group("job", "Interact with jobs"),
        group("job periodic", "Interact with periodic jobs"),
        group("job tag", "Name versions of a job"),
        group("license", "Interact with licences"),
        group("namespace", "Interact with namespaces"),
        group("node", "Interact with nodes"),
        group("node pool", "Interact with node pools"),
        group("operator", "Tools for operators of a cluster"),
        group("operator autopilot", "Read and change how servers look after themselves"),
        group("operator raft", "Look at and change the group of servers"),
        group("operator scheduler", "Read and change the scheduler's configuration"),
        group("operator snapshot", "Save, restore and inspect snapshots of the state"),
        group("plugin", "Inspect plugins"),
        group("quota", "Interact with quotas"),
        group("recommendation", "Interact with recommendations"),
        group("scaling", "Interact with scaling policies"),
        group("scaling policy", "Interact with scaling policies"),
        group("sentinel", "Interact with Sentinel policies"),
        group("server", "Interact with servers"),
        group("service", "Interact with registered services"),
        group("system", "Interact with the system API"),
        group("system reconcile", "Reconcile what is derived from other state"),
        group("var", "Interact with variables"),
        group("volume", "Interact with volumes"),
        group("volume snapshot", "Interact with snapshots of volumes"),
    ]
}
