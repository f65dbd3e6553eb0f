public import AgentCore
public import Base
public import Model
public import Server

/// What an agent gives its HTTP layer. Filled in once at the start; the closures are asked for every request.
public struct HTTPAPIContext: Sendable {
    /// The server of this agent; nil on an agent that is a client only.
    public var server: ClusterServer?
    /// The node of this agent; nil on an agent that is a server only.
    public var node: LocalNode?
    public var agent = AgentDescription()
    /// Servers that this agent knows, as `host:port` of their HTTP API; where a client-only agent forwards to.
    public var serverHTTPAddresses: @Sendable () -> [String] = { [] }
    /// Servers that this agent knows, as `host:port` of their node link; shown by `/v1/agent/servers`.
    public var serverAddresses: @Sendable () -> [String] = { [] }
    /// The members of the cluster, this agent included when it is a server.
    public var members: @Sendable () -> [ClusterMember] = { [] }
    /// Numbers for `/v1/agent/self`, by section: `runtime` → `goroutines` → text.
    public var statistics: @Sendable () -> [String: [String: String]] = { [:] }
    /// Sends requests on to other agents; nil forbids it.
    public var forwarder: (any RequestForwarder)?
    /// The agent's log, for `/v1/agent/monitor`.
    public var log: LogRing?
    /// A copy of the whole state for `/v1/operator/snapshot`; nil where there is none to give.
    public var snapshot: (@Sendable () async throws -> [UInt8])?
    /// The rules of a time zone by its name, for the launch times of periodic jobs; nil for unknown ones.
    public var timeZone: @Sendable (String) -> TimeZoneRules? = { $0 == "UTC" ? .utc : nil }
    /// Counts of requests, shown by `/v1/metrics`.
    public var meter = RequestMeter()
    public var limits = HTTPLimits()
    public var accessControl = AccessSettings()
    /// Reads the agent's configuration again; nil where there is none to read.
    public var reload: (@Sendable () throws -> Void)?
    /// TLS of this agent's HTTP API, and so of the others'; nil when it is plain.
    public var tls: CurrentTLS?

    public init() {}
}

/// The node that runs in this process.
public struct LocalNode: Sendable {
    public var id: NodeID
    public var api: any NodeLocalAPI

    public init(id: NodeID, api: any NodeLocalAPI) {
        self.id = id
        self.api = api
    }
}

/// What the agent says about itself.
public struct AgentDescription: Sendable {
    public var name = "caravan"
    /// What the machine calls itself; the label `host` of metrics.
    public var hostName = "localhost"
    public var region = "global"
    public var datacenter = "dc1"
    public var version = "0.0.0"
    /// The agent's configuration with the field names of the API (`BindAddr`, `Ports`…) and without secrets.
    public var configuration: JSON = [:]
    /// `host:port` of this agent's node link, as told to others; what `/v1/status/leader` shows.
    public var advertisedAddress = ""
    /// The consensus version that operators configured; the autopilot endpoints need 3.
    public var raftProtocol = 2
    /// Whether `/v1/metrics?format=prometheus` is served.
    public var prometheusMetrics = false
    /// Whether `/v1/agent/host` and the profiles are served.
    public var debug = false
    /// Fields added to every answer.
    public var responseHeaders: [String: String] = [:]

    public init() {}
}

/// A member of the cluster as `server members` shows it.
public struct ClusterMember: Hashable, Sendable {
    /// `name.region`.
    public var name: String
    public var address: String
    public var port: Int
    public var tags: [String: String]
    /// `alive`, `failed`, `left`.
    public var status: String
    public var isLeader: Bool

    public init(
        name: String, address: String, port: Int, tags: [String: String], status: String = "alive", isLeader: Bool
    ) {
        (self.name, self.address, self.port) = (name, address, port)
        (self.tags, self.status, self.isLeader) = (tags, status, isLeader)
    }
}

/// Bounds of the HTTP layer.
public struct HTTPLimits: Hashable, Sendable {
    /// Longest request body; longer ones are refused with 413.
    public var bodyBytes = 16 << 20
    /// Longest a request may wait for another agent's answer to begin.
    public var forwardTimeout = TimeSpan.minutes(6)
    /// What a client that was refused with 429 is told to wait.
    public var retryAfter = TimeSpan.seconds(1)

    public init() {}
}

/// Sends a request on to another agent.
public protocol RequestForwarder: Sendable {
    /// Repeats the request at `address` (`host:port`) and hands back the answer, its body as a stream.
    func forward(_ request: APIRequest, to address: String) async throws -> APIResponse
}
