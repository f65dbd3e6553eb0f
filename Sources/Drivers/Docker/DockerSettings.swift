public import Base

/// The agent's configuration of docker: `plugin "docker" { config { … } }`.
public struct DockerSettings: Hashable, Sendable {
    /// Capabilities that tasks have by default and may ask for.
    public static let defaultCapabilities = [
        "audit_write", "chown", "dac_override", "fowner", "fsetid", "kill", "mknod", "net_bind_service", "setfcap",
        "setgid", "setpcap", "setuid", "sys_chroot",
    ]

    /// Path of the daemon's Unix socket.
    public var socket: String = "/var/run/docker.sock"
    /// Patterns of labels that every container gets: "job_name", "task*", …
    public var extraLabels: [String] = []
    public var logType = "json-file"
    public var logOptions: [String: String] = ["max-file": "2", "max-size": "2m"]
    /// Credentials for pulls that a job names none for: a file as `~/.docker/config.json`, and a helper's name.
    public var authFile = ""
    public var authHelper = ""
    /// Whether an image that the driver pulled is removed some time after its last task has ended, and after how long.
    public var removesImages = true
    public var imageDelay: TimeSpan = .minutes(3)
    /// Whether containers are removed when their task ends.
    public var removesContainers = true
    /// Whether tasks may mount host directories outside of their allocation.
    public var volumesEnabled = false
    public var selinuxLabel = ""
    public var allowsPrivileged = false
    /// Capabilities that tasks may ask for; "all" for any.
    public var allowedCapabilities: [String] = DockerSettings.defaultCapabilities
    public var allowedRuntimes: [String] = ["runc", "nvidia"]
    public var pullTimeout: TimeSpan = .minutes(5)
    /// How long a pull may make no progress.
    public var pullActivityTimeout: TimeSpan = .minutes(2)
    /// The image of the container that holds the network of a group with docker tasks.
    public var infraImage = "registry.k8s.io/pause-\(DockerSettings.architecture):3.3"
    public var infraPullTimeout: TimeSpan = .minutes(5)
    public var pidsLimit = 0
    public var oomScore = 0
    public var collectsLogs = true

    #if arch(arm64)
        private static let architecture = "arm64"
    #else
        private static let architecture = "amd64"
    #endif

    public init() {}

    /// Reads the block. Throws `.invalidConfig`.
    public init(config: JSON) throws(DriverError) {
        var reader = ConfigReader(config)
        if let endpoint = reader.string("endpoint"), !endpoint.isEmpty { setEndpoint(endpoint, &reader) }
        extraLabels = reader.strings("extra_labels")
        readLogging(&reader)
        let collection = reader.block("gc") { gc in
            _ = gc.value("dangling_containers")
            return (gc.bool("container") ?? true, gc.bool("image") ?? true, gc.span("image_delay"))
        }
        if let collection {
            (removesContainers, removesImages) = (collection.0, collection.1)
            imageDelay = collection.2 ?? imageDelay
        }
        let auth = reader.block("auth") { ($0.string("config") ?? "", $0.string("helper") ?? "") }
        if let auth { (authFile, authHelper) = auth }
        let volumes = reader.block("volumes") { ($0.bool("enabled") ?? false, $0.string("selinuxlabel") ?? "") }
        if let volumes { (volumesEnabled, selinuxLabel) = volumes }
        allowsPrivileged = reader.bool("allow_privileged") ?? false
        if reader.value("allow_caps") != nil { allowedCapabilities = reader.strings("allow_caps").map(Self.capability) }
        if reader.value("allow_runtimes") != nil { allowedRuntimes = reader.strings("allow_runtimes") }
        pullTimeout = reader.span("image_pull_timeout") ?? pullTimeout
        infraImage = reader.string("infra_image") ?? infraImage
        infraPullTimeout = reader.span("infra_image_pull_timeout") ?? infraPullTimeout
        pullActivityTimeout = reader.span("pull_activity_timeout") ?? pullActivityTimeout
        pidsLimit = reader.int("pids_limit") ?? 0
        oomScore = reader.int("oom_score_adj") ?? 0
        collectsLogs = !(reader.bool("disable_log_collection") ?? false)
        if reader.value("tls") != nil { reader.wrong("tls", "is not supported yet: only Unix sockets are") }
        for key in [
            "nvidia_runtime", "container_exists_attempts",
            "windows_allow_insecure_container_admin", "allowed_modes",
        ] { _ = reader.value(key) }
        try reader.check(driver: "docker")
    }

    private mutating func setEndpoint(_ endpoint: String, _ reader: inout ConfigReader) {
        if endpoint.hasPrefix("unix://") {
            socket = String(endpoint.dropFirst("unix://".count))
        } else {
            reader.wrong("endpoint", "must be a Unix socket such as unix:///var/run/docker.sock, not \(endpoint)")
        }
    }

    private mutating func readLogging(_ reader: inout ConfigReader) {
        let logging = reader.block("logging") { logging in
            (logging.string("type"), logging.value("config") == nil ? nil : logging.map("config"))
        }
        guard let logging else { return }
        if let type = logging.0 { (logType, logOptions) = (type, type == "json-file" ? logOptions : [:]) }
        if let options = logging.1 { logOptions = Dictionary(options.map { ($0.key, $0.value) }) { $1 } }
    }

    /// "CAP_NET_RAW" and "net_raw" are the same.
    static func capability(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.hasPrefix("cap_") ? String(lower.dropFirst(4)) : lower
    }
}

extension ConfigReader {
    /// A duration such as "5m".
    mutating func span(_ key: String) -> TimeSpan? {
        guard let text = string(key) else { return nil }
        if let span = TimeSpan(text: text) { return span }
        wrong(key, "\"\(text)\" is not a duration; write one such as 30s or 5m")
        return nil
    }
}
