/// What a driver can do; constant.
public struct DriverCapabilities: Hashable, Sendable {
    /// What of the node's file system a task sees.
    public enum FilesystemIsolation: String, Hashable, Sendable {
        /// All of it; the task's paths are the host's paths.
        case none
        /// A root built from directories of the host; the task sees /alloc, /local and /secrets.
        case chroot
        /// A root from an image; the task sees /alloc, /local and /secrets. The agent's own environment is
        /// not passed on.
        case image
    }

    /// Network modes of a group that the driver's tasks can live in.
    public enum NetworkIsolation: String, Hashable, Sendable {
        case host, group, task
    }

    public var sendsSignals: Bool
    public var executes: Bool
    public var filesystemIsolation: FilesystemIsolation
    /// In the order host, group, task.
    public var networkIsolation: [NetworkIsolation]
    /// Whether volume and device mounts work.
    public var mounts: Bool
    /// Whether a group's network namespace must come from this driver, if one of its tasks is in the group.
    public var createsNetworks: Bool

    public init(
        sendsSignals: Bool, executes: Bool, filesystemIsolation: FilesystemIsolation,
        networkIsolation: [NetworkIsolation], mounts: Bool, createsNetworks: Bool = false
    ) {
        self.sendsSignals = sendsSignals
        self.executes = executes
        self.filesystemIsolation = filesystemIsolation
        self.networkIsolation = networkIsolation
        self.mounts = mounts
        self.createsNetworks = createsNetworks
    }
}

/// What a driver found out about its chances on this node.
public struct DriverFingerprint: Hashable, Sendable {
    /// Whether the driver's software is there at all. An undetected driver has no attributes.
    public var detected: Bool
    /// Whether it can run tasks now.
    public var healthy: Bool
    /// "Healthy", or what is wrong and what to do.
    public var description: String
    /// "driver.docker" is "true" (the node attribute of that name says "1"), "driver.docker.version", …
    public var attributes: [String: String]

    public init(detected: Bool, healthy: Bool, description: String, attributes: [String: String] = [:]) {
        self.detected = detected
        self.healthy = healthy
        self.description = description
        self.attributes = attributes
    }

    static func undetected(_ description: String) -> DriverFingerprint {
        DriverFingerprint(detected: false, healthy: false, description: description)
    }
}
