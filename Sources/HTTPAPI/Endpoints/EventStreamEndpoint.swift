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

    static func stream(_ call: APICall) async throws -> APIResponse {
        let subscription = try Subscription(call.request)
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
                    for await entry in server.events(from: first) {
                        if let line = try EventWire.line(entry, wanted: subscription.wants) {
                            try await sink.write(line)
                        }
                    }
                }
            })
        response.set("Content-Type", "application/json")
        response.set("Cache-Control", "no-cache")
        return response
    }
}
