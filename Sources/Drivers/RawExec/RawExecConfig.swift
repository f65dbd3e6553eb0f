public import Base

/// The `config` of a raw_exec task.
struct RawExecConfig: Hashable, Sendable {
    var command: String
    var arguments: [String]
    var workDirectory: String?
    var oomScore: Int?
    /// Names, or patterns with one "*" at the end, of variables that the task does not get.
    var deniedVariables: [String]

    init(_ config: JSON) throws(DriverError) {
        var reader = ConfigReader(config)
        command = reader.requiredString("command")
        arguments = reader.strings("args")
        workDirectory = reader.string("work_dir")
        oomScore = reader.int("oom_score_adj")
        deniedVariables = reader.strings("denied_envvars")
        if reader.string("cgroup_v2_override") != nil {
            reader.wrong("cgroup_v2_override", "is not supported: tasks live in cgroups of their own")
        }
        if !reader.map("cgroup_v1_override").isEmpty {
            reader.wrong("cgroup_v1_override", "is not supported: tasks live in cgroups of their own")
        }
        if let oomScore, !(0...1000).contains(oomScore) { reader.wrong("oom_score_adj", "must be between 0 and 1000") }
        if let workDirectory, !workDirectory.hasPrefix("/") { reader.wrong("work_dir", "must be an absolute path") }
        try reader.check(driver: "raw_exec")
    }

    /// Whether a variable is withheld.
    static func isDenied(_ name: String, by patterns: [String]) -> Bool {
        patterns.contains { pattern in
            pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
        }
    }
}

/// The agent's configuration of raw_exec: `plugin "raw_exec" { config { … } }`.
public struct RawExecSettings: Hashable, Sendable {
    public var enabled: Bool
    public var deniedVariables: [String]

    public init(enabled: Bool = false, deniedVariables: [String] = []) {
        self.enabled = enabled
        self.deniedVariables = deniedVariables
    }

    /// Reads the block. Throws `.invalidConfig`.
    public init(config: JSON) throws(DriverError) {
        var reader = ConfigReader(config)
        enabled = reader.bool("enabled") ?? false
        deniedVariables = reader.strings("denied_envvars")
        _ = reader.bool("no_cgroups")
        for key in ["denied_host_uids", "denied_host_gids"] where reader.string(key) != nil {
            reader.wrong(key, "is not supported yet")
        }
        try reader.check(driver: "raw_exec")
    }
}
