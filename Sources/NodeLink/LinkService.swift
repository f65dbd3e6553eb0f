import AgentCore
import Base
import GRPCCore
import GRPCNIOTransportHTTP2
public import Logging
public import ServiceLifecycle

/// Serves the node link on a TCP address.
public struct LinkService: Service {
    private let gateway: NodeGateway
    private let host: String
    private let port: Int
    private let security: LinkSecurity?
    private let logger: Logger

    /// - Parameter security: nil serves without TLS.
    public init(gateway: NodeGateway, host: String, port: Int, security: LinkSecurity?, logger: Logger) {
        self.gateway = gateway
        self.host = host
        self.port = port
        self.security = security
        self.logger = logger
    }

    public func run() async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: host.contains(":") ? .ipv6(host: host, port: port) : .ipv4(host: host, port: port),
            transportSecurity: security?.server ?? .plaintext,
            config: .defaults { config in
                config.rpc = .init(maxRequestPayloadSize: LinkMethod.messageBytesMax)
                config.connection.keepalive = .init(
                    time: RemoteLink.keepalive.time, timeout: RemoteLink.keepalive.timeout,
                    clientBehavior: .init(minPingIntervalWithoutCalls: .seconds(1), allowWithoutCalls: true))
            })
        let server = GRPCServer(transport: transport, services: [Methods(gateway: gateway)])
        // The transport tells its address only where it has one: waiting for it here would outlast a failure.
        logger.info("serving the node link", metadata: ["address": "\(host):\(port)", "tls": "\(security != nil)"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await server.serve()
                } catch {
                    // The transport reports the end of its task as a failure of its own.
                    if Task.isCancelled { throw CancellationError() }
                    throw LinkServiceError(address: "\(host):\(port)", cause: "\(error)")
                }
            }
            group.addTask {
                try await gracefulShutdown()
                server.beginGracefulShutdown()
                // Watches never end by themselves: the cancellation that follows ends them.
                throw CancellationError()
            }
            do {
                // Not waitForAll(), which would wait for the watches before it tells of the shutdown.
                while try await group.next() != nil {}
            } catch is CancellationError {
                group.cancelAll()
            }
        }
    }
}

/// The node link can't be served.
public struct LinkServiceError: Error, CustomStringConvertible {
    public var address: String
    public var cause: String

    public var description: String {
        "can't serve the node link on \(address): \(cause). Is another agent running? Set ports.rpc or bind_addr"
    }
}

private struct Methods: RegistrableRPCService {
    let gateway: NodeGateway

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        unary(LinkMethod.register, &router) { (request: RegisterMessage) in
            AnswerMessage(grant: try await gateway.register(request.node))
        }
        unary(LinkMethod.status, &router) { (request: StatusMessage) in
            AnswerMessage(status: gateway.status(of: request.allocation))
        }
        registerConversation(with: &router)
        registerWatch(with: &router)
    }

    /// Heartbeats and reports: taken as they come, answered together when they are durable.
    private func registerConversation(with router: inout RPCRouter<some ServerTransport>) {
        router.registerHandler(
            forMethod: LinkMethod.converse, deserializer: LinkDeserializer<LinkCalls>(),
            serializer: LinkSerializer<LinkOutcomes>()
        ) { request, _ in
            StreamingServerResponse { writer in
                let outcomes = OutcomeBox()
                do {
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        group.addTask {
                            while true {
                                let settled = await outcomes.take()
                                if settled.isEmpty { return }
                                try await writer.write(LinkOutcomes(outcomes: settled))
                            }
                        }
                        for try await message in request.messages { try gateway.take(message.calls, outcomes) }
                        outcomes.end()
                        try await group.waitForAll()
                    }
                } catch let error as ServerLinkError {
                    throw error.rpc
                }
                return [:]
            }
        }
    }

    private func registerWatch(with router: inout RPCRouter<some ServerTransport>) {
        router.registerHandler(
            forMethod: LinkMethod.watch, deserializer: LinkDeserializer<CallerMessage>(),
            serializer: DesiredSerializer(jobs: gateway.jobs)
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse { writer in
                do {
                    try await gateway.watch(request.message.node, secretID: request.message.secretID) { desired in
                        for piece in DesiredMessage.pieces(of: desired) { try await writer.write(piece) }
                    }
                } catch let error as ServerLinkError {
                    throw error.rpc
                }
                return [:]
            }
        }
    }

    private func unary<Request: LinkMessage>(
        _ method: MethodDescriptor, _ router: inout RPCRouter<some ServerTransport>,
        _ answer: @escaping @Sendable (Request) async throws -> AnswerMessage
    ) {
        router.registerHandler(
            forMethod: method, deserializer: LinkDeserializer<Request>(), serializer: LinkSerializer<AnswerMessage>()
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            do {
                return StreamingServerResponse(single: ServerResponse(message: try await answer(request.message)))
            } catch let error as ServerLinkError {
                throw error.rpc
            }
        }
    }
}
