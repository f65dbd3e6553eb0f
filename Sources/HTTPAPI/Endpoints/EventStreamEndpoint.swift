import AccessControl
import Base
import Model
import Server
import State

/// `/v1/event/stream`: what changes, as it changes, one line of JSON a log entry.
enum EventStreamEndpoint {
    /// How long the stream may be silent.
    static let heartbeat = TimeSpan.seconds(30)

    /// Which keys of which topics somebody listens to.
    struct Subscription: Hashable, Sendable {
        /// Topic → keys; `*` stands for all.
        var topics: [String: Set<String>] = [:]
        var namespace: String?

        init(_ request: APIRequest) throws(APIError) {
            for text in request.parameters("topic") {
                let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
                guard parts.count <= 2 else {
                    throw .badRequest(
                        "Invalid topic query: error parsing topics: Invalid key value pair for topic, topic: \(text)")
                }
                topics[parts[0], default: []].insert(parts.count == 2 ? parts[1] : "*")
            }
            if topics.isEmpty { topics["*"] = ["*"] }
            let name = request.parameter("namespace") ?? ""
            namespace = name == "*" ? nil : name.isEmpty ? Namespace.defaultName : name
        }

        func wants(_ event: EventWire.Event) -> Bool {
            if let namespace, !event.namespace.isEmpty, event.namespace != namespace { return false }
            let keys = (topics[event.topic] ?? []).union(topics["*"] ?? [])
            return keys == ["*"] || keys.contains(event.key) || (event.filterKeys ?? []).contains { keys.contains($0) }
        }
    }

    /// Whether somebody may hear of a topic in a namespace; nil: in some namespace.
    private static func mayHear(_ rights: AccessRights, _ topic: String, _ namespace: String?) -> Bool {
        if rights.isManagement { return true }
        let wanted: [Capability]
        switch topic {
        case "Job", "Allocation", "Evaluation", "Deployment", "Service", "CSIPlugin": wanted = [.readJob]
        case "CSIVolume": wanted = [.readVolume]
        case "HostVolume": wanted = [.readHostVolume]
        case "Node": return rights.allowsNode(.read)
        case "Operator": return rights.allowsOperator(.read)
        default: return false
        }
        guard let namespace, !namespace.isEmpty else { return rights.allowsSomewhere(wanted) }
        return rights.allows(wanted, namespace: namespace)
    }

    static func stream(_ call: APICall) async throws -> APIResponse {
        let subscription = try Subscription(call.request)
        for topic in subscription.topics.keys where !mayHear(call.rights, topic, subscription.namespace) {
            throw Gate.denied
        }
        var index: LogIndex = 0
        if let text = call.request.parameter("index"), !text.isEmpty {
            guard let number = Int64(text) else {
                throw APIError.badRequest("Unable to parse index: \"\(text)\" is not a whole number")
            }
            index = LogIndex(max(0, number))
        }
        let server = try call.server()
        let first = index
        var response = APIResponse(
            body: .stream { sink in
                let beat = Array("{}\n".utf8)
                try await sink.write(beat)
                try await Heartbeat.every(heartbeat, sink, beat: beat) { sink in
                    var (rights, checked) = (call.rights, LogIndex(0))
                    for await entry in server.events(from: first) {
                        // Who loses a right while listening hears no more.
                        let changed = entry.state.tableIndex(.records)
                        if call.context.accessControl.isEnabled, changed != checked {
                            let gate = Gate(context: call.context)
                            let secret = Gate.secret(of: call.request)
                            let now = try gate.rights(of: secret, in: server.committed, now: server.now())
                            guard checked == 0 || now == rights else { return }
                            (rights, checked) = (now, changed)
                        }
                        let held = rights
                        let line = try EventWire.line(entry) { event in
                            subscription.wants(event) && mayHear(held, event.topic, event.namespace)
                        }
                        if let line { try await sink.write(line) }
                    }
                }
            })
        response.set("Content-Type", "application/json")
        response.set("Cache-Control", "no-cache")
        return response
    }
}
