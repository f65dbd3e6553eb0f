/// Everything that is served, one line a route.
enum Routes {
    static let all: [Route] = jobs + allocations + nodes + client + agent + operators + search + others + refused

    private static let jobs: [Route] = [
        Route(.get, "/v1/jobs", JobEndpoints.list),
        Route(.write, "/v1/jobs", JobWriteEndpoints.register),
        Route(.write, "/v1/jobs/parse", JobCheckEndpoints.parse),
        Route([.get, .post], "/v1/jobs/statuses", JobStatuses.list),
        Route(.write, "/v1/validate/job", JobCheckEndpoints.validate),
        Route(.get, "/v1/job/{job...}", JobEndpoints.get),
        Route(.write, "/v1/job/{job...}", JobWriteEndpoints.update),
        Route(.delete, "/v1/job/{job...}", JobWriteEndpoints.deregister),
        Route(.get, "/v1/job/{job...}/versions", JobEndpoints.versions),
        Route(.write, "/v1/job/{job}/versions/{tag}/tag", JobWriteEndpoints.tagVersion),
        Route(.delete, "/v1/job/{job}/versions/{tag}/tag", JobWriteEndpoints.untagVersion),
        Route(.get, "/v1/job/{job...}/allocations", JobEndpoints.allocations),
        Route(.get, "/v1/job/{job...}/evaluations", JobEndpoints.evaluations),
        Route(.get, "/v1/job/{job...}/deployments", JobEndpoints.deployments),
        Route(.get, "/v1/job/{job...}/deployment", JobEndpoints.latestDeployment),
        Route(.get, "/v1/job/{job...}/summary", JobEndpoints.summary),
        Route(.get, "/v1/job/{job...}/services", RefusedEndpoints.empty),
        Route(.get, "/v1/job/{job...}/submission", JobEndpoints.submission),
        Route(.get, "/v1/job/{job...}/actions", JobEndpoints.actions),
        Route(.get, "/v1/job/{job...}/scale", JobEndpoints.scaleStatus),
        Route(.write, "/v1/job/{job...}/scale", JobWriteEndpoints.scale),
        Route(.write, "/v1/job/{job...}/evaluate", JobWriteEndpoints.evaluate),
        Route(.write, "/v1/job/{job...}/plan", JobCheckEndpoints.plan),
        Route(.write, "/v1/job/{job...}/periodic/force", JobWriteEndpoints.forcePeriodic),
        Route(.write, "/v1/job/{job...}/dispatch", JobWriteEndpoints.dispatch),
        Route(.write, "/v1/job/{job...}/dispatch/payload", JobWriteEndpoints.dispatchPayload),
        Route(.write, "/v1/job/{job...}/revert", JobWriteEndpoints.revert),
        Route(.write, "/v1/job/{job...}/stable", JobWriteEndpoints.setStability),
    ]

    private static let allocations: [Route] = [
        Route(.get, "/v1/allocations", AllocationEndpoints.list),
        Route(.get, "/v1/allocation/{alloc}", AllocationEndpoints.get),
        Route(.write, "/v1/allocation/{alloc}/stop", AllocationEndpoints.stop),
        Route(.get, "/v1/allocation/{alloc}/services", RefusedEndpoints.empty),
        Route(.any, "/v1/allocation/{alloc}/{resource...}", AllocationEndpoints.unknownResource),
        Route(.get, "/v1/evaluations", EvaluationEndpoints.list),
        Route(.delete, "/v1/evaluations", RefusedEndpoints.deleteEvaluations),
        Route(.get, "/v1/evaluations/count", EvaluationEndpoints.count),
        Route(.get, "/v1/evaluation/{eval...}", EvaluationEndpoints.get),
        Route(.get, "/v1/evaluation/{eval...}/allocations", EvaluationEndpoints.allocations),
        Route(.get, "/v1/deployments", DeploymentEndpoints.list),
        Route(.get, "/v1/deployment/{deployment...}", DeploymentEndpoints.get),
        Route(.get, "/v1/deployment/allocations/{deployment...}", DeploymentEndpoints.allocations),
        Route(.write, "/v1/deployment/fail/{deployment...}", DeploymentEndpoints.fail),
        Route(.write, "/v1/deployment/pause/{deployment...}", DeploymentEndpoints.pause),
        Route(.write, "/v1/deployment/promote/{deployment...}", DeploymentEndpoints.promote),
        Route(.write, "/v1/deployment/allocation-health/{deployment...}", DeploymentEndpoints.setHealth),
        Route(.write, "/v1/deployment/unblock/{deployment...}", DeploymentEndpoints.unblock),
    ]

    private static let nodes: [Route] = [
        Route(.get, "/v1/nodes", NodeEndpoints.list),
        Route(.get, "/v1/node/{node...}", NodeEndpoints.get),
        Route(.get, "/v1/node/{node...}/allocations", NodeEndpoints.allocations),
        Route(.write, "/v1/node/{node...}/evaluate", NodeEndpoints.evaluate),
        Route(.write, "/v1/node/{node...}/drain", NodeEndpoints.drain),
        Route(.write, "/v1/node/{node...}/eligibility", NodeEndpoints.setEligibility),
        Route(.write, "/v1/node/{node...}/purge", NodeEndpoints.purge),
        Route(.get, "/v1/node/pools", NodePoolEndpoints.list),
        Route(.write, "/v1/node/pools", NodePoolEndpoints.change),
        Route(.get, "/v1/node/pool/{pool}", NodePoolEndpoints.get),
        Route([.put, .post, .delete], "/v1/node/pool/{pool}", NodePoolEndpoints.change),
        Route(.get, "/v1/node/pool/{pool}/nodes", NodePoolEndpoints.nodes),
        Route(.get, "/v1/node/pool/{pool}/jobs", NodePoolEndpoints.jobs),
        Route(.get, "/v1/namespaces", NamespaceEndpoints.list),
        Route(.write, "/v1/namespace", NamespaceEndpoints.put),
        Route(.get, "/v1/namespace/{namespace}", NamespaceEndpoints.get),
        Route(.write, "/v1/namespace/{namespace}", NamespaceEndpoints.put),
        Route(.delete, "/v1/namespace/{namespace}", NamespaceEndpoints.delete),
    ]

    private static let client: [Route] = [
        Route(.get, "/v1/client/stats", .agent, allowsOrigins: true, ClientEndpoints.hostStatistics),
        Route(.any, "/v1/client/gc", .agent, ClientEndpoints.collectAll),
        Route(.get, "/v1/client/allocation/{alloc}/stats", .agent, allowsOrigins: true, ClientEndpoints.statistics),
        Route(.get, "/v1/client/allocation/{alloc}/checks", .agent, allowsOrigins: true, ClientEndpoints.checks),
        Route(.any, "/v1/client/allocation/{alloc}/gc", .agent, allowsOrigins: true, ClientEndpoints.collect),
        Route(.any, "/v1/client/allocation/{alloc}/restart", .agent, allowsOrigins: true, ClientEndpoints.restart),
        Route(.write, "/v1/client/allocation/{alloc}/signal", .agent, allowsOrigins: true, ClientEndpoints.signal),
        Route(.any, "/v1/client/allocation/{alloc}/exec", .agent, allowsOrigins: true, ExecEndpoint.withoutUpgrade),
        Route(
            .any, "/v1/client/allocation/{resource...}", .agent, allowsOrigins: true, RefusedEndpoints.unknownResource),
        Route(.get, "/v1/client/fs/ls/{alloc}", .agent, allowsOrigins: true, FileEndpoints.list),
        Route(.get, "/v1/client/fs/stat/{alloc}", .agent, allowsOrigins: true, FileEndpoints.stat),
        Route(.get, "/v1/client/fs/cat/{alloc}", .agent, allowsOrigins: true, FileEndpoints.cat),
        Route(.get, "/v1/client/fs/readat/{alloc}", .agent, allowsOrigins: true, FileEndpoints.readAt),
        Route(.get, "/v1/client/fs/stream/{alloc}", .agent, allowsOrigins: true, StreamEndpoints.file),
        Route(.get, "/v1/client/fs/logs/{alloc}", .agent, allowsOrigins: true, StreamEndpoints.logs),
        Route(.any, "/v1/client/fs/{verb...}", .agent, allowsOrigins: true, FileEndpoints.unknown),
    ]

    private static let agent: [Route] = [
        Route(.get, "/v1/status/leader", AgentEndpoints.leader),
        Route(.get, "/v1/status/peers", AgentEndpoints.peers),
        Route(.get, "/v1/regions", .agent, AgentEndpoints.regions),
        Route(.get, "/v1/agent/self", .agent, AgentEndpoints.own),
        Route(.get, "/v1/agent/members", AgentEndpoints.members),
        Route(.get, "/v1/agent/health", .agent, AgentEndpoints.health),
        Route(.get, "/v1/agent/servers", .agent, AgentEndpoints.servers),
        Route(.write, "/v1/agent/servers", .agent, AgentEndpoints.setServers),
        Route(.write, "/v1/agent/join", .agent, AgentEndpoints.join),
        Route(.write, "/v1/agent/force-leave", .agent, AgentEndpoints.forceLeave),
        Route(.get, "/v1/agent/host", .agent, AgentEndpoints.host),
        Route(.get, "/v1/agent/monitor", .agent, MonitorEndpoint.follow),
        Route(.get, "/v1/agent/pprof/{profile}", .agent, AgentEndpoints.profile),
        Route(.get, "/v1/agent/keyring/list", .agent, AgentEndpoints.gossipKeys),
        Route(.write, "/v1/agent/keyring/{operation}", .agent, AgentEndpoints.gossipKeys),
        Route(.write, "/v1/agent/reload", .agent, AgentEndpoints.reload),
        Route(.get, "/v1/agent/schedulers", AgentEndpoints.schedulerWorkers),
        Route(.get, "/v1/agent/schedulers/config", AgentEndpoints.schedulerConfiguration),
        Route(.get, "/v1/metrics", .agent, MetricsEndpoint.get),
    ]

    /// Wrong methods on these paths say 404.
    private static let noMethod = APIError(404, "Invalid method")

    private static let operators: [Route] = [
        Route(
            .get, "/v1/operator/raft/configuration", wrongMethod: APIError(405, ""), OperatorEndpoints.servers),
        Route(.delete, "/v1/operator/raft/peer", wrongMethod: noMethod, OperatorEndpoints.removePeer),
        Route(
            .write, "/v1/operator/raft/transfer-leadership", wrongMethod: noMethod,
            OperatorEndpoints.transferLeadership),
        Route(.get, "/v1/operator/autopilot/configuration", wrongMethod: noMethod, OperatorEndpoints.autopilot),
        Route(.put, "/v1/operator/autopilot/configuration", wrongMethod: noMethod, OperatorEndpoints.setAutopilot),
        Route(.get, "/v1/operator/autopilot/health", wrongMethod: noMethod, OperatorEndpoints.autopilotHealth),
        Route(.get, "/v1/operator/scheduler/configuration", OperatorEndpoints.schedulerConfiguration),
        Route(.write, "/v1/operator/scheduler/configuration", OperatorEndpoints.setSchedulerConfiguration),
        Route(.get, "/v1/operator/license", .agent, OperatorEndpoints.license),
        Route(.write, "/v1/operator/license", .agent, RefusedEndpoints.enterprise),
        Route(.get, "/v1/operator/snapshot", OperatorEndpoints.snapshot),
        Route(.write, "/v1/operator/snapshot", OperatorEndpoints.restoreSnapshot),
        Route(.get, "/v1/operator/keyring/keys", OperatorEndpoints.keys),
        Route(.write, "/v1/operator/keyring/rotate", OperatorEndpoints.changeKeys),
        Route(.delete, "/v1/operator/keyring/key/{key}", OperatorEndpoints.changeKeys),
        Route(.any, "/v1/operator/utilization", .agent, RefusedEndpoints.enterprise),
        Route(.write, "/v1/system/gc", OperatorEndpoints.collectGarbage),
        Route(.write, "/v1/system/reconcile/summaries", OperatorEndpoints.reconcileSummaries),
    ]

    private static let search: [Route] = [
        Route(.write, "/v1/search", SearchEndpoints.prefix),
        Route(.write, "/v1/search/fuzzy", FuzzySearch.search),
        Route(.get, "/v1/scaling/policies", ScalingEndpoints.list),
        Route(.get, "/v1/scaling/policy/{policy}", ScalingEndpoints.get),
        Route(.get, "/v1/event/stream", EventStreamEndpoint.stream),
    ]

    private static let others: [Route] = [
        Route(.any, "/", .agent, PageEndpoints.root),
        Route(.get, "/ui", .agent, PageEndpoints.root),
        Route(.get, "/ui/{path...}", .agent, PageEndpoints.page),
        Route(.get, "/v1/services", RefusedEndpoints.empty),
        Route(.get, "/v1/service/{service}", RefusedEndpoints.empty),
        Route(.get, "/v1/vars", allowsOrigins: true, RefusedEndpoints.empty),
        Route(
            .any, "/v1/var/{path...}", allowsOrigins: true, wrongMethod: APIError(400, "Invalid method"),
            RefusedEndpoints.variable),
        Route(.get, "/v1/volumes", RefusedEndpoints.volumes),
        Route(.write, "/v1/volumes", RefusedEndpoints.registerVolume),
        Route(.get, "/v1/volumes/claims", RefusedEndpoints.empty),
        Route(.get, "/v1/volume/csi/{volume}", RefusedEndpoints.volume),
        Route(.write, "/v1/volume/csi/{volume}", RefusedEndpoints.registerVolume),
        Route(.delete, "/v1/volume/csi/{volume}", RefusedEndpoints.deregisterVolume),
        Route(.write, "/v1/volume/csi/{volume}/create", RefusedEndpoints.registerVolume),
        Route(.get, "/v1/volume/host/{volume}", RefusedEndpoints.volume),
        Route(.any, "/v1/volume/{resource...}", RefusedEndpoints.unknownResource),
        Route(.get, "/v1/plugins", RefusedEndpoints.plugins),
        Route(.get, "/v1/plugin/csi/{plugin}", RefusedEndpoints.plugin),
    ]

    private static let refused: [Route] =
        [
            "/v1/quotas", "/v1/quota", "/v1/quota/{name...}", "/v1/quota-usages", "/v1/sentinel/policies",
            "/v1/sentinel/policy/{name...}", "/v1/recommendations", "/v1/recommendations/apply",
            "/v1/recommendation", "/v1/recommendation/{id...}",
        ].map { Route(.any, $0, .agent, RefusedEndpoints.enterprise) }
        + [
            "/v1/acl/bootstrap", "/v1/acl/policies", "/v1/acl/policy/{name...}", "/v1/acl/tokens", "/v1/acl/token",
            "/v1/acl/token/{accessor...}", "/v1/acl/roles", "/v1/acl/role", "/v1/acl/role/{id...}",
            "/v1/acl/auth-methods", "/v1/acl/auth-method", "/v1/acl/auth-method/{name...}", "/v1/acl/binding-rules",
            "/v1/acl/binding-rule", "/v1/acl/binding-rule/{id...}", "/v1/acl/oidc/auth-url",
            "/v1/acl/oidc/complete-auth", "/v1/acl/login",
        ].map { Route(.any, $0, .agent, RefusedEndpoints.accessControl) }
}
