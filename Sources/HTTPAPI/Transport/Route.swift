/// Request methods as a set.
struct Methods: OptionSet, Hashable, Sendable {
    let rawValue: Int
    static let get = Methods(rawValue: 1)
    static let put = Methods(rawValue: 2)
    static let post = Methods(rawValue: 4)
    static let delete = Methods(rawValue: 8)
    /// PUT and POST mean the same.
    static let write: Methods = [.put, .post]
    static let any: Methods = [.get, .put, .post, .delete]

    init(rawValue: Int) { self.rawValue = rawValue }

    /// The set with one method; empty for methods that no route takes.
    init(named name: String) {
        switch name {
        case "GET": self = .get
        case "PUT": self = .put
        case "POST": self = .post
        case "DELETE": self = .delete
        default: self = []
        }
    }
}

/// Answers a request. Errors become answers in the dispatcher.
typealias Handler = @Sendable (APICall) async throws -> APIResponse

/// Where a route is served.
enum RoutePlace: Hashable, Sendable {
    /// Needs the cluster's state: an agent without a server forwards it to one.
    case server
    /// Every agent answers for itself, or finds the node itself.
    case agent
}

/// One line of the list of everything that is served.
struct Route: Sendable {
    var methods: Methods
    /// `/v1/job/{job...}/plan`: literal segments, `{name}` for one segment, `{name...}` for one or more.
    var pattern: String
    var place: RoutePlace
    /// What the caller must be allowed.
    var need: Need
    /// Browsers of other origins may read it.
    var allowsOrigins = false
    /// The answer to a method that the pattern does not take.
    var wrongMethod = APIError.invalidMethod
    var handler: Handler

    /// A route that needs the cluster's state.
    init(
        _ methods: Methods, _ pattern: String, needs need: Need = .management, allowsOrigins: Bool = false,
        wrongMethod: APIError = .invalidMethod, _ handler: @escaping Handler
    ) {
        self.init(
            methods, pattern, .server, needs: need, allowsOrigins: allowsOrigins, wrongMethod: wrongMethod, handler)
    }

    init(
        _ methods: Methods, _ pattern: String, _ place: RoutePlace, needs need: Need = .management,
        allowsOrigins: Bool = false,
        wrongMethod: APIError = .invalidMethod, _ handler: @escaping Handler
    ) {
        (self.methods, self.pattern, self.place, self.need) = (methods, pattern, place, need)
        (self.allowsOrigins, self.wrongMethod, self.handler) = (allowsOrigins, wrongMethod, handler)
    }
}
