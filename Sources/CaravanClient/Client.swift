internal import AsyncHTTPClient
public import Base
internal import NIOCore
internal import NIOHTTP1
internal import NIOSSL

/// A connection to one agent's HTTP API. Safe to share; call `shutdown()` when done.
public final class Client: Sendable {
    public let configuration: ClientConfiguration
    let address: AgentAddress
    private let http: HTTPClient
    private let requestBase: String

    /// Largest answer that is read into memory; larger ones have to be streamed.
    public static let answerBytesMax = 256 << 20
    /// Longest wait for an answer beyond the wait of a blocking query.
    static let answerTimeout = TimeSpan.minutes(10)
    /// Longest error text that is read from an answer.
    static let errorBytesMax = 1 << 20

    /// Opens no connection yet.
    /// - Throws: `ClientError` with `.configuration` if the address or the TLS settings can't be used.
    public init(_ configuration: ClientConfiguration) throws(ClientError) {
        guard let address = AgentAddress(configuration.address) else {
            throw ClientError(
                .configuration, "invalid address '\(configuration.address)'",
                advice: "Write it as http://host:port, https://host:port or unix:///path.")
        }
        self.configuration = configuration
        self.address = address
        var settings = HTTPClient.Configuration()
        settings.httpVersion = .http1Only
        settings.timeout.connect = .nanoseconds(configuration.connectTimeout.nanoseconds)
        // A command line wants to know at once that nobody listens; the caller decides about another try.
        settings.connectionPool.retryConnectionEstablishment = false
        settings.redirectConfiguration = .follow(max: 5, allowCycles: false)
        var base = address.requestBase
        if address.usesTLS {
            settings.tlsConfiguration = try TLSSettings.make(configuration.tls)
            let name = configuration.tls.serverName
            if !name.isEmpty, case .host(let host, let port) = address.target {
                // The certificate is checked against the URL's host, so the URL gets the name and the look-up the host.
                settings.dnsOverride[name] = host
                base = "https://\(name):\(port)\(address.path)"
            }
        }
        requestBase = base
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
    }

    /// Closes the connections.
    public func shutdown() async { try? await http.shutdown() }

    // MARK: Requests

    /// Throws if there is no agent at the address; whatever one answers is fine.
    public func reach() async throws {
        do {
            _ = try await get("/v1/status/leader")
        } catch let error as ClientError where error.code != .unreachable {
            return
        }
    }

    /// Reads a path under `/v1/`.
    public func get(_ path: String, _ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await request(.GET, path, options: options)
    }

    /// Writes to a path under `/v1/`.
    public func put(_ path: String, _ body: JSON? = nil, _ options: QueryOptions = QueryOptions()) async throws
        -> Answer
    {
        var bytes = ByteBuffer()
        body?.write { bytes.writeBytes($0) }
        return try await answer(.PUT, path, options: options, body: body == nil ? nil : .bytes(bytes))
    }

    /// Writes bytes to a path under `/v1/`.
    public func put(_ path: String, bytes: [UInt8], _ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await request(.PUT, path, options: options, body: bytes)
    }

    /// Deletes a path under `/v1/`.
    public func delete(_ path: String, _ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await request(.DELETE, path, options: options)
    }

    /// Any request; for endpoints that have no method of their own yet.
    public func request(
        method: String, _ path: String, options: QueryOptions = QueryOptions(), body: [UInt8]? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await request(HTTPMethod(rawValue: method), path, options: options, body: body, headers: headers)
    }

    private func request(
        _ method: HTTPMethod, _ path: String, options: QueryOptions, body: [UInt8]? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        let body = body.map { HTTPClientRequest.Body.bytes(ByteBuffer(bytes: $0)) }
        return try await answer(method, path, options: options, body: body, headers: headers)
    }

    private func answer(
        _ method: HTTPMethod, _ path: String, options: QueryOptions, body: HTTPClientRequest.Body?,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        let response = try await send(
            method, path, options: options, body: body, headers: headers, timeout: Self.answerTimeout)
        do {
            let bytes = try await response.body.collect(upTo: Self.answerBytesMax)
            return Answer(
                status: Int(response.status.code),
                index: response.headers.first(name: "X-Nomad-Index").flatMap { UInt64($0) } ?? 0,
                nextToken: response.headers.first(name: "X-Nomad-NextToken"),
                contentType: response.headers.first(name: "Content-Type") ?? "",
                body: Array(buffer: bytes))
        } catch let error as ClientError {
            throw error
        } catch {
            throw failure(error, method: method, path: path)
        }
    }

    /// Opens a stream of bytes, such as a followed log. The connection is closed when the sequence is dropped.
    public func stream(_ path: String, _ options: QueryOptions = QueryOptions()) async throws -> ByteStream {
        let response = try await send(.GET, path, options: options, body: nil, headers: [], timeout: .hours(24 * 365))
        return ByteStream(body: response.body)
    }

    /// Sends a request and checks the status.
    private func send(
        _ method: HTTPMethod, _ path: String, options: QueryOptions, body: HTTPClientRequest.Body?,
        headers: [(name: String, value: String)], timeout: TimeSpan
    ) async throws -> HTTPClientResponse {
        let target = path + Escaping.query(options.items(configuration))
        var request = HTTPClientRequest(url: requestBase + target)
        request.method = method
        for (name, value) in authorizationHeaders + headers { request.headers.add(name: name, value: value) }
        request.body = body
        let response: HTTPClientResponse
        do {
            let limit = timeout + (options.wait ?? .zero)
            response = try await http.execute(request, timeout: .nanoseconds(limit.nanoseconds))
        } catch {
            throw failure(error, method: method, path: target)
        }
        guard (200..<300).contains(response.status.code) else {
            let text = try? await response.body.collect(upTo: Self.errorBytesMax)
            throw ClientError.response(
                status: Int(response.status.code), body: text.map { String(buffer: $0) } ?? "")
        }
        return response
    }

    /// Headers that say who asks.
    var authorizationHeaders: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [("User-Agent", "caravan")]
        if let token = configuration.token, !token.isEmpty { headers.append(("X-Nomad-Token", token)) }
        if let pair = configuration.basicAuthorization, !pair.isEmpty {
            headers.append(("Authorization", "Basic " + Base64.text(Array(pair.utf8))))
        }
        return headers
    }

    func failure(_ error: any Error, method: HTTPMethod, path: String) -> ClientError {
        if let error = error as? ClientError { return error }
        let verb = method.rawValue.prefix(1) + method.rawValue.dropFirst().lowercased()
        return ConnectionFailure(error, address: address)
            .clientError(doing: "\(verb) \"\(address.shownBase)\(path)\"", address: configuration.address)
    }
}

/// Bytes of an answer as they come.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    let body: HTTPClientResponse.Body

    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: HTTPClientResponse.Body.AsyncIterator

        public mutating func next() async throws -> [UInt8]? {
            guard let buffer = try await base.next() else { return nil }
            return Array(buffer: buffer)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator()) }
}
