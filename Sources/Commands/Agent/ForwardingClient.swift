import AsyncHTTPClient
import HTTPAPI
import ServiceLifecycle
import Synchronization

/// The HTTP client that requests for other agents go through; shut down with the agent.
final class ForwardingClient: Service {
    /// The last one is used; those before it may still have requests under way.
    private let clients: Mutex<[HTTPClient]>
    private let isSecure: Bool

    /// - Parameter tls: of this agent's own HTTP API; others are taken to be set up alike.
    init(_ tls: ServerTLS?) throws {
        clients = Mutex([try Self.client(tls)])
        isSecure = tls != nil
    }

    private static func client(_ tls: ServerTLS?) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        if let tls {
            configuration.tlsConfiguration = try tls.clientConfiguration()
        }
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// From now on other certificates are shown and trusted.
    func replace(_ tls: ServerTLS) throws {
        let client = try Self.client(tls)
        clients.withLock { $0.append(client) }
    }

    var forwarder: HTTPForwarder {
        HTTPForwarder(client: { self.clients.withLock { $0[$0.count - 1] } }, secure: isSecure)
    }

    func run() async throws {
        try? await gracefulShutdown()
        for client in clients.withLock({ $0 }) { try await client.shutdown() }
    }
}
