import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Finds out why a server can't be talked to: connects once, shakes hands, listens for a refusal.
struct LinkProbe: Sendable {
    let host: String
    let port: Int
    let security: LinkSecurity?

    private static let connectTimeout = TimeAmount.seconds(5)
    /// A server that refuses a certificate says so only after the handshake.
    private static let refusalTime = TimeAmount.seconds(2)

    /// What is wrong, in words for the agent's log; nil if nothing was found.
    func reason() async -> String? {
        let address = "\(host):\(port)"
        let context: NIOSSLContext?
        do {
            context = try security.map { try $0.context() }
        } catch {
            return "this agent's certificate files can't be used: \(error); see the tls block of its configuration"
        }
        let listener = RefusalListener()
        let name = security?.serverName
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(Self.connectTimeout)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if let context {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: name))
                        }
                        try channel.pipeline.syncOperations.addHandler(listener)
                    }
                }
                .connect(host: host, port: port).get()
        } catch {
            return
                "no server answers at \(address): \(Self.text(of: error)); is it running, and is it the right address?"
        }
        if context == nil {
            // What a client of the link says first: a server that wants TLS does not like it.
            try? await channel.writeAndFlush(ByteBuffer(bytes: Self.preface)).get()
        }
        let close = channel.eventLoop.scheduleTask(in: Self.refusalTime) { channel.close(promise: nil) }
        try? await channel.closeFuture.get()
        close.cancel()
        let (refusal, first) = listener.seen.withLock { ($0.refusal, $0.first) }
        if context == nil {
            // A record of TLS: an alert, most likely.
            return first == 0x15
                ? "the server at \(address) speaks TLS on its node link, this agent does not; set tls.rpc alike on both"
                : nil
        }
        return refusal.map { Self.explain("\($0)", address) }
    }

    /// The preface of HTTP/2 with empty settings.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]

    private static func text(of error: any Error) -> String {
        guard let failure = error as? NIOConnectionError else { return "\(error)" }
        return failure.connectionErrors.map { "\($0.error)" }.first ?? "\(error)"
    }

    /// The words of the TLS library, and what they mean here.
    private static func explain(_ error: String, _ address: String) -> String {
        let lower = error.lowercased()
        if lower.contains("certificate_verify_failed") || lower.contains("unabletovalidatecertificate") {
            return
                "the server's certificate is not trusted: that of \(address) was not given by the authority in ca_file, "
                + "or is not for this cluster's name (\(error))"
        }
        if lower.contains("alert") || lower.contains("unclean") || lower.contains("eof") || lower.contains("reset") {
            return
                "the server refused this agent's certificate: \(address) does not trust its authority; cert_file and "
                + "key_file must come from the cluster's authority (\(error))"
        }
        if lower.contains("wrong_version_number") {
            return "the server at \(address) does not speak TLS on its node link; set tls.rpc alike on both"
        }
        return "no TLS connection to \(address): \(error)"
    }
}

/// Remembers the first thing that goes wrong, and the first byte that comes.
private final class RefusalListener: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    struct Seen {
        var refusal: (any Error)?
        var first: UInt8?
    }
    let seen = Mutex(Seen())

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let first = unwrapInboundIn(data).readableBytesView.first
        seen.withLock { $0.first = $0.first ?? first }
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        seen.withLock { $0.refusal = $0.refusal ?? error }
        context.close(promise: nil)
    }
}

extension LinkSecurity {
    /// The same settings as the link's own client has.
    fileprivate func context() throws -> NIOSSLContext {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.trustRoots = .file(caFile)
        settings.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
        settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
        if serverName == nil { settings.certificateVerification = .noHostnameVerification }
        settings.applicationProtocols = ["grpc-exp", "h2"]
        return try NIOSSLContext(configuration: settings)
    }
}
