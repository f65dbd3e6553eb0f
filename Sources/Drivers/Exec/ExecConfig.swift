internal import Base

/// The `config` of an exec task.
struct ExecConfig: Hashable, Sendable {
    var command: String
    var arguments: [String]
    var workDirectory: String?
    /// "private" or "host"; nil for the node's default.
    var pidMode: String?
    var ipcMode: String?
    var capabilitiesAdded: [String]
    var capabilitiesDropped: [String]

    init(_ config: JSON) throws(DriverError) {
        var reader = ConfigReader(config)
        command = reader.requiredString("command")
        arguments = reader.strings("args")
        workDirectory = reader.string("work_dir")
        pidMode = reader.mode("pid_mode")
        ipcMode = reader.mode("ipc_mode")
        capabilitiesAdded = reader.strings("cap_add").map(DockerSettings.capability)
        capabilitiesDropped = reader.strings("cap_drop").map(DockerSettings.capability)
        if let workDirectory, !workDirectory.hasPrefix("/") { reader.wrong("work_dir", "must be an absolute path") }
        try reader.check(driver: "exec")
    }

    init(
        command: String, arguments: [String], workDirectory: String?, pidMode: String?, ipcMode: String?,
        capabilitiesAdded: [String], capabilitiesDropped: [String]
    ) {
        self.command = command
        self.arguments = arguments
        self.workDirectory = workDirectory
        self.pidMode = pidMode
        self.ipcMode = ipcMode
        self.capabilitiesAdded = capabilitiesAdded
        self.capabilitiesDropped = capabilitiesDropped
    }

    /// What the task may have at most, in order. Throws `.startFailed` if it asks for more than it may.
    func capabilities(_ settings: ExecSettings) throws(DriverError) -> [String] {
        let allowsAll = settings.allowedCapabilities.contains("all")
        let refused = capabilitiesAdded.filter { !allowsAll && !settings.allowedCapabilities.contains($0) }
        if !refused.isEmpty {
            throw DriverError(
                .startFailed, "these capabilities are not allowed here (allow_caps): \(refused.joined(separator: ", "))"
            )
        }
        var wanted = Set(
            DockerSettings.defaultCapabilities.filter { allowsAll || settings.allowedCapabilities.contains($0) })
        if capabilitiesDropped.contains("all") { wanted = [] }
        wanted.formUnion(capabilitiesAdded)
        return wanted.subtracting(capabilitiesDropped).sorted()
    }
}
