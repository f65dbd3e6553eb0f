import HTTPTypes
import HummingbirdCore
public import Logging
import NIOCore
import NIOPosix
import Server
public import ServiceLifecycle

/// Serves the HTTP API on TCP addresses and Unix sockets until it is told to stop.
public final class HTTPServer: Service, Sendable {
    /// Where to listen.
    public enum Address: Hashable, Sendable, CustomStringConvertible {
        /// Port 0 takes a free one: see `onListening`.
        case tcp(host: String, port: Int)
        case unix(path: String)

        public var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unix(let path): "unix:\(path)"
            }
        }
    }

    private let addresses: [Address]
    private let context: HTTPAPIContext
    private let tls: CurrentTLS?
    private let logger: Logger
    private let onListening: @Sendable (Address) -> Void
    /// Event loops at most, and workers: requests are few beside what nodes say.
    private static let threadsMax = 4

    /// - Parameters:
    ///   - tls: encrypts the TCP addresses; Unix sockets stay plain.
    ///   - onListening: called once per address, with the port that was taken.
    public init(
        addresses: [Address], context: HTTPAPIContext, tls: CurrentTLS? = nil, logger: Logger,
        onListening: @escaping @Sendable (Address) -> Void = { _ in }
    ) {
        self.addresses = addresses
        self.context = context
        self.tls = tls
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown.
    ///
    /// Operators have event loops and worker threads of their own: on those of the node link, each request would wait
    /// behind what thousands of nodes are being told.
    /// - Throws: when an address can't be bound; the error names it.
    public func run() async throws {
        let threads = min(System.coreCount, Self.threadsMax)
        let (loops, workers) = (
            MultiThreadedEventLoopGroup(numberOfThreads: threads), ThreadExecutor("http", threads: threads)
        )
        defer { workers.stop() }
        do {
            try await withTaskExecutorPreference(workers) { try await serve(on: loops) }
        } catch {
            try? await loops.shutdownGracefully()
            throw error
        }
        try await loops.shutdownGracefully()
    }

    private func serve(on loops: MultiThreadedEventLoopGroup) async throws {
        let dispatcher = Dispatcher(context)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for address in addresses {
                let service = try service(address, dispatcher, loops)
                group.addTask {
                    do {
                        try await service.run()
                    } catch  where !(error is CancellationError) {
                        throw HTTPServerError(address: address, cause: "\(error)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func service(_ address: Address, _ dispatcher: Dispatcher, _ loops: MultiThreadedEventLoopGroup) throws
        -> any Service
    {
        let bind: BindAddress =
            switch address {
            case .tcp(let host, let port): .hostname(host, port: port)
            case .unix(let path): .unixDomainSocket(path: path)
            }
        let context = context
        let logger = logger
        let onListening = onListening
        var secure: CurrentTLS?
        if case .tcp = address { secure = tls }
        let encryption = secure
        let builder = HTTPServerBuilder { UpgradableChannel(responder: $0, context: context, tls: encryption) }
        return try builder.buildServer(
            configuration: ServerConfiguration(address: bind),
            eventLoopGroup: loops, logger: logger,
            responder: { request, writer, _ in
                try await RequestBridge(dispatcher: dispatcher).respond(to: request, writer)
            },
            onServerRunning: { channel in
                if case .tcp(let host, _) = address, let port = channel.localAddress?.port {
                    onListening(.tcp(host: host, port: port))
                } else {
                    onListening(address)
                }
            })
    }
}

/// An address that can't be served.
public struct HTTPServerError: Error, CustomStringConvertible {
    public var address: HTTPServer.Address
    public var cause: String

    public var description: String {
        "the HTTP API can't listen on \(address): \(cause); is another agent running? set ports.http or addresses.http"
    }
}
