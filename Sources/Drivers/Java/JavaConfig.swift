public import Base

/// The `config` of a java task.
struct JavaConfig: Hashable, Sendable {
    var mainClass: String?
    var classPath: String?
    var jarPath: String?
    var options: [String]
    var arguments: [String]
    /// Directory, namespaces and capabilities, as an exec task has them.
    var isolation: ExecConfig

    init(_ config: JSON) throws(DriverError) {
        var reader = ConfigReader(config)
        mainClass = reader.string("class")
        classPath = reader.string("class_path")
        jarPath = reader.string("jar_path")
        options = reader.strings("jvm_options")
        arguments = reader.strings("args")
        isolation = ExecConfig(
            command: "java", arguments: [], workDirectory: reader.string("work_dir"), pidMode: reader.mode("pid_mode"),
            ipcMode: reader.mode("ipc_mode"),
            capabilitiesAdded: reader.strings("cap_add").map(DockerSettings.capability),
            capabilitiesDropped: reader.strings("cap_drop").map(DockerSettings.capability))
        if jarPath ?? "" == "" && mainClass ?? "" == "" { reader.wrong("jar_path", "is missing, and so is class") }
        if let directory = isolation.workDirectory, !directory.hasPrefix("/") {
            reader.wrong("work_dir", "must be an absolute path")
        }
        try reader.check(driver: "java")
    }

    /// The exec task that runs `java`.
    func command(_ java: String) -> ExecConfig {
        var line = options
        if let classPath, !classPath.isEmpty { line += ["-cp", classPath] }
        if let jarPath, !jarPath.isEmpty { line += ["-jar", jarPath] }
        if let mainClass, !mainClass.isEmpty { line.append(mainClass) }
        var config = isolation
        config.command = java
        config.arguments = line + arguments
        return config
    }
}

/// The agent's configuration of java: `plugin "java" { config { … } }`.
public struct JavaSettings: Hashable, Sendable {
    /// Namespaces and capabilities, as for exec.
    public var isolation = ExecSettings()

    public init() {}

    /// Reads the block. Throws `.invalidConfig`.
    public init(config: JSON) throws(DriverError) { isolation = try ExecSettings(config: config, driver: "java") }
}
