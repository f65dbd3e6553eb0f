import Base

// The tables of the task block: driver, resources, files, secrets, identity.

private let second: Int64 = 1_000_000_000

extension JobSchema {
    public static let task = BlockSchema(
        "task", label: BlockLabel("name", json: "Name"),
        [
            .value(nil, "Name", .text),
            .value("driver", "Driver", .text),
            .value("user", "User", .text),
            .value("config", "Config", .free),
            .value("env", "Env", .openTextMap),
            .value("meta", "Meta", .openTextMap),
            .option("resources", "Resources", .block(resources)),
            .option("kill_timeout", "KillTimeout", .duration, .int(5 * second)),
            .value("kill_signal", "KillSignal", .text),
            .value("shutdown_delay", "ShutdownDelay", .duration),
            .value("leader", "Leader", .flag),
            .option("lifecycle", "Lifecycle", .block(lifecycle)),
            .option("logs", "LogConfig", .block(logs)),
            .option("restart", "RestartPolicy", .block(restart)),
            .value("constraint", "Constraints", .blocks(constraint)),
            .value("affinity", "Affinities", .blocks(affinity)),
            .value("service", "Services", .blocks(service)),
            .value("artifact", "Artifacts", .blocks(artifact)),
            .value("template", "Templates", .blocks(template)),
            .value("volume_mount", "VolumeMounts", .blocks(volumeMount)),
            .option("dispatch_payload", "DispatchPayload", .block(dispatchPayload)),
            .option("csi_plugin", "CSIPluginConfig", .block(csiPlugin)),
            .option("vault", "Vault", .block(vault)),
            .option("consul", "Consul", .block(consul)),
            .value("identity", "Identities", .blocks(identity)),
            .value(nil, "Identity", .block(identity)),
            .value("action", "Actions", .blocks(action)),
            .value("secret", "Secrets", .blocks(secret)),
            .option("schedule", "Schedule", .block(schedule)),
            .value("scaling", "ScalingPolicies", .blocks(taskScaling)),
            .value("kind", "Kind", .text),
        ])

    public static let resources = BlockSchema(
        "resources",
        [
            .option("cpu", "CPU", .integer),
            .option("cores", "Cores", .integer, 0),
            .option("memory", "MemoryMB", .integer, 300),
            .option("memory_max", "MemoryMaxMB", .integer),
            .option("disk", "DiskMB", .integer),
            .option("iops", "IOPS", .integer),
            .option("secrets", "SecretsMB", .integer),
            .value("network", "Networks", .blocks(network)),
            .value("device", "Devices", .blocks(device)),
            .option("numa", "NUMA", .block(numa)),
        ])

    static let device = BlockSchema(
        "device", label: BlockLabel("name", json: "Name"),
        [
            .value("name", "Name", .text),
            .option("count", "Count", .integer, 1),
            .value("constraint", "Constraints", .blocks(constraint)),
            .value("affinity", "Affinities", .blocks(affinity)),
        ])

    static let numa = BlockSchema(
        "numa",
        [
            .value("affinity", "Affinity", .text, parsed: "none"),
            .value("devices", "Devices", .texts),
        ])

    static let lifecycle = BlockSchema(
        "lifecycle",
        [
            .value("hook", "Hook", .text),
            .value("sidecar", "Sidecar", .flag),
        ])

    static let logs = BlockSchema(
        "logs",
        [
            .option("max_files", "MaxFiles", .integer, 10),
            .option("max_file_size", "MaxFileSizeMB", .integer, 10),
            .option("disabled", "Disabled", .flag, false),
            .option("enabled", "Enabled", .flag),
        ])

    static let artifact = BlockSchema(
        "artifact",
        [
            .option("source", "GetterSource", .text, ""),
            .option("destination", "RelativeDest", .text),
            .option("mode", "GetterMode", .text, "any"),
            .value("options", "GetterOptions", .textMap),
            .value("headers", "GetterHeaders", .textMap),
            .value("insecure", "GetterInsecure", .flag),
            .value("chown", "Chown", .flag),
        ])

    public static let template = BlockSchema(
        "template",
        [
            .option("source", "SourcePath", .text, ""),
            .option("data", "EmbeddedTmpl", .text, ""),
            .option("destination", "DestPath", .text, ""),
            .option("change_mode", "ChangeMode", .text, "restart", parsed: "restart"),
            .option("change_signal", "ChangeSignal", .text),
            .option("change_script", "ChangeScript", .block(changeScript)),
            .option("splay", "Splay", .duration, .int(5 * second), parsed: .int(5 * second)),
            .option("perms", "Perms", .text, "0644", parsed: "0644"),
            .option("uid", "Uid", .integer),
            .option("gid", "Gid", .integer),
            .option("left_delimiter", "LeftDelim", .text, "{{"),
            .option("right_delimiter", "RightDelim", .text, "}}"),
            .option("env", "Envvars", .flag, false),
            .value("once", "Once", .flag),
            .option("wait", "Wait", .block(wait)),
            .value("error_on_missing_key", "ErrMissingKey", .flag),
            .option("vault_grace", "VaultGrace", .duration, 0),
        ])

    static let changeScript = BlockSchema(
        "change_script",
        [
            .option("command", "Command", .text, ""),
            .value("args", "Args", .texts),
            .option("timeout", "Timeout", .duration, .int(5 * second)),
            .option("fail_on_error", "FailOnError", .flag, false),
            .value("run_on_first_render", "RunOnFirstRender", .flag),
        ])

    static let wait = BlockSchema(
        "wait",
        [
            .option("min", "Min", .duration, .int(5 * second)),
            .option("max", "Max", .duration, .int(240 * second)),
        ])

    static let volumeMount = BlockSchema(
        "volume_mount",
        [
            .option("volume", "Volume", .text),
            .option("destination", "Destination", .text),
            .option("read_only", "ReadOnly", .flag, false),
            .option("propagation_mode", "PropagationMode", .text, "private"),
            .option("selinux_label", "SELinuxLabel", .text, ""),
        ])

    static let dispatchPayload = BlockSchema("dispatch_payload", [.value("file", "File", .text)])

    static let csiPlugin = BlockSchema(
        "csi_plugin",
        [
            .value("id", "ID", .text),
            .value("type", "Type", .text),
            .value("mount_dir", "MountDir", .text, canonical: "/csi"),
            .value("stage_publish_base_dir", "StagePublishBaseDir", .text, canonical: "/local/csi"),
            .value("health_timeout", "HealthTimeout", .duration, canonical: .int(30 * second)),
        ])

    public static let vault = BlockSchema(
        "vault",
        [
            .value("policies", "Policies", .texts),
            .value("role", "Role", .text),
            .option("namespace", "Namespace", .text, ""),
            .value("cluster", "Cluster", .text, canonical: "default"),
            .option("env", "Env", .flag, true, parsed: true),
            .option("disable_file", "DisableFile", .flag, false),
            .option("change_mode", "ChangeMode", .text, "restart", parsed: "restart"),
            .option("change_signal", "ChangeSignal", .text, "SIGHUP"),
            .option("allow_token_expiration", "AllowTokenExpiration", .flag, false),
        ])

    static let identity = BlockSchema(
        "identity",
        [
            .value("name", "Name", .text),
            .value("aud", "Audience", .texts),
            .value("env", "Env", .flag),
            .value("file", "File", .flag),
            .value("filepath", "Filepath", .text),
            .value("change_mode", "ChangeMode", .text),
            .value("change_signal", "ChangeSignal", .text),
            .value("ttl", "TTL", .duration),
            .value("service_name", "ServiceName", .text),
            .value("extra_claims", "ExtraClaims", .openTextMap),
        ])

    static let action = BlockSchema(
        "action", label: BlockLabel("name", json: "Name"),
        [
            .value("name", "Name", .text),
            .value("command", "Command", .text),
            .value("args", "Args", .texts),
        ])

    public static let secret = BlockSchema(
        "secret", label: BlockLabel("name", json: "Name"),
        [
            .value("name", "Name", .text),
            .value("provider", "Provider", .text),
            .value("path", "Path", .text),
            .value("config", "Config", .free),
            .value("env", "Env", .textMap),
        ])

    static let schedule = BlockSchema("schedule", [.option("cron", "Cron", .block(scheduleCron))])

    static let scheduleCron = BlockSchema(
        "cron",
        [
            .value("start", "Start", .text),
            .value("end", "End", .text),
            .value("timezone", "Timezone", .text),
        ])
}
