public import AgentCore
public import Base
import GRPCCore
import GRPCNIOTransportHTTP2
public import Logging
public import Model
public import ServiceLifecycle

/// A node's link to servers over the network. `run` keeps the connection; calls wait for it a moment.
public final class RemoteLink: ServerLink, Service {
    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let logger: Logger
    /// How long a call may take, connecting included.
    private static let callTimeout = Duration.seconds(20)

    /// - Parameters:
    ///   - servers: addresses `host:port`, tried in turn.
    ///   - security: nil connects without TLS.
    /// - Throws: when the addresses can't be understood.
    public init(servers: [(host: String, port: Int)], security: LinkSecurity?, logger: Logger) throws {
        self.logger = logger
        let target: any ResolvableTarget =
            servers.count == 1
            ? .dns(host: servers[0].host, port: servers[0].port) : .ipv4(pairs: servers)
        let transport = try HTTP2ClientTransport.Posix(
            target: target, transportSecurity: security?.client ?? .plaintext,
            config: .defaults { $0.http2.authority = security?.serverName })
        client = GRPCClient(transport: transport)
    }

    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await client.runConnections()
        } onGracefulShutdown: {
            self.client.beginGracefulShutdown()
        }
    }

    public func register(_ node: Node) async throws(ServerLinkError) -> HeartbeatGrant {
        HeartbeatGrant(ttl: try await call(LinkMethod.register, RegisterMessage(node: node)).ttl)
    }

    public func heartbeat(_ node: NodeID, secretID: String) async throws(ServerLinkError) -> HeartbeatGrant {
        HeartbeatGrant(ttl: try await call(LinkMethod.heartbeat, CallerMessage(node: node, secretID: secretID)).ttl)
    }

    public func report(
        _ updates: [AllocationUpdate], from node: NodeID, secretID: String
    ) async throws(ServerLinkError) {
        let caller = CallerMessage(node: node, secretID: secretID)
        _ = try await call(LinkMethod.report, ReportMessage(caller: caller, updates: updates))
    }

    public func status(of allocation: AllocationID) async throws(ServerLinkError) -> ClientStatus? {
        try await call(LinkMethod.status, StatusMessage(allocation: allocation)).status
    }

    public func watch(
        _ node: NodeID, secretID: String, receive: @Sendable (DesiredAllocations) async -> Void
    ) async throws(ServerLinkError) {
        do {
            try await withoutActuallyEscaping(receive) { receive in
                try await client.serverStreaming(
                    request: ClientRequest(message: CallerMessage(node: node, secretID: secretID)),
                    descriptor: LinkMethod.watch, serializer: LinkSerializer<CallerMessage>(),
                    deserializer: LinkDeserializer<DesiredMessage>(), options: options(timeout: nil)
                ) { response in
                    var gathered: [Allocation] = []
                    for try await piece in response.messages {
                        gathered += piece.allocations
                        if piece.continues { continue }
                        await receive(
                            DesiredAllocations(
                                index: piece.index, isComplete: piece.isComplete, allocations: gathered,
                                removed: piece.removed))
                        gathered = []
                    }
                }
            }
        } catch {
            throw ServerLinkError(error)
        }
        throw ServerLinkError(.unreachable, "the server ended the stream of allocations")
    }

    private func call<Request: LinkMessage>(
        _ method: MethodDescriptor, _ request: Request
    ) async throws(ServerLinkError) -> AnswerMessage {
        do {
            return try await client.unary(
                request: ClientRequest(message: request), descriptor: method, serializer: LinkSerializer<Request>(),
                deserializer: LinkDeserializer<AnswerMessage>(), options: options(timeout: Self.callTimeout)
            ) { try $0.message }
        } catch {
            throw ServerLinkError(error)
        }
    }

    private func options(timeout: Duration?) -> CallOptions {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.waitForReady = timeout != nil
        options.maxResponseMessageBytes = LinkMethod.messageBytesMax
        return options
    }
}
