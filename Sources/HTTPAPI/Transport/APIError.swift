public import ControlPlane
public import Model

/// An answer that is an error: a status and a bare text.
public struct APIError: Error, Hashable, Sendable, CustomStringConvertible {
    public var status: Int
    /// The whole body. Empty means an empty body.
    public var message: String
    /// The index of the data that was asked, for not-found answers of blocking queries.
    public var index: LogIndex?

    public init(_ status: Int, _ message: String, index: LogIndex? = nil) {
        self.status = status
        self.message = message
        self.index = index
    }

    public init(_ error: CommandError) { self.init(error.status, error.message) }

    public var description: String { message }

    static func badRequest(_ message: String) -> APIError { APIError(400, message) }
    static func notFound(_ message: String, index: LogIndex? = nil) -> APIError { APIError(404, message, index: index) }
    static func failed(_ message: String) -> APIError { APIError(500, message) }

    static let invalidMethod = APIError(405, "Invalid method")
    static let unknownPath = APIError(404, "")
    static let enterprise = APIError(501, "Nomad Enterprise only endpoint")
    static let accessControlOff = APIError(400, "ACL support disabled")
    static let emptyBody = APIError(400, "Request body is empty")
    static let noServer = APIError(500, "No cluster leader")
    static let serverOnly = APIError(400, "Server only endpoint")
}
