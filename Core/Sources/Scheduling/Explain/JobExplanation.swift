public import Base
public import Model

/// Why a job is not where it should be, and the smallest changes that would bring it there.
public struct JobExplanation: Codable, Hashable, Sendable {
    public var namespace = "default"
    public var jobID = ""
    public var jobVersion: UInt64 = 0
    /// One sentence.
    public var summary = ""
    /// Groups that miss instances for which no node was found, in the job's order.
    public var groups: [GroupExplanation] = []
    /// What else is waited for: promotion, a delay, an end that is not reported yet. One sentence each.
    public var waits: [String] = []

    public init() {}
    /// Nothing is missing and nothing is waited for.
    public var isSettled: Bool { groups.isEmpty && waits.isEmpty }
}

/// What a group misses.
public struct GroupExplanation: Codable, Hashable, Sendable {
    public var group = ""
    /// Instances without a place.
    public var missing = 0
    /// What the scheduler saw: nodes filtered and exhausted, by reason.
    public var metric = AllocationMetric()
    /// Each one alone lets at least one more instance be placed; the smallest change first.
    public var remedies: [Remedy] = []

    public init() {}
}

/// One way out: changes that together make a node take one more instance.
public struct Remedy: Codable, Hashable, Sendable {
    /// The changes as a sentence.
    public var text = ""
    public var changes: [RemedyChange] = []
    /// The node that the amounts are for.
    public var nodeID = NodeID.zero
    public var nodeName = ""
    public var nodeClass = ""
    public var datacenter = ""
    /// How many nodes the same kinds of changes would do for.
    public var nodes = 1
    /// How many of the missing instances find a place then; 0 where it was not tried out.
    public var places = 0

    public init() {}
}

/// What is missing on a node, or stands against it.
public enum RemedyKind: String, Codable, Hashable, Sendable {
    /// Amount in MHz, MB, MB, whole cores.
    case cpu, memory, disk, cores
    /// A static port that is taken: amount is the port, subject its label.
    case port
    /// No dynamic port is left: amount is how many.
    case dynamicPorts
    /// Subject is the device asked for, amount how many instances.
    case device
    /// Subject is the constraint's text.
    case constraint
    case distinctHosts
    /// Subject is the attribute, amount the limit that would do.
    case distinctProperty
    /// Subject is the driver, the host network, the network mode, the volume.
    case driver, hostNetwork, networkMode, hostVolume, csiVolume
    /// Subject is the storage plugin: missing or not healthy on the node, without a healthy controller anywhere, or
    /// with its maximum of volumes on the node (amount is how many there would be).
    case csiPlugin, csiController, csiVolumeLimit
    /// Subject is the volume: it can't be reached from the node, or not in the way that the group asks for (in detail).
    case csiTopology, csiCapability
    /// Subject is the volume; holders use it in a way that leaves no room.
    case csiClaim
    /// Subject is the node's datacenter or pool, which the job does not name.
    case datacenter, nodePool
    /// The node is marked ineligible, drained, or not there.
    case eligibility, drain, nodeStatus
}

public struct RemedyChange: Codable, Hashable, Sendable {
    public var kind = RemedyKind.cpu
    public var subject = ""
    public var amount = 0
    /// What the group asks for in all, where the amount is only what is missing.
    public var asked = 0
    /// What the node has left.
    public var free = 0
    /// Who stands in the way: allocations by name that hold a port or a volume.
    public var holders: [String] = []
    /// What more is to be said of the subject.
    public var detail = ""

    public init(_ kind: RemedyKind, _ subject: String = "", amount: Int = 0, asked: Int = 0, free: Int = 0) {
        (self.kind, self.subject, self.amount) = (kind, subject, amount)
        (self.asked, self.free) = (asked, free)
    }

    /// How much the change is to ask for, so that remedies can be ordered: a shortage weighs by the part of the
    /// ask that is missing, dropping a rule weighs as much as a whole ask, machines that must be changed more.
    var cost: Double {
        switch kind {
        case .cpu, .memory, .disk, .cores: 0.3 + (asked > 0 ? Double(amount) / Double(asked) : 1)
        case .eligibility: 0.8
        case .constraint, .distinctHosts, .distinctProperty, .port, .datacenter: 1
        case .drain, .nodePool, .hostNetwork: 1.2
        case .dynamicPorts, .networkMode: 1.5
        case .csiClaim, .csiCapability: 1.5
        case .hostVolume, .device, .csiVolume, .csiVolumeLimit, .csiTopology: 2
        case .csiPlugin, .csiController: 2.5
        case .driver: 3
        case .nodeStatus: 4
        }
    }

    /// The change as an order; `node` is the name of the node it is about.
    func text(on node: String) -> String {
        switch kind {
        case .cpu: shortage("MHz of CPU", node)
        case .memory: shortage("MB of memory", node)
        case .disk: shortage("MB of disk", node)
        case .cores: shortage("whole cores", node)
        case .port:
            "use another port than \(amount) for \"\(subject)\", or stop "
                + (holders.isEmpty ? "what holds it" : holders.joined(separator: ", ")) + " on \(node)"
        case .dynamicPorts: "free \(amount) dynamic ports on \(node), or widen its range"
        case .device: "give \(node) \(amount) more free \"\(subject)\", or drop the device"
        case .constraint: "drop the constraint \"\(subject)\", or make \(node) meet it"
        case .distinctHosts: "drop distinct_hosts, or add a node"
        case .distinctProperty: "raise the limit of distinct_property \(subject) to \(amount)"
        case .driver: "provide the driver \"\(subject)\" on \(node)"
        case .hostNetwork: "drop host_network \"\(subject)\", or configure it on \(node)"
        case .networkMode: "use another network mode than \"\(subject)\", or provide it on \(node)"
        case .hostVolume: "provide the host volume \"\(subject)\" on \(node)"
        case .csiVolume: "register the CSI volume \"\(subject)\""
        case .csiPlugin: "run a healthy node plugin \"\(subject)\" on \(node)"
        case .csiController: "run a healthy controller of the plugin \"\(subject)\""
        case .csiVolumeLimit:
            "let the plugin \"\(subject)\" have \(amount) volumes on \(node), or stop what uses one there"
        case .csiTopology: "make the CSI volume \"\(subject)\" reachable from \(node) (\(detail))"
        case .csiCapability: "register the CSI volume \"\(subject)\" with the capability \(detail)"
        case .csiClaim:
            "stop " + (holders.isEmpty ? "what uses" : holders.joined(separator: ", ") + ", which uses")
                + " the CSI volume \"\(subject)\""
        case .datacenter: "add the datacenter \"\(subject)\" to the job"
        case .nodePool: "let the job use the node pool \"\(subject)\""
        case .eligibility: "mark \(node) eligible"
        case .drain: "end the drain of \(node)"
        case .nodeStatus: "bring \(node) back, which is \(subject)"
        }
    }

    private func shortage(_ unit: String, _ node: String) -> String {
        "free \(amount) \(unit) on \(node) (it has \(free) left), or ask for \(amount) less than \(asked)"
    }
}
