import Base
import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HTTPAPI

/// The same answers over sockets: framing, limits, and connections that go away.
struct ServerTests {
    /// Serves a fixture on a free port and a Unix socket while the body runs.
    private func serve(
        limits: HTTPLimits = HTTPLimits(),
        _ body: @escaping @Sendable (_ port: Int, _ socket: String) async throws -> Void
    ) async throws {
        let socket = FileManager.default.temporaryDirectory.appending(
            path: "caravan-\(UUID().uuidString.prefix(8)).sock")
        defer { try? FileManager.default.removeItem(at: socket) }
        try await Fixture.run { context in
            context.limits = limits
        } _: { api in
            let (ready, continuation) = AsyncStream.makeStream(of: HTTPServer.Address.self)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let server = HTTPServer(
                addresses: [.tcp(host: "127.0.0.1", port: 0), .unix(path: socket.path)],
                context: api.dispatcher.context, logger: logger
            ) { continuation.yield($0) }
            try await Fixture.during(server, logger) {
                var port = 0
                var listening = 0
                for await address in ready {
                    if case .tcp(_, let taken) = address { port = taken }
                    listening += 1
                    if listening == 2 { break }
                }
                try await body(port, socket.path)
            }
        }
    }

    /// Sends raw bytes and returns all that comes until the server closes, or until `enough` says so.
    private func exchange(
        _ text: String, port: Int? = nil, socket: String? = nil,
        enough: @Sendable @escaping (String) -> Bool = { _ in false }
    ) async throws -> String {
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        let initializer: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = {
            channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
        }
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        if let socket {
            channel = try await bootstrap.connect(unixDomainSocketPath: socket, channelInitializer: initializer)
        } else {
            channel = try await bootstrap.connect(host: "127.0.0.1", port: port ?? 0, channelInitializer: initializer)
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var answer = ""
            for try await piece in inbound {
                answer += String(buffer: piece)
                if enough(answer) { break }
            }
            return answer
        }
    }

    @Test func answersComeOverBothSockets() async throws {
        try await serve { port, socket in
            let request = "GET /v1/regions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            for answer in [try await exchange(request, port: port), try await exchange(request, socket: socket)] {
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.contains("Content-Type: application/json\r\n"))
                #expect(answer.contains("Vary: Accept-Encoding\r\n"))
                #expect(answer.hasSuffix("\r\n\r\n[\"global\"]"))
            }
        }
    }

    @Test func connectionsAreKept() async throws {
        try await serve { port, _ in
            let request = "GET /v1/regions HTTP/1.1\r\nHost: x\r\n\r\n"
            let last = "GET /v1/regions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answer = try await exchange(request + request + last, port: port)
            #expect(answer.components(separatedBy: "[\"global\"]").count == 4)
        }
    }

    @Test func largeBodiesAreRefused() async throws {
        var limits = HTTPLimits()
        limits.bodyBytes = 1000
        try await serve(limits: limits) { port, _ in
            let body = String(repeating: "x", count: 2000)
            let answer = try await exchange(
                "PUT /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 2000\r\n\r\n\(body)", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("the request body is larger than 1000 bytes"))
        }
    }

    @Test func streamsAreChunkedUnderTheUsualName() async throws {
        try await serve { port, _ in
            let answer = try await exchange(
                "GET /v1/event/stream HTTP/1.1\r\nHost: x\r\n\r\n", port: port
            ) { $0.contains("{}\n") }
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.contains("Transfer-Encoding: chunked\r\n"))
            #expect(answer.contains("\r\n3\r\n{}\n\r\n"))
        }
    }

    @Test func aRefusedUpgradeIsAnsweredAsAnyRequest() async throws {
        try await serve { port, _ in
            let head = "HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            let id = "11111111-2222-3333-4444-555555555555"
            let path = "/v1/client/allocation/\(id)/exec"
            let answer = try await exchange("GET \(path)?task=t&tty=dunno&command=[] \(head)\(key)", port: port) {
                $0.contains("tty value")
            }
            #expect(answer.hasPrefix("HTTP/1.1 500 "))
            let jobs = try await exchange("GET /v1/jobs \(head)\(key)", port: port) { $0.hasSuffix("[]") }
            #expect(jobs.hasPrefix("HTTP/1.1 200 "))
            // A good wish is granted before the allocation is looked for.
            let granted = try await exchange("GET \(path)?task=t&command=[%22true%22] \(head)\(key)", port: port) {
                $0.contains("Unknown allocation")
            }
            #expect(granted.hasPrefix("HTTP/1.1 101 "))
            #expect(granted.contains("Unknown allocation \"\(id)\""))
        }
    }
}
