public import AsyncHTTPClient
import Base
import HTTPTypes
import NIOCore
import NIOHTTP1

/// Sends requests on to other agents over HTTP, bodies of answers as they come.
public struct HTTPForwarder: RequestForwarder {
    private let client: @Sendable () -> HTTPClient
    private let scheme: String
    private let timeout: TimeSpan

    /// - Parameter client: belongs to the caller, who shuts it down; asked for with each request.
    public init(client: @escaping @Sendable () -> HTTPClient, secure: Bool = false, limits: HTTPLimits = HTTPLimits()) {
        self.client = client
        scheme = secure ? "https" : "http"
        timeout = limits.forwardTimeout
    }

    /// Fields that belong to a connection and are not sent on.
    private static let hopByHop: Set<String> = [
        "connection", "host", "content-length", "transfer-encoding", "upgrade", "keep-alive", "te", "trailer",
        "accept-encoding",
    ]

    public func forward(_ request: APIRequest, to address: String) async throws -> APIResponse {
        var outgoing = HTTPClientRequest(url: "\(scheme)://\(address)\(request.target)")
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers.sorted(by: { $0.key < $1.key }) where !Self.hopByHop.contains(name) {
            outgoing.headers.add(name: name, value: value)
        }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let answer = try await client().execute(outgoing, timeout: .nanoseconds(timeout.nanoseconds))
        let body = answer.body
        var response = APIResponse(
            status: Int(answer.status.code),
            body: .stream { sink in
                for try await piece in body { try await sink.write(Array(piece.readableBytesView)) }
            })
        for (name, value) in answer.headers where !Self.hopByHop.contains(name.lowercased()) {
            response.set(name, value)
        }
        return response
    }
}
