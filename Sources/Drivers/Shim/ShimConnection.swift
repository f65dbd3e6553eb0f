internal import Glibc
internal import NIOCore
internal import NIOPosix

/// One connection to a shim's socket, for one request or one command.
enum ShimConnection {
    typealias Writer = NIOAsyncChannelOutboundWriter<ByteBuffer>
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>

    /// Frames in the order they come. A connection has one reader.
    struct Reader: ~Copyable {
        private var inbound: Inbound.AsyncIterator
        private var buffer: [UInt8] = []

        init(_ inbound: Inbound) { self.inbound = inbound.makeAsyncIterator() }

        /// The next frame; nil at the end of the connection.
        mutating func next() async throws -> ShimFrame? {
            while true {
                if let frame = try ShimFrame.take(from: &buffer) { return frame }
                let more: ByteBuffer?
                do {
                    more = try await inbound.next()
                } catch is IOError {
                    more = nil  // the shim left while the connection was still in its queue
                }
                guard let more else {
                    try _Concurrency.Task.checkCancellation()
                    return nil
                }
                buffer.append(contentsOf: more.readableBytesView)
            }
        }
    }

    /// Opens a connection, hands it over, closes it. Returns nil if nobody listens there (any more).
    static func with<R: Sendable>(
        directory: String, _ body: (Inbound, Writer) async throws -> R
    ) async throws -> R? {
        // The path of a socket is limited to 107 bytes, the path of a directory is not.
        let fd = try await blocking { open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        if fd < 0 { return nil }
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(unixDomainSocketPath: "/proc/self/fd/\(fd)/sock") { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
            close(fd)
        } catch {
            close(fd)
            try _Concurrency.Task.checkCancellation()
            return nil
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(inbound, outbound)
        }
    }

    /// Sends a frame. That nobody takes it is not said here: the reader finds out, and whether the task has ended.
    static func send(_ frame: ShimFrame, to writer: Writer) async throws {
        do {
            try await writer.write(ByteBuffer(bytes: frame.bytes))
        } catch {
            try _Concurrency.Task.checkCancellation()
        }
    }
}
