import Base
import Model

/// An answer as handlers give it.
public struct APIResponse: Sendable {
    public var status: Int
    /// Header fields in order of their setting; names as they go out.
    public var headers: [(name: String, value: String)] = []
    public var body: APIBody
    /// The content type is told from the first bytes of the body.
    var contentTypeFromContent = false

    public init(status: Int = 200, headers: [(name: String, value: String)] = [], body: APIBody = .empty) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Sets a header field, replacing an earlier value.
    public mutating func set(_ name: String, _ value: String) {
        headers.removeAll { $0.name.lowercased() == name.lowercased() }
        headers.append((name, value))
    }

    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// 200 without a body and without a content type.
    static let empty = APIResponse()

    static func json(_ tree: JSON, index: LogIndex? = nil) -> APIResponse { json(bytes: tree.bytes(), index: index) }

    static func json(bytes: [UInt8], index: LogIndex? = nil) -> APIResponse {
        var response = APIResponse(body: .bytes(bytes))
        response.set("Content-Type", "application/json")
        if let index { response.set("X-Nomad-Index", String(index)) }
        return response
    }

    /// The bare text of an error, or of a reply that is no JSON.
    static func text(_ status: Int, _ text: String) -> APIResponse {
        var response = APIResponse(status: status, body: text.isEmpty ? .empty : .bytes(Array(text.utf8)))
        if !text.isEmpty { response.set("Content-Type", "text/plain; charset=utf-8") }
        return response
    }

    /// 200 without a body, but with the index of the write.
    static func done(_ index: LogIndex) -> APIResponse {
        var response = APIResponse()
        response.set("X-Nomad-Index", String(index))
        return response
    }
}

/// What follows the head of an answer.
public enum APIBody: Sendable {
    case empty
    case bytes([UInt8])
    /// One JSON document in pieces, such as a long list.
    case document(@Sendable (any BodySink) async throws -> Void)
    /// Anything else in pieces as they come, perhaps without end. The closure returns when it is complete.
    case stream(@Sendable (any BodySink) async throws -> Void)
}

/// Where an answer goes: the head once, then pieces of the body, then the end.
public protocol ResponseOutput: Sendable {
    func begin(status: Int, headers: [(name: String, value: String)]) async throws
    func write(_ bytes: [UInt8]) async throws
    func end() async throws
}

/// Takes the pieces of a streamed body. Writing waits until the client took what came before.
public protocol BodySink: Sendable {
    func write(_ bytes: [UInt8]) async throws
}

/// Collects a streamed body, for tests and for small answers.
public actor CollectingSink: BodySink {
    public private(set) var bytes: [UInt8] = []
    public init() {}
    public func write(_ piece: [UInt8]) { bytes += piece }
}
