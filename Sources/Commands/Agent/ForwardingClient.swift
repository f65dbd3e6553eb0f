import AsyncHTTPClient
import HTTPAPI
import ServiceLifecycle

/// The HTTP client that requests for other agents go through; shut down with the agent.
struct ForwardingClient: Service {
    private let client: HTTPClient
    private let isSecure: Bool

    /// - Parameter tls: of this agent's own HTTP API; others are taken to be set up alike.
    init(_ tls: ServerTLS?) throws {
        var configuration = HTTPClient.Configuration()
        if let tls {
            configuration.tlsConfiguration = try tls.clientConfiguration()
        }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        isSecure = tls != nil
    }

    var forwarder: HTTPForwarder { HTTPForwarder(client: client, secure: isSecure) }

    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
