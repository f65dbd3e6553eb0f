internal import Base
internal import NIOCore
internal import NIOPosix

/// The Engine API over the daemon's Unix socket; one connection for each call.
struct DockerClient: Sendable {
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Writer = NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Path of the socket.
    let socket: String

    /// Longest answer that is kept whole.
    static let answerMax = 32 << 20

    struct Request: Sendable {
        var method: String
        var path: String
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []

        static func get(_ path: String, _ query: KeyValuePairs<String, String> = [:]) -> Request {
            Request(method: "GET", path: path, query: query.map { ($0.key, $0.value) })
        }

        static func post(_ path: String, _ query: KeyValuePairs<String, String> = [:], body: JSON? = nil) -> Request {
            Request(
                method: "POST", path: path, query: query.map { ($0.key, $0.value) },
                headers: body == nil ? [] : [("Content-Type", "application/json")], body: body?.bytes() ?? [])
        }

        static func delete(_ path: String, _ query: KeyValuePairs<String, String> = [:]) -> Request {
            Request(method: "DELETE", path: path, query: query.map { ($0.key, $0.value) })
        }

        /// The request as it goes over the wire.
        func bytes(upgrade: Bool = false) -> [UInt8] {
            let query = query.map { "\($0.name)=\(percentEncoded($0.value))" }.joined(separator: "&")
            var text = "\(method) \(path)\(query.isEmpty ? "" : "?" + query) HTTP/1.1\r\nHost: docker\r\n"
            text += upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "Connection: close\r\n"
            if method != "GET" || !body.isEmpty { text += "Content-Length: \(body.count)\r\n" }
            for header in headers { text += "\(header.name): \(header.value)\r\n" }
            return Array((text + "\r\n").utf8) + body
        }
    }

    /// An answer that says no, or one that is no answer.
    struct Failure: Error, Hashable, Sendable {
        /// The HTTP status; 0 if the daemon could not be asked.
        var status: Int
        var message: String

        var isUnreachable: Bool { status == 0 }

        func asDriverError(_ what: String, _ code: DriverError.Code = .failed) -> DriverError {
            DriverError(code, "\(what): \(message)", recoverable: isUnreachable || status >= 500)
        }
    }

    /// Reads a response head and then its body.
    struct Reader: ~Copyable {
        private var inbound: Inbound.AsyncIterator
        private var buffer: [UInt8] = []
        private var body = HTTPBody(.length(0))

        init(_ inbound: Inbound) { self.inbound = inbound.makeAsyncIterator() }

        private mutating func fill() async throws -> Bool {
            do {
                guard let more = try await inbound.next() else {
                    try _Concurrency.Task.checkCancellation()
                    return false
                }
                buffer.append(contentsOf: more.readableBytesView)
                return true
            } catch let error as IOError {
                throw Failure(status: 0, message: "the connection to the Docker daemon broke off: \(error)")
            }
        }

        mutating func head() async throws -> HTTPHead {
            while true {
                if let head = try HTTPHead.take(from: &buffer) {
                    body = HTTPBody(head.bodyEnd)
                    return head
                }
                if try await !fill() { throw Failure(status: 0, message: "the Docker daemon ended the connection") }
            }
        }

        /// The next piece of the body; nil at its end.
        mutating func piece() async throws -> [UInt8]? {
            while true {
                if let piece = try body.take(from: &buffer) { return piece }
                if body.finished { return nil }
                if try await fill() { continue }
                if body.mayEndHere { return nil }
                throw Failure(status: 0, message: "the Docker daemon ended the connection in the middle of its answer")
            }
        }

        /// The next bytes after a head that turned the connection into a raw stream.
        mutating func raw() async throws -> [UInt8]? {
            if buffer.isEmpty, try await !fill() { return nil }
            defer { buffer = [] }
            return buffer
        }
    }

    func connect<R: Sendable>(_ body: (Inbound, Writer) async throws -> R) async throws -> R {
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(unixDomainSocketPath: socket) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(
                            wrappingChannelSynchronously: channel,
                            configuration: .init(isOutboundHalfClosureEnabled: true))
                    }
                }
        } catch {
            try _Concurrency.Task.checkCancellation()
            throw Failure(
                status: 0, message: "the Docker daemon does not answer at \(socket) (\(error)); is it running?")
        }
        return try await channel.executeThenClose(body)
    }

    /// Sends a request and hands every piece of a good answer's body to `take`. Another answer is a `Failure`
    /// with the daemon's message.
    func stream(_ request: Request, _ take: ([UInt8]) async throws -> Void) async throws {
        try await connect { inbound, writer in
            try await writer.write(ByteBuffer(bytes: request.bytes()))
            var reader = Reader(inbound)
            let head = try await reader.head()
            var refusal: [UInt8] = []
            while let piece = try await reader.piece() {
                if head.status < 300 { try await take(piece) } else if refusal.count < 64 << 10 { refusal += piece }
            }
            if head.status >= 300 { throw Self.failure(head.status, refusal) }
        }
    }

    static func failure(_ status: Int, _ body: [UInt8]) -> Failure {
        let message = (try? JSON(parsing: body))?["message"]?.stringValue
        return Failure(status: status, message: message ?? String(decoding: body.prefix(500), as: UTF8.self))
    }

    /// Sends a request; the answer as JSON, null if it is empty.
    @discardableResult
    func call(_ request: Request) async throws -> JSON {
        var body: [UInt8] = []
        try await stream(request) { piece in
            body += piece
            if body.count > Self.answerMax { throw Failure(status: 500, message: "the answer is too long") }
        }
        let text = body.drop { $0 <= 32 }
        if text.isEmpty { return .null }
        do {
            return try JSON(parsing: Array(text))
        } catch {
            throw Failure(status: 500, message: "the Docker daemon's answer is not JSON: \(error)")
        }
    }
}

/// Does `body` within a time, or throws what `late` makes. The loser is cancelled and waited for.
func within<R: Sendable>(
    _ limit: TimeSpan, late: @escaping @Sendable () -> any Error, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup(of: R.self) { group in
        group.addTask(operation: body)
        group.addTask {
            try await _Concurrency.Task.sleep(for: .nanoseconds(limit.nanoseconds))
            throw late()
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}
