public import Base

public enum NodeStatus: String, Codable, Sendable {
    case initializing, ready, down, disconnected
}

/// A machine that runs allocations, as it described itself and as the servers see it.
public struct Node: Codable, Hashable, Sendable {
    public var id = NodeID.zero
    /// Proves that a later connection is the same agent; never shown.
    public var secretID = ""
    public var name = ""
    public var datacenter = "dc1"
    public var nodeClass = ""
    public var nodePool = "default"
    /// Facts found on the machine: `kernel.name`, `driver.docker.version`, `unique.hostname`…
    public var attributes: [String: String] = [:]
    /// What the operator said of it.
    public var meta: [String: String] = [:]
    public var links: [String: String] = [:]
    public var nodeResources = NodeResources()
    public var reservedResources = NodeReservedResources()
    public var drivers: [String: DriverInfo] = [:]
    public var hostVolumes: [String: HostVolume] = [:]
    public var hostNetworks: [String: JSON] = [:]
    /// Storage plugins that run on it, by id: controllers, and those that mount volumes here.
    public var csiControllerPlugins: [String: CSIPluginInfo] = [:]
    public var csiNodePlugins: [String: CSIPluginInfo] = [:]
    /// Address of the node's own HTTP API, `ip:port`.
    public var httpAddr = ""
    public var tlsEnabled = false
    public var cgroupParent = ""
    /// Same for nodes that no constraint without `unique.` can tell apart. Set by the server: see `computeClass`.
    public var computedClass = ""
    public var status = NodeStatus.initializing
    public var statusDescription = ""
    /// Seconds since the epoch.
    public var statusUpdatedAt: Int64 = 0
    /// `eligible` or `ineligible` for new placements.
    public var schedulingEligibility = NodeEligibility.eligible
    public var drainStrategy: DrainStrategy?
    public var lastDrain: JSON?
    /// The last ten, oldest first.
    public var events: [NodeEvent] = []
    public var createIndex: LogIndex = 0
    public var modifyIndex: LogIndex = 0

    public init() {}

    public static let eventsMax = 10

    /// Whether new allocations may be placed here.
    public var isReady: Bool {
        status == .ready && schedulingEligibility == .eligible && drainStrategy == nil
    }

    /// Whether rules see the same storage plugins.
    public func hasSamePlugins(as other: Node) -> Bool {
        func same(_ a: [String: CSIPluginInfo], _ b: [String: CSIPluginInfo]) -> Bool {
            a.count == b.count && a.allSatisfy { id, info in b[id].map(info.suits(asMuchAs:)) ?? false }
        }
        return same(csiControllerPlugins, other.csiControllerPlugins) && same(csiNodePlugins, other.csiNodePlugins)
    }

    public mutating func record(_ event: NodeEvent) {
        events.append(event)
        if events.count > Self.eventsMax { events.removeFirst(events.count - Self.eventsMax) }
    }

    /// Hash of what non-unique constraints can see: datacenter, class, pool, attributes, meta, devices, drivers' health.
    public mutating func computeClass() {
        var hash = StableHash()
        for text in [datacenter, nodeClass, nodePool] { hash.combine(text) }
        for map in [attributes, meta] {
            for (key, value) in map.sorted(by: { $0.key < $1.key }) where !key.contains("unique.") {
                hash.combine(key)
                hash.combine(value)
            }
            hash.combine("|")
        }
        for (name, driver) in drivers.sorted(by: { $0.key < $1.key }) {
            hash.combine(name)
            hash.combine(driver.detected && driver.healthy ? "1" : "0")
        }
        for device in nodeResources.devices {
            for text in [device.vendor, device.type, device.name] { hash.combine(text) }
            for (key, value) in device.attributes.sorted(by: { $0.key < $1.key }) {
                hash.combine(key)
                hash.combine(value.text)
            }
        }
        computedClass = "v1:\(hash.value)"
    }
}

public enum NodeEligibility: String, Codable, Sendable {
    case eligible, ineligible
}

/// What the machine has.
public struct NodeResources: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["cpu": "Cpu"]
    public var cpu = NodeCPU()
    public var memory = NodeMemory()
    public var disk = NodeDisk()
    public var networks: [NetworkSpec] = []
    public var nodeNetworks: [NodeNetwork] = []
    public var devices: [NodeDeviceGroup] = []
    public var minDynamicPort = 20000
    public var maxDynamicPort = 32000

    public init() {}
}

public struct NodeCPU: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["cpuShares": "CpuShares"]
    /// MHz in all.
    public var cpuShares = 0
    public var totalCpuCores = 0
    public var reservableCpuCores: [Int] = []

    public init() {}
}

public struct NodeMemory: Codable, Hashable, Sendable {
    public var memoryMB = 0
    public init() {}
}

public struct NodeDisk: Codable, Hashable, Sendable {
    public var diskMB = 0
    public init() {}
}

/// One interface of the node with its addresses.
public struct NodeNetwork: Codable, Hashable, Sendable {
    /// `host`, `bridge` or `cni/<name>`.
    public var mode = "host"
    public var device = ""
    public var macAddress = ""
    /// Mbit/s.
    public var speed = 0
    public var addresses: [NodeAddress] = []

    public init() {}
}

public struct NodeAddress: Codable, Hashable, Sendable {
    /// `ipv4` or `ipv6`.
    public var family = ""
    /// The host network's name.
    public var alias = "default"
    public var address = ""
    public var reservedPorts = ""
    public var gateway = ""

    public init() {}
}

/// Devices of one kind, for example the GPUs of a model.
public struct NodeDeviceGroup: Codable, Hashable, Sendable {
    public var vendor = ""
    public var type = ""
    public var name = ""
    public var instances: [NodeDevice] = []
    public var attributes: [String: JSON] = [:]

    public init() {}
    public var id: String { "\(vendor)/\(type)/\(name)" }
}

public struct NodeDevice: Codable, Hashable, Sendable {
    public var id = ""
    public var healthy = true
    public var healthDescription = ""
    public var locality: JSON?

    public init() {}
}

/// What the operator keeps from allocations.
public struct NodeReservedResources: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["cpu": "Cpu"]
    public var cpu = ReservedCPU()
    public var memory = NodeMemory()
    public var disk = NodeDisk()
    public var networks = ReservedPorts()

    public init() {}
}

public struct ReservedCPU: Codable, Hashable, Sendable, CustomWireKeys {
    public static let wireKeys = ["cpuShares": "CpuShares"]
    public var cpuShares = 0
    public var reservedCpuCores: [Int] = []

    public init() {}
}

public struct ReservedPorts: Codable, Hashable, Sendable {
    /// `22,80,8000-9000`.
    public var reservedHostPorts = ""
    public init() {}
}

public struct DriverInfo: Codable, Hashable, Sendable {
    public var attributes: [String: String] = [:]
    public var detected = false
    public var healthy = false
    public var healthDescription = ""
    public var updateTime = Timestamp.zero

    public init() {}
}

public struct HostVolume: Codable, Hashable, Sendable {
    public var name = ""
    public var path = ""
    public var readOnly = false

    public init() {}
}

/// An order to empty a node.
public struct DrainStrategy: Codable, Hashable, Sendable {
    /// Time from the start until everything left is stopped; zero is no deadline, negative at once.
    public var deadline = TimeSpan.zero
    public var ignoreSystemJobs = false
    public var forceDeadline = Timestamp.zero
    public var startedAt = Timestamp.zero

    public init() {}
}

public struct NodeEvent: Codable, Hashable, Sendable {
    public var message = ""
    public var subsystem = ""
    public var details: [String: String] = [:]
    public var timestamp = Timestamp.zero
    public var createIndex: LogIndex = 0

    public init(message: String = "", subsystem: String = "", timestamp: Timestamp = .zero) {
        self.message = message
        self.subsystem = subsystem
        self.timestamp = timestamp
    }
}
