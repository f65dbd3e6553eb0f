import NIOCore
import NIOHTTP1
import NIOHTTPCompression

/// Answers are compressed with gzip for clients that say they take it.
enum Compression {
    /// Bytes below which compressing makes an answer longer, not shorter.
    static let bytesMin = 512

    static func add(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        try pipeline.addHandler(GzipPreference())
        try pipeline.addHandler(
            HTTPResponseCompressor(responseCompressionPredicate: { head, isAccepted in
                let type = head.headers.first(name: "content-type") ?? ""
                let isText = type.hasPrefix("application/json") || type.hasPrefix("text/")
                let length = head.headers.first(name: "content-length").flatMap { Int($0) }
                guard isAccepted, isText, length ?? bytesMin >= bytesMin else { return .doNotCompress }
                // The head may go out before the body is there, so its length is not known.
                head.headers.remove(name: "content-length")
                head.headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
                return .compressIfPossible
            }))
    }
}

/// Leaves gzip as the only encoding that a client takes: clients differ in what they call deflate.
private final class GzipPreference: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let accepted = head.headers[canonicalForm: "accept-encoding"]
        let gzip = accepted.first { $0.hasPrefix("gzip") || $0.hasPrefix("x-gzip") }
        head.headers.remove(name: "accept-encoding")
        if let gzip { head.headers.add(name: "accept-encoding", value: String(gzip)) }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
