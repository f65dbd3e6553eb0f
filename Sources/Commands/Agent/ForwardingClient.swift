import AsyncHTTPClient
import HTTPAPI
import ServiceLifecycle

/// The HTTP client that requests for other agents go through; shut down with the agent.
struct ForwardingClient: Service {
    private let client = HTTPClient(eventLoopGroupProvider: .singleton)

    var forwarder: HTTPForwarder { HTTPForwarder(client: client) }

    func run() async throws {
        try? await gracefulShutdown()
        try await client.shutdown()
    }
}
