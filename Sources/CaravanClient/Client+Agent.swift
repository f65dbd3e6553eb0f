public import Base

/// The agent that is asked, the servers, and searching.
extension Client {
    public func agentSelf() async throws -> JSON { try await get("/v1/agent/self").json() }
    public func members() async throws -> JSON { try await get("/v1/agent/members").json() }
    public func regions() async throws -> [JSON] { try await get("/v1/regions").json().arrayValue ?? [] }
    public func leader(_ options: QueryOptions = QueryOptions()) async throws -> String {
        try await get("/v1/status/leader", options).json().stringValue ?? ""
    }

    /// Addresses of the servers that a client agent knows.
    public func agentServers() async throws -> [JSON] { try await get("/v1/agent/servers").json().arrayValue ?? [] }

    public func setAgentServers(_ addresses: [String]) async throws {
        _ = try await put(
            "/v1/agent/servers", nil, QueryOptions(parameters: addresses.map { ("address", $0) }))
    }

    /// Adds servers to the cluster. The answer has `num_joined` and `error`.
    public func join(_ addresses: [String]) async throws -> JSON {
        try await put("/v1/agent/join", nil, QueryOptions(parameters: addresses.map { ("address", $0) })).json()
    }

    public func forceLeave(_ name: String, prune: Bool) async throws {
        var parameters = [(name: "node", value: name)]
        if prune { parameters.append((name: "prune", value: "true")) }
        _ = try await put("/v1/agent/force-leave", nil, QueryOptions(parameters: parameters))
    }

    /// Ids that start with `prefix`, by context (`jobs`, `allocs`, …) or in `all` of them.
    public func search(
        prefix: String, context: String = "all", _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put("/v1/search", ["Prefix": .string(prefix), "Context": .string(context)], options).json()
    }

    public func collectGarbage() async throws { _ = try await put("/v1/system/gc") }
    public func reconcileSummaries() async throws { _ = try await put("/v1/system/reconcile/summaries") }

    /// Events as they happen: one JSON object a line, empty objects as heartbeats.
    public func events(
        topics: [String], from index: UInt64 = 0, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSONLines {
        var options = options
        options.parameters += topics.map { ("topic", $0) }
        if index > 0 { options.parameters.append(("index", String(index))) }
        return JSONLines(bytes: try await stream("/v1/event/stream", options))
    }

    /// Log lines of an agent as they are written. `parameters` are those of the endpoint (`log_level`, `node_id`…).
    public func monitor(_ parameters: [(name: String, value: String)]) async throws -> JSONLines {
        JSONLines(bytes: try await stream("/v1/agent/monitor", QueryOptions(parameters: parameters)))
    }
}

/// JSON objects that follow one another in a stream, with or without line breaks between them.
public struct JSONLines: AsyncSequence, Sendable {
    public typealias Element = JSON
    let bytes: ByteStream

    /// Longest object that is taken from a stream.
    public static let objectBytesMax = 64 << 20

    public struct AsyncIterator: AsyncIteratorProtocol {
        var source: ByteStream.AsyncIterator
        var splitter = JSONSplitter()

        public mutating func next() async throws -> JSON? {
            while true {
                if let object = splitter.next() {
                    do {
                        return try JSON(parsing: object)
                    } catch {
                        throw ClientError(.unexpectedAnswer, "a part of the stream is not JSON: \(error)")
                    }
                }
                guard let more = try await source.next() else { return nil }
                splitter.append(more)
                if splitter.waiting > JSONLines.objectBytesMax {
                    throw ClientError(
                        .unexpectedAnswer, "an object of the stream is larger than \(JSONLines.objectBytesMax) bytes")
                }
            }
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: bytes.makeAsyncIterator()) }
}

/// Cuts a stream of bytes into JSON objects. File frames come without line breaks, events with them.
public struct JSONSplitter: Sendable {
    private var buffer: [UInt8] = []
    private var scanned = 0
    private var start = 0
    private var depth = 0
    private var inString = false
    private var escaped = false

    public init() {}

    /// Bytes that belong to no complete object yet.
    public var waiting: Int { buffer.count - start }

    public mutating func append(_ bytes: [UInt8]) { buffer += bytes }

    /// The next complete object, or nil until more bytes come.
    public mutating func next() -> [UInt8]? {
        while scanned < buffer.count {
            let byte = buffer[scanned]
            scanned += 1
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = depth > 0
            case UInt8(ascii: "{"):
                if depth == 0 { start = scanned - 1 }
                depth += 1
            case UInt8(ascii: "}") where depth > 0:
                depth -= 1
                if depth == 0 {
                    let object = Array(buffer[start..<scanned])
                    buffer.removeFirst(scanned)
                    (scanned, start) = (0, 0)
                    return object
                }
            default: break
            }
        }
        return nil
    }
}
