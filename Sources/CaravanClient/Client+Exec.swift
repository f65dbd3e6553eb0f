import Base
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// What goes to a command that runs inside a task.
public enum ExecInput: Sendable {
    case data([UInt8])
    /// The end of its standard input.
    case end
    case resize(rows: Int, columns: Int)
    /// The user leaves the session; the command isn't waited for.
    case hangUp
}

/// What comes from it.
public enum ExecOutput: Sendable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}

/// A command to run inside a task.
public struct ExecRequest: Sendable {
    public var allocation: String
    public var task: String
    public var command: [String]
    /// Whether the command gets a terminal.
    public var hasTerminal: Bool
    public var namespace: String?

    public init(allocation: String, task: String, command: [String], hasTerminal: Bool, namespace: String? = nil) {
        (self.allocation, self.task, self.command) = (allocation, task, command)
        (self.hasTerminal, self.namespace) = (hasTerminal, namespace)
    }
}

extension Client {
    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private enum Upgrade: Sendable {
        case done(Frames)
        case refused
    }

    /// How often an idle session tells the agent that it is alive, and the largest frame it takes.
    private static let heartbeat = TimeSpan.seconds(10)
    private static let frameBytesMax = 4 << 20

    /// Runs a command inside a task, and returns its exit status.
    ///
    /// `input` is sent as it comes; its end is the end of what is sent, not of the command's input. `output` is
    /// called for each part, in order.
    public func execute(
        _ request: ExecRequest, input: AsyncStream<ExecInput>, output: @escaping @Sendable (ExecOutput) -> Void
    ) async throws -> Int32 {
        let path = execPath(request)
        let upgrade: Upgrade
        do {
            upgrade = try await connect(path).get()
        } catch {
            throw failure(error, method: .GET, path: path)
        }
        guard case .done(let channel) = upgrade else {
            throw ClientError(.unexpectedAnswer, "the agent refused the session (no web socket at \(path))")
        }
        return try await channel.executeThenClose { frames, writer in
            try await withThrowingTaskGroup(of: Int32?.self) { group in
                group.addTask {
                    for await part in input {
                        if case .hangUp = part { return 0 }
                        // An agent that takes no more has said why, or that the command has ended.
                        do { try await writer.write(Self.frame(part)) } catch { break }
                    }
                    return nil
                }
                group.addTask {
                    while true {
                        try await Task.sleep(nanoseconds: UInt64(Self.heartbeat.nanoseconds))
                        do { try await writer.write(Self.frame(.object([:]))) } catch { return nil }
                    }
                }
                group.addTask { try await Self.receive(frames, writer, output) }
                while let status = try await group.next() {
                    if let status {
                        group.cancelAll()
                        return status
                    }
                }
                throw ClientError(.interrupted, "the session ended without an exit status")
            }
        }
    }

    private func execPath(_ request: ExecRequest) -> String {
        var options = QueryOptions(namespace: request.namespace)
        options.parameters = [
            ("task", request.task), ("tty", request.hasTerminal ? "true" : "false"),
            ("command", JSON.array(request.command.map { .string($0) }).text),
        ]
        return "/v1/client/allocation/\(Escaping.segment(request.allocation))/exec"
            + Escaping.query(options.items(configuration))
    }

    private func connect(_ path: String) async throws -> EventLoopFuture<Upgrade> {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.nanoseconds(configuration.connectTimeout.nanoseconds))
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: address.authority)
        for (name, value) in authorizationHeaders { headers.add(name: name, value: value) }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.path + path, headers: headers)
        let secure = address.usesTLS ? try NIOSSLContext(configuration: TLSSettings.make(configuration.tls)) : nil
        var serverName = configuration.tls.serverName
        if serverName.isEmpty, case .host(let host, _) = address.target { serverName = host }
        let name = serverName
        let initialize: @Sendable (any Channel) -> EventLoopFuture<EventLoopFuture<Upgrade>> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if let secure {
                    // An address is no server name; the library refuses it.
                    let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
                    try channel.pipeline.syncOperations.addHandler(
                        NIOSSLClientHandler(context: secure, serverHostname: isAddress ? nil : name))
                }
                return try Self.upgrade(channel, head)
            }
        }
        switch address.target {
        case .host(let host, let port):
            return try await bootstrap.connect(host: host, port: port, channelInitializer: initialize)
        case .socket(let path):
            return try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: initialize)
        }
    }

    private static func upgrade(_ channel: any Channel, _ head: HTTPRequestHead) throws -> EventLoopFuture<Upgrade> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: frameBytesMax) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                .done(try Frames(wrappingChannelSynchronously: channel))
            }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Upgrade>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in channel.eventLoop.makeSucceededFuture(.refused) }
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: configuration))
    }

    // MARK: Frames

    private static func frame(_ part: ExecInput) -> WebSocketFrame {
        switch part {
        case .data(let bytes): frame(["stdin": ["data": .string(Base64.text(bytes))]])
        case .end: frame(["stdin": ["close": true]])
        case .resize(let rows, let columns):
            frame(["tty_size": ["height": .int(Int64(rows)), "width": .int(Int64(columns))]])
        case .hangUp: frame(.object([:]))
        }
    }

    private static func frame(_ value: JSON) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: ByteBuffer(bytes: value.bytes()))
    }

    /// Reads until the command has ended.
    private static func receive(
        _ frames: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ writer: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ output: @Sendable (ExecOutput) -> Void
    ) async throws -> Int32? {
        var text: [UInt8] = []
        for try await frame in frames {
            switch frame.opcode {
            case .ping:
                try await writer.write(
                    WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData))
            case .connectionClose: throw closed(frame.unmaskedData)
            case .text, .binary, .continuation:
                text += Array(buffer: frame.unmaskedData)
                guard frame.fin else { continue }
                defer { text = [] }
                guard let message = try? JSON(parsing: text) else { continue }
                if let data = bytes(message["stdout"]) { output(.standardOutput(data)) }
                if let data = bytes(message["stderr"]) { output(.standardError(data)) }
                if message["exited"]?.boolValue == true {
                    return Int32(clamping: message["result"]?["exit_code"]?.intValue ?? 0)
                }
            default: break
            }
        }
        throw ClientError(.interrupted, "the agent closed the session")
    }

    private static func bytes(_ part: JSON?) -> [UInt8]? {
        part?["data"]?.stringValue.flatMap(Base64.bytes)
    }

    private static func closed(_ data: ByteBuffer) -> ClientError {
        var data = data
        let code = data.readInteger(as: UInt16.self) ?? 1005
        let reason = String(buffer: data)
        return ClientError(.unexpectedAnswer, reason.isEmpty ? "the agent closed the session (code \(code))" : reason)
    }
}
