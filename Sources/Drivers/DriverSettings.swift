public import Base

/// What the agent's configuration says about drivers.
public struct DriverSettings: Hashable, Sendable {
    public var rawExec = RawExecSettings()
    public var exec = ExecSettings()
    public var java = JavaSettings()
    public var docker = DockerSettings()
    /// Drivers that may be used; all if empty.
    public var allowed: [String] = []
    /// Drivers that may not.
    public var denied: [String] = []

    public init() {}

    /// Reads the `config` blocks of the `plugin` blocks, by plugin name, and the driver keys of
    /// `client.options`, which come first. Throws `.invalidConfig`.
    public init(plugins: [String: JSON], options: [String: String] = [:]) throws(DriverError) {
        for (name, config) in plugins.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "raw_exec": rawExec = try RawExecSettings(config: config)
            case "exec": exec = try ExecSettings(config: config)
            case "java": java = try JavaSettings(config: config)
            case "docker": docker = try DockerSettings(config: config)
            default:
                throw DriverError(
                    .invalidConfig,
                    "plugin \"\(name)\" is not one of docker, exec, java and raw_exec; others can't be used yet")
            }
        }
        func flag(_ key: String) -> Bool? { options[key].map { $0 == "1" || $0.lowercased() == "true" } }
        func list(_ key: String) -> [String]? {
            options[key].map { text in
                text.split(separator: ",").map { String($0.drop { $0 == " " }).split(separator: " ").joined() }
            }
        }
        rawExec.enabled = flag("driver.raw_exec.enable") ?? rawExec.enabled
        docker.volumesEnabled = flag("docker.volumes.enabled") ?? flag("driver.docker.volumes") ?? docker.volumesEnabled
        docker.selinuxLabel = options["docker.volumes.selinuxlabel"] ?? docker.selinuxLabel
        docker.allowsPrivileged = flag("docker.privileged.enabled") ?? docker.allowsPrivileged
        docker.removesContainers = flag("docker.cleanup.container") ?? docker.removesContainers
        docker.removesImages = flag("docker.cleanup.image") ?? docker.removesImages
        docker.authFile = options["docker.auth.config"] ?? docker.authFile
        docker.authHelper = options["docker.auth.helper"] ?? docker.authHelper
        if let text = options["docker.cleanup.image.delay"] {
            guard let span = TimeSpan(text: text) else {
                throw DriverError(.invalidConfig, "docker.cleanup.image.delay: \"\(text)\" is not a duration")
            }
            docker.imageDelay = span
        }
        if let caps = list("docker.caps.allowlist") ?? list("docker.caps.whitelist") {
            docker.allowedCapabilities = caps.map(DockerSettings.capability)
        }
        if let endpoint = options["docker.endpoint"] {
            docker.socket = try DockerSettings(config: ["endpoint": .string(endpoint)]).socket
        }
        allowed = list("driver.allowlist") ?? list("driver.whitelist") ?? []
        denied = list("driver.denylist") ?? list("driver.blacklist") ?? []
    }
}
