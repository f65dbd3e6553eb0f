public import Base

/// Allocations, evaluations, deployments, nodes.
extension Client {
    // MARK: Allocations

    public func allocations(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/allocations", options).json().arrayValue ?? []
    }

    /// A whole allocation with its job.
    public func allocation(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get("/v1/allocation/" + Escaping.segment(id), options).json()
    }

    /// Stops an allocation; the scheduler places a replacement. The answer has the evaluation's id.
    public func stop(
        allocation id: String, noShutdownDelay: Bool = false, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        var options = options
        if noShutdownDelay { options.parameters.append(("no_shutdown_delay", "true")) }
        return try await put("/v1/allocation/\(Escaping.segment(id))/stop", nil, options).json()
    }

    /// Restarts a task in place, or the running tasks when `task` is empty, or all of them.
    public func restart(
        allocation id: String, task: String, allTasks: Bool = false, _ options: QueryOptions = QueryOptions()
    ) async throws {
        var body: JSON = ["TaskName": .string(task)]
        if allTasks { body["AllTasks"] = true }
        _ = try await put("/v1/client/allocation/\(Escaping.segment(id))/restart", body, options)
    }

    /// Sends a signal to a task, or to all tasks when `task` is empty.
    public func signal(
        allocation id: String, task: String, signal: String, _ options: QueryOptions = QueryOptions()
    ) async throws {
        _ = try await put(
            "/v1/client/allocation/\(Escaping.segment(id))/signal",
            ["Signal": .string(signal), "Task": .string(task)], options)
    }

    /// What an allocation's tasks use now.
    public func stats(allocation id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get("/v1/client/allocation/\(Escaping.segment(id))/stats", options).json()
    }

    /// Results of the checks that the agent runs for an allocation, by check id.
    public func checks(allocation id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get("/v1/client/allocation/\(Escaping.segment(id))/checks", options).json()
    }

    // MARK: Evaluations

    public func evaluations(_ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await get("/v1/evaluations", options)
    }

    public func evaluation(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await get("/v1/evaluation/" + Escaping.segment(id), options)
    }

    public func allocations(evaluation id: String, _ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/evaluation/\(Escaping.segment(id))/allocations", options).json().arrayValue ?? []
    }

    // MARK: Deployments

    public func deployments(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/deployments", options).json().arrayValue ?? []
    }

    public func deployment(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await get("/v1/deployment/" + Escaping.segment(id), options)
    }

    public func allocations(deployment id: String, _ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/deployment/allocations/" + Escaping.segment(id), options).json().arrayValue ?? []
    }

    /// `fail` or `unblock` a deployment.
    public func act(
        _ action: String, deployment id: String, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put("/v1/deployment/\(action)/\(Escaping.segment(id))", ["DeploymentID": .string(id)], options).json()
    }

    public func pause(
        deployment id: String, _ pause: Bool, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put(
            "/v1/deployment/pause/" + Escaping.segment(id),
            ["DeploymentID": .string(id), "Pause": .bool(pause)], options
        ).json()
    }

    /// Promotes the canaries of some groups, or of all when `groups` is empty.
    public func promote(
        deployment id: String, groups: [String], _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put(
            "/v1/deployment/promote/" + Escaping.segment(id),
            [
                "DeploymentID": .string(id), "All": .bool(groups.isEmpty),
                "Groups": groups.isEmpty ? .null : .array(groups.map { .string($0) }),
            ], options
        ).json()
    }

    // MARK: Nodes

    public func nodes(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/nodes", options).json().arrayValue ?? []
    }

    public func node(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> Answer {
        try await get("/v1/node/" + Escaping.segment(id), options)
    }

    /// Whole allocations of a node.
    public func allocations(node id: String, _ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/node/\(Escaping.segment(id))/allocations", options).json().arrayValue ?? []
    }

    /// What a node uses now; nil is the node of the agent that is asked.
    public func stats(node id: String?, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        var options = options
        if let id { options.parameters.append(("node_id", id)) }
        return try await get("/v1/client/stats", options).json()
    }

    /// Starts a drain (`spec` is the API's DrainSpec), or ends it with nil.
    public func drain(
        node id: String, spec: JSON?, markEligible: Bool, meta: JSON? = nil, _ options: QueryOptions = QueryOptions()
    ) async throws -> Answer {
        var body: JSON = [
            "NodeID": .string(id), "DrainSpec": spec ?? .null, "MarkEligible": .bool(markEligible),
        ]
        if let meta { body["Meta"] = meta }
        return try await put("/v1/node/\(Escaping.segment(id))/drain", body, options)
    }

    public func eligibility(
        node id: String, eligible: Bool, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put(
            "/v1/node/\(Escaping.segment(id))/eligibility",
            ["NodeID": .string(id), "Eligibility": eligible ? "eligible" : "ineligible"], options
        ).json()
    }
}
