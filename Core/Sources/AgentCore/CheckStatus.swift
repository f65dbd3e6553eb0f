/// Where a check of an allocation stands, as `/v1/client/allocation/:id/checks` shows it.
public struct CheckStatus: Codable, Hashable, Sendable {
    /// Stable over restarts of the agent: made from allocation, task, service and check.
    public var id = ""
    public var check = ""
    public var group = ""
    /// Empty for a check of a group service.
    public var task = ""
    public var service = ""
    /// `healthiness`, or `readiness` when it doesn't matter for deployments.
    public var mode = "healthiness"
    /// `pending`, `success` or `failure`.
    public var status = CheckOutcome.pending
    public var output = ""
    /// HTTP status of the last try; 0 for other checks.
    public var statusCode = 0
    /// Seconds since the epoch, of the last try.
    public var timestamp: Int64 = 0

    public init() {}
}

public enum CheckOutcome: String, Codable, Sendable {
    case pending, success, failure
}
