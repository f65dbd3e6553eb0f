import Base
import Dispatch
import HTTPTypes
import HummingbirdCore
import NIOCore

/// Between Hummingbird's requests and the dispatcher.
struct RequestBridge: Sendable {
    let dispatcher: Dispatcher

    func respond(to request: Request, _ writer: consuming ResponseWriter) async throws {
        let start = DispatchTime.now().uptimeNanoseconds
        let output = HummingbirdOutput(writer)
        var simple = APIRequest(
            method: request.method.rawValue, target: request.head.path ?? "/", headers: headers(request))
        do {
            simple.body = try await body(of: request)
        } catch let error as APIError {
            var response = dispatcher.finish(dispatcher.render(error))
            // The rest of the body is still on its way: nothing more can be read from this connection.
            response.set("Connection", "close")
            try await dispatcher.deliver(response, to: output)
            throw error
        }
        if waits(simple) {
            let finished = simple
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                var response = await dispatcher.respond(to: finished)
                response.set("Connection", "close")
                try await dispatcher.deliver(response, to: output)
            }
        } else {
            try await dispatcher.deliver(await dispatcher.respond(to: simple), to: output)
        }
        let milliseconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1_000_000
        dispatcher.context.meter.record(status: output.status, milliseconds: milliseconds)
    }

    /// Whether the answer may take long, so that a client that goes away must be noticed.
    private func waits(_ request: APIRequest) -> Bool {
        guard request.method == "GET" else { return false }
        return (request.parameter("index") ?? "0") != "0" || request.path == "/v1/event/stream"
            || request.path == "/v1/agent/monitor" || request.path.hasPrefix("/v1/client/fs/")
    }

    private func headers(_ request: Request) -> [String: String] {
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            headers[name] = headers[name].map { "\($0), \(field.value)" } ?? field.value
        }
        headers["host"] = request.head.authority
        return headers
    }

    private func body(of request: Request) async throws -> [UInt8] {
        let limit = dispatcher.context.limits.bodyBytes
        let tooLarge = APIError(413, "the request body is larger than \(limit) bytes")
        if let length = request.headers[.contentLength].flatMap(Int.init) {
            if length > limit { throw tooLarge }
            if length == 0 { return [] }
        } else if request.headers[.transferEncoding] == nil {
            return []
        }
        var bytes: [UInt8] = []
        for try await piece in request.body {
            if bytes.count + piece.readableBytes > limit { throw tooLarge }
            bytes += piece.readableBytesView
        }
        return bytes
    }
}

/// Writes an answer through Hummingbird.
///
/// Unchecked because Hummingbird's writers don't say that they are `Sendable`, though all they do is to write to
/// a NIO outbound writer, which is. The fields change in `begin` alone, which is called once and before all else.
private final class HummingbirdOutput: ResponseOutput, @unchecked Sendable {
    private var writer: ResponseWriter?
    private var body: (any ResponseBodyWriter)?
    private(set) var status = 0

    init(_ writer: consuming ResponseWriter) { self.writer = consume writer }

    func begin(status: Int, headers: [(name: String, value: String)]) async throws {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        // NIO would write the name of this field in lower case, which some simple clients don't look for.
        if fields[.contentLength] == nil, status != 204 { fields[.transferEncoding] = "chunked" }
        self.status = status
        guard let writer = writer.take() else { return }
        body = try await writer.writeHead(HTTPResponse(status: .init(code: status), headerFields: fields))
    }

    func write(_ bytes: [UInt8]) async throws {
        guard var body else { return }
        try await body.write(ByteBuffer(bytes: bytes))
    }

    func end() async throws {
        guard let body else { return }
        try await body.finish(nil)
    }
}
