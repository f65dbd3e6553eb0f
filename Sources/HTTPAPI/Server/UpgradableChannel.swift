import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL
import NIOWebSocket

/// A connection that speaks HTTP/1.1 and may become the websocket of an exec.
struct UpgradableChannel: ServerChildChannel, HTTPChannelHandler {
    let responder: HTTPChannelHandler.Responder
    let context: HTTPAPIContext
    /// Nil: the connection is not encrypted.
    var tls: CurrentTLS?

    typealias HTTPParts = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    enum Upgraded: Sendable {
        case http(HTTPParts)
        case exec(Frames, ExecSession)
    }

    struct Value: ServerChildChannelValue {
        let upgraded: EventLoopFuture<Upgraded>
        let channel: any Channel
    }

    /// Bytes of one websocket frame at most.
    private static let frameBytesMax = 1 << 20

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls.context)) }
            let upgrader = NIOTypedWebSocketServerUpgrader<Upgraded>(
                maxFrameSize: Self.frameBytesMax,
                shouldUpgrade: { channel, head in
                    channel.eventLoop.makeSucceededFuture(session(head) == nil ? nil : HTTPHeaders())
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        guard let session = session(head) else { throw ChannelError.inputClosed }
                        return .exec(try Frames(wrappingChannelSynchronously: channel), session)
                    }
                })
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration<Upgraded>(
                upgradeConfiguration: .init(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try Compression.add(to: channel.pipeline.syncOperations)
                            try channel.pipeline.syncOperations.addHandler(
                                HTTP1ToHTTPServerCodec(secure: tls != nil))
                            return .http(
                                try HTTPParts(
                                    wrappingChannelSynchronously: channel,
                                    configuration: .init(isOutboundHalfClosureEnabled: true)))
                        }
                    }))
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            // Every answer says its length or that it is chunked: see `HummingbirdOutput`.
            configuration.encoderConfiguration.automaticallySetFramingHeaders = false
            let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: configuration)
            let handler = try channel.pipeline.syncOperations.handler(
                type: NIOTypedHTTPServerUpgradeHandler<Upgraded>.self)
            try channel.pipeline.syncOperations.addHandler(
                UpgradeFilter { session($0) != nil }, position: .before(handler))
            return Value(upgraded: upgraded, channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.upgraded.get() {
            case .http(let parts): await handleHTTP(asyncChannel: parts, logger: logger)
            case .exec(let frames, let session):
                try await frames.executeThenClose { inbound, outbound in await session.run(inbound, outbound) }
            }
        } catch {
            logger.debug("a connection was closed: \(error)")
        }
    }

    /// What a request to upgrade would begin; nil for all that are not the exec of an allocation.
    private func session(_ head: HTTPRequestHead) -> ExecSession? {
        var request = APIRequest(target: head.uri)
        for field in head.headers { request.headers[field.name.lowercased()] = field.value }
        guard head.method == .GET, let id = ExecEndpoint.allocation(in: request.path),
            let wish = try? ExecEndpoint.Wish(request, allocation: id)
        else { return nil }
        return ExecSession(context: context, wish: wish, request: request)
    }
}

/// Takes the wish to upgrade away from a connection's first request unless it will be granted: NIO's upgrade
/// handler forgets the head of a request whose upgrade is refused.
private final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private let isGranted: (HTTPRequestHead) -> Bool

    init(isGranted: @escaping (HTTPRequestHead) -> Bool) { self.isGranted = isGranted }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isWebSocket =
            head.headers.contains(name: "Sec-WebSocket-Key")
            && head.headers.first(name: "Sec-WebSocket-Version") == "13"
        if !isWebSocket || !isGranted(head) { head.headers.remove(name: "Upgrade") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
        // Only the first request can upgrade; bytes of the websocket must not come through here.
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}
