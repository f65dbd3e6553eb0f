public import Base

/// What a read or write can be asked with.
public struct QueryOptions: Sendable {
    /// Replaces the client's namespace; `*` is all namespaces.
    public var namespace: String?
    /// Replaces the client's region.
    public var region: String?
    /// Ids that start with this.
    public var prefix: String?
    /// A filter expression of the API.
    public var filter: String?
    public var perPage: Int?
    /// The page to go on with, from `Answer.nextToken`.
    public var nextToken: String?
    /// Makes a read wait until the data is newer than this index.
    public var index: UInt64?
    /// Longest time of such a wait; the server's limit is five minutes.
    public var wait: TimeSpan?
    /// Any server may answer, not only the leader.
    public var stale = false
    /// Further parameters of an endpoint, in order.
    public var parameters: [(name: String, value: String)] = []

    public init(
        namespace: String? = nil, prefix: String? = nil, index: UInt64? = nil, wait: TimeSpan? = nil,
        parameters: [(name: String, value: String)] = []
    ) {
        (self.namespace, self.prefix, self.index, self.wait) = (namespace, prefix, index, wait)
        self.parameters = parameters
    }

    func items(_ configuration: ClientConfiguration) -> [(name: String, value: String)] {
        var items = parameters
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { items.append((name, value)) }
        }
        add("namespace", namespace ?? configuration.namespace)
        add("region", region ?? configuration.region)
        add("prefix", prefix)
        add("filter", filter)
        add("per_page", perPage.map(String.init))
        add("next_token", nextToken)
        if stale { items.append(("stale", "true")) }
        if let index {
            items.append(("index", String(index)))
            add("wait", wait?.text)
        }
        return items
    }
}

/// What an agent answered.
public struct Answer: Sendable {
    public var status: Int
    /// Index of the data, for the next blocking query; 0 if the endpoint has none.
    public var index: UInt64
    /// The next page, if there is one.
    public var nextToken: String?
    public var contentType: String
    public var body: [UInt8]

    /// The body as JSON; an empty body is null.
    public func json() throws(ClientError) -> JSON {
        if body.isEmpty { return .null }
        do {
            return try JSON(parsing: body)
        } catch {
            throw ClientError(.unexpectedAnswer, "the answer is not JSON: \(error)")
        }
    }
}
