public import Base

extension Client {
    private func path(_ job: String, _ rest: String = "") -> String {
        "/v1/job/" + Escaping.segment(job) + rest
    }

    /// Stubs of the jobs, ordered by namespace and id.
    public func jobs(_ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get("/v1/jobs", options).json().arrayValue ?? []
    }

    /// A whole job.
    public func job(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get(path(id), options).json()
    }

    /// Registers a job; `request` is the API's JobRegisterRequest.
    public func register(_ request: JSON, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await put("/v1/jobs", request, options).json()
    }

    /// Stops a job, and forgets it when `purge` is set.
    public func deregister(_ id: String, purge: Bool, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        var options = options
        options.parameters.append(("purge", purge ? "true" : "false"))
        return try await delete(path(id), options).json()
    }

    /// Parses a job file on the agent: HCL text to the API's job.
    public func parse(hcl: String, variables: String, canonicalize: Bool = false) async throws -> JSON {
        try await put(
            "/v1/jobs/parse",
            ["JobHCL": .string(hcl), "Variables": .string(variables), "Canonicalize": .bool(canonicalize)]
        ).json()
    }

    /// Checks a job without registering it.
    public func validate(job: JSON, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await put("/v1/validate/job", ["Job": job], options).json()
    }

    /// What registering a job would do.
    public func plan(
        id: String, job: JSON, diff: Bool, policyOverride: Bool = false, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put(
            path(id, "/plan"), ["Job": job, "Diff": .bool(diff), "PolicyOverride": .bool(policyOverride)], options
        ).json()
    }

    /// Counts of a job's allocations by group.
    public func summary(job id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get(path(id, "/summary"), options).json()
    }

    /// Why a job is not where it should be, and the smallest changes that would bring it there.
    public func explain(job id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get(path(id, "/explain"), options).json()
    }

    /// The versions, newest first, and with `diffs` what changed between neighbours.
    public func versions(job id: String, diffs: Bool, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        var options = options
        if diffs { options.parameters.append(("diffs", "true")) }
        return try await get(path(id, "/versions"), options).json()
    }

    public func allocations(
        job id: String, all: Bool = false, _ options: QueryOptions = QueryOptions()
    ) async throws -> [JSON] {
        var options = options
        if all { options.parameters.append(("all", "true")) }
        return try await get(path(id, "/allocations"), options).json().arrayValue ?? []
    }

    public func evaluations(job id: String, _ options: QueryOptions = QueryOptions()) async throws -> [JSON] {
        try await get(path(id, "/evaluations"), options).json().arrayValue ?? []
    }

    public func deployments(
        job id: String, all: Bool = false, _ options: QueryOptions = QueryOptions()
    ) async throws -> [JSON] {
        var options = options
        if all { options.parameters.append(("all", "true")) }
        return try await get(path(id, "/deployments"), options).json().arrayValue ?? []
    }

    /// The newest deployment, or nil.
    public func latestDeployment(job id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON? {
        let answer = try await get(path(id, "/deployment"), options).json()
        // Not a conditional expression: in one, `nil` would be the JSON null.
        guard let newest = answer["ID"]?.stringValue, !newest.isEmpty else { return nil }
        return answer
    }

    /// A new evaluation of a job.
    public func evaluate(
        job id: String, forceReschedule: Bool, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        try await put(
            path(id, "/evaluate"),
            ["JobID": .string(id), "EvalOptions": ["ForceReschedule": .bool(forceReschedule)]], options
        ).json()
    }

    /// Starts an instance of a parameterized job; `request` is the API's JobDispatchRequest.
    public func dispatch(job id: String, _ request: JSON, _ options: QueryOptions = QueryOptions()) async throws -> JSON
    {
        try await put(path(id, "/dispatch"), request, options).json()
    }

    /// Launches a periodic job now.
    public func forcePeriodic(job id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await put(path(id, "/periodic/force"), nil, options).json()
    }

    /// Registers an earlier version again.
    public func revert(job id: String, version: UInt64, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await put(
            path(id, "/revert"), ["JobID": .string(id), "JobVersion": .int(Int64(clamping: version))], options
        ).json()
    }

    /// Changes the count of a group; `request` is the API's ScalingRequest.
    public func scale(job id: String, _ request: JSON, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await put(path(id, "/scale"), request, options).json()
    }

    /// Counts and scaling events of a job's groups.
    public func scaleStatus(job id: String, _ options: QueryOptions = QueryOptions()) async throws -> JSON {
        try await get(path(id, "/scale"), options).json()
    }

    /// Names a version of a job.
    public func tag(
        job id: String, version: UInt64?, name: String, description: String, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        var body: JSON = ["Description": .string(description)]
        if let version { body["Version"] = .int(Int64(clamping: version)) } else { body["Latest"] = true }
        return try await put(path(id, "/versions/\(Escaping.segment(name))/tag"), body, options).json()
    }

    /// Takes a version's name away.
    public func untag(job id: String, name: String, _ options: QueryOptions = QueryOptions()) async throws {
        _ = try await delete(path(id, "/versions/\(Escaping.segment(name))/tag"), options)
    }

    /// The job file that a version was registered from.
    public func submission(
        job id: String, version: Int64, _ options: QueryOptions = QueryOptions()
    ) async throws -> JSON {
        var options = options
        options.parameters.append(("version", String(version)))
        return try await get(path(id, "/submission"), options).json()
    }
}
