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
    private let servers: [(host: String, port: Int)]
    private let security: LinkSecurity?
    private let jobs: LinkJobCache
    private let conversation = LinkConversation(timeout: callTimeout)
    /// How long a call may take, connecting included.
    private static let callTimeout = Duration.seconds(20)
    /// Pauses between tries to connect: a server that is back is found soon.
    private static let backoff = HTTP2ClientTransport.Config.Backoff(
        initial: .milliseconds(200), max: .seconds(5), multiplier: 1.6, jitter: 0.2)
    /// A server that has vanished without a word is noticed: without this a stream would wait for it for ever.
    static let keepalive = (time: Duration.seconds(10), timeout: Duration.seconds(5))

    /// - Parameters:
    ///   - servers: addresses `host:port`, tried in turn.
    ///   - security: nil connects without TLS.
    ///   - jobs: where job versions are kept that came; links of one process may share it.
    /// - Throws: when the addresses can't be understood.
    public init(
        servers: [(host: String, port: Int)], security: LinkSecurity?, logger: Logger,
        jobs: LinkJobCache = LinkJobCache()
    ) throws {
        (self.logger, self.jobs) = (logger, jobs)
        (self.servers, self.security) = (servers, security)
        let target: any ResolvableTarget =
            servers.count == 1
            ? .dns(host: servers[0].host, port: servers[0].port) : .ipv4(pairs: servers)
        let transport = try HTTP2ClientTransport.Posix(
            target: target, transportSecurity: security?.client ?? .plaintext,
            config: .defaults { config in
                config.http2.authority = security?.serverName
                config.backoff = Self.backoff
                config.connection.keepalive = .init(
                    time: Self.keepalive.time, timeout: Self.keepalive.timeout, allowWithoutCalls: true)
            })
        client = GRPCClient(transport: transport)
    }

    public func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup { group in
                group.addTask { await self.conversation.run(over: self.client, options: self.options(timeout: nil)) }
                try await client.runConnections()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.conversation.close()
            self.client.beginGracefulShutdown()
        }
    }

    public func register(_ node: Node) async throws(ServerLinkError) -> HeartbeatGrant {
        do throws(ServerLinkError) {
            return try await call(LinkMethod.register, RegisterMessage(node: node)).grant
        } catch {
            // A connection that can't be made says little; why is found out apart.
            guard error.code == .unreachable, let server = servers.first,
                let reason = await LinkProbe(host: server.host, port: server.port, security: security).reason()
            else { throw error }
            throw ServerLinkError(.unreachable, reason)
        }
    }

    public func heartbeat(_ node: NodeID, secretID: String) async throws(ServerLinkError) -> HeartbeatGrant {
        try await conversation.ask(.heartbeat, CallerMessage(node: node, secretID: secretID))
    }

    public func report(
        _ updates: [AllocationUpdate], from node: NodeID, secretID: String
    ) async throws(ServerLinkError) {
        _ = try await conversation.ask(.report(updates), CallerMessage(node: node, secretID: secretID))
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
                    deserializer: DesiredDeserializer(jobs: jobs), options: options(timeout: nil)
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
        options.maxResponseMessageBytes = LinkMethod.messageBytesMax
        return options
    }
}
