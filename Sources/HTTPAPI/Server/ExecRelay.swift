import Base
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// An exec whose allocation is on another node: frames go to that node's agent and back as they are.
struct ExecRelay: Sendable {
    let context: HTTPAPIContext
    /// `host:port` of the other agent's HTTP API.
    let address: String
    let request: APIRequest

    private typealias Frames = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private enum Upgrade: Sendable {
        case done(Frames)
        case refused
    }

    private static let connectTimeout = TimeAmount.seconds(10)
    private static let frameBytesMax = 4 << 20
    /// Fields of the client's request that the other agent needs.
    private static let fields = ["x-nomad-token", "authorization"]

    /// Relays until either side closes.
    func run(_ inbound: ExecSession.Inbound, _ outbound: ExecSession.Outbound) async throws {
        let upgrade: Upgrade
        do {
            upgrade = try await connect().get()
        } catch {
            throw APIError.notFound("No path to node: \(address): \(error)")
        }
        guard case .done(let channel) = upgrade else {
            throw APIError.notFound("No path to node: \(address) refused the session")
        }
        try await channel.executeThenClose { frames, writer in
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try? await Self.copy(inbound, to: writer, masked: true)
                    return false
                }
                group.addTask {
                    try? await Self.copy(frames, to: outbound, masked: false)
                    return true
                }
                // The client's end is the end; the other agent's is told first.
                if await group.next() == true { await ExecSession.linger(&group) }
                group.cancelAll()
            }
        }
    }

    private static func copy(
        _ source: ExecSession.Inbound, to target: ExecSession.Outbound, masked: Bool
    ) async throws {
        var isOpen = true
        for try await frame in source {
            let copy = WebSocketFrame(
                fin: frame.fin, opcode: frame.opcode, maskKey: masked ? .random() : nil, data: frame.unmaskedData)
            // What can't be passed on any more is still read: a sender that isn't heard would not hear either.
            if isOpen { do { try await target.write(copy) } catch { isOpen = false } }
            if frame.opcode == .connectionClose { return }
        }
    }

    private func connect() async throws -> EventLoopFuture<Upgrade> {
        let parts = address.split(separator: ":")
        guard parts.count >= 2, let port = parts.last.flatMap({ Int($0) }) else {
            throw APIError.notFound("No path to node: \(address) is no address")
        }
        let host = parts.dropLast().joined(separator: ":").filter { $0 != "[" && $0 != "]" }
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: address)
        headers.add(name: NodeSite.forwardedHeader, value: "\(NodeSite.forwards(request) + 1)")
        for name in Self.fields { if let value = request.headers[name] { headers.add(name: name, value: value) } }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: request.target, headers: headers)
        let secure = try context.tls.map { try $0.files.clientContext() }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(Self.connectTimeout)
            .connect(host: host, port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let secure {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: secure, serverHostname: nil))
                    }
                    return try Self.upgrade(channel, head)
                }
            }
    }

    private static func upgrade(_ channel: any Channel, _ head: HTTPRequestHead) throws -> EventLoopFuture<Upgrade> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Upgrade>(maxFrameSize: frameBytesMax) { channel, _ in
            channel.eventLoop.makeCompletedFuture { .done(try Frames(wrappingChannelSynchronously: channel)) }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Upgrade>(
            upgradeRequestHead: head, upgraders: [upgrader]
        ) { channel in channel.eventLoop.makeSucceededFuture(.refused) }
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: configuration))
    }
}
