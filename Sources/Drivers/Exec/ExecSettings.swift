public import Base

/// The agent's configuration of exec: `plugin "exec" { config { … } }`.
public struct ExecSettings: Hashable, Sendable {
    /// Whether the root is changed by chroot instead of pivot_root: for nodes whose own root is a RAM disk.
    public var noPivotRoot = false
    /// "private" or "host".
    public var defaultPIDMode = "private"
    public var defaultIPCMode = "private"
    public var allowedCapabilities: [String] = DockerSettings.defaultCapabilities

    public init() {}

    /// Reads the block. Throws `.invalidConfig`.
    public init(config: JSON) throws(DriverError) { try self.init(config: config, driver: "exec") }

    init(config: JSON, driver: String) throws(DriverError) {
        var reader = ConfigReader(config)
        noPivotRoot = reader.bool("no_pivot_root") ?? false
        defaultPIDMode = reader.mode("default_pid_mode") ?? "private"
        defaultIPCMode = reader.mode("default_ipc_mode") ?? "private"
        if reader.value("allow_caps") != nil {
            allowedCapabilities = reader.strings("allow_caps").map(DockerSettings.capability)
        }
        for key in ["denied_host_uids", "denied_host_gids"] where reader.string(key) != nil {
            reader.wrong(key, "is not supported yet")
        }
        try reader.check(driver: driver)
    }
}

extension ConfigReader {
    /// "private" or "host".
    mutating func mode(_ key: String) -> String? {
        guard let text = string(key), !text.isEmpty else { return nil }
        if text != "private" && text != "host" { wrong(key, "must be \"private\" or \"host\", not \"\(text)\"") }
        return text
    }
}
