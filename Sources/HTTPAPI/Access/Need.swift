import AccessControl

/// What a route asks of whoever calls it. A route that says nothing needs a management token.
enum Need: Sendable {
    case nothing
    case management
    /// A token, whatever it may do.
    case token
    /// One of these in the namespace of the request.
    case namespace([Capability])
    /// The same for lists: over all namespaces, the list leaves out what may not be seen.
    case list([Capability])
    /// One of these in the namespace of the job in the body.
    case job([Capability])
    /// Registering: also the volumes that the job mounts.
    case registration([Capability])
    /// One of these in the namespace of the thing that the path names.
    case allocation([Capability])
    case evaluation([Capability])
    case deployment([Capability])
    case node(AccessLevel)
    case agent(AccessLevel)
    case operators(AccessLevel)
    case operatorCapability(String)
    case plugin(AccessLevel)
    /// `read`, `write` or `delete` of the pool in the path or the body.
    case nodePool(String)
    /// The endpoint decides itself: it shows what may be seen, or looks at the body.
    case own
}

extension Need {
    static func namespace(_ one: Capability) -> Need { .namespace([one]) }
    static func list(_ one: Capability) -> Need { .list([one]) }
    static func allocation(_ one: Capability) -> Need { .allocation([one]) }
}
