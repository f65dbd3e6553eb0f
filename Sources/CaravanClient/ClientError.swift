/// Why a request to an agent has no usable answer.
public struct ClientError: Error, Sendable, CustomStringConvertible {
    /// The kind of trouble; more kinds may come.
    public enum Code: Hashable, Sendable {
        /// The agent answered with a status outside 200…299.
        case status(Int)
        /// Nothing answered at the address.
        case unreachable
        /// The answer didn't come in time, or the connection broke.
        case interrupted
        /// The address or a TLS file can't be used.
        case configuration
        /// The answer isn't what the API promises.
        case unexpectedAnswer
    }

    public var code: Code
    /// What happened, in one line if the server's text allows.
    public var message: String
    /// What the user can do about it, if we know.
    public var advice: String?

    public init(_ code: Code, _ message: String, advice: String? = nil) {
        (self.code, self.message, self.advice) = (code, message, advice)
    }

    /// The HTTP status, where the agent answered.
    public var status: Int? { if case .status(let status) = code { status } else { nil } }
    public var description: String { message }

    static func response(status: Int, body: String) -> ClientError {
        ClientError(.status(status), "Unexpected response code: \(status) (\(body))")
    }
}
