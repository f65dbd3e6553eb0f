import AccessControl

/// Everything that is served, one line a route.
enum Routes {
    static let all: [Route] =
        jobs + allocations + nodes + client + agent + operators + search + others + refused + accessControl

    private static let jobs: [Route] = [
        Route(.get, "/v1/jobs", needs: .list(.listJobs), JobEndpoints.list),
        Route(.write, "/v1/jobs", needs: .registration([.registerJob]), JobWriteEndpoints.register),
        Route(.write, "/v1/jobs/parse", needs: .namespace(.parseJob), JobCheckEndpoints.parse),
        Route([.get, .post], "/v1/jobs/statuses", needs: .own, JobStatuses.list),
        Route(.write, "/v1/validate/job", needs: .job([.readJob, .planJob]), JobCheckEndpoints.validate),
        Route(.get, "/v1/job/{job...}", needs: .namespace(.readJob), JobEndpoints.get),
        Route(.write, "/v1/job/{job...}", needs: .registration([.registerJob]), JobWriteEndpoints.update),
        Route(.delete, "/v1/job/{job...}", needs: .namespace(.deregisterJob), JobWriteEndpoints.deregister),
        Route(.get, "/v1/job/{job...}/versions", needs: .namespace(.readJob), JobEndpoints.versions),
        Route(
            .write, "/v1/job/{job}/versions/{tag}/tag", needs: .namespace(.tagJobVersion), JobWriteEndpoints.tagVersion),
        Route(
            .delete, "/v1/job/{job}/versions/{tag}/tag", needs: .namespace(.tagJobVersion),
            JobWriteEndpoints.untagVersion),
        Route(.get, "/v1/job/{job...}/allocations", needs: .namespace(.readJob), JobEndpoints.allocations),
        Route(.get, "/v1/job/{job...}/evaluations", needs: .namespace(.readJob), JobEndpoints.evaluations),
        Route(.get, "/v1/job/{job...}/deployments", needs: .namespace(.readJob), JobEndpoints.deployments),
        Route(.get, "/v1/job/{job...}/deployment", needs: .namespace(.readJob), JobEndpoints.latestDeployment),
        Route(.get, "/v1/job/{job...}/summary", needs: .namespace(.readJob), JobEndpoints.summary),
        Route(.get, "/v1/job/{job...}/explain", needs: .namespace(.readJob), JobCheckEndpoints.explain),
        Route(.get, "/v1/job/{job...}/services", needs: .namespace(.readJob), RefusedEndpoints.empty),
        Route(.get, "/v1/job/{job...}/submission", needs: .namespace(.readJob), JobEndpoints.submission),
        Route(.get, "/v1/job/{job...}/actions", needs: .namespace(.readJob), JobEndpoints.actions),
        Route(
            .get, "/v1/job/{job...}/scale", needs: .namespace([.readJobScaling, .readJob]), JobEndpoints.scaleStatus),
        Route(.write, "/v1/job/{job...}/scale", needs: .namespace(.scaleJob), JobWriteEndpoints.scale),
        Route(
            .write, "/v1/job/{job...}/evaluate", needs: .namespace([.evaluateJob, .readJob]), JobWriteEndpoints.evaluate
        ),
        Route(.write, "/v1/job/{job...}/plan", needs: .job([.planJob]), JobCheckEndpoints.plan),
        Route(
            .write, "/v1/job/{job...}/periodic/force", needs: .namespace(.forcePeriodicJob),
            JobWriteEndpoints.forcePeriodic),
        Route(.write, "/v1/job/{job...}/dispatch", needs: .namespace(.dispatchJob), JobWriteEndpoints.dispatch),
        Route(
            .write, "/v1/job/{job...}/dispatch/payload", needs: .namespace(.dispatchJob),
            JobWriteEndpoints.dispatchPayload),
        Route(.write, "/v1/job/{job...}/revert", needs: .namespace(.revertJob), JobWriteEndpoints.revert),
        Route(.write, "/v1/job/{job...}/stable", needs: .namespace(.stableJob), JobWriteEndpoints.setStability),
    ]

    private static let allocations: [Route] = [
        Route(.get, "/v1/allocations", needs: .list(.readJob), AllocationEndpoints.list),
        Route(.get, "/v1/allocation/{alloc}", needs: .allocation(.readJob), AllocationEndpoints.get),
        Route(
            .write, "/v1/allocation/{alloc}/stop", needs: .allocation(.allocationLifecycle), AllocationEndpoints.stop),
        Route(.get, "/v1/allocation/{alloc}/services", needs: .allocation(.readJob), RefusedEndpoints.empty),
        Route(.any, "/v1/allocation/{alloc}/{resource...}", needs: .nothing, AllocationEndpoints.unknownResource),
        Route(.get, "/v1/evaluations", needs: .list(.readJob), EvaluationEndpoints.list),
        Route(.delete, "/v1/evaluations", EvaluationEndpoints.delete),
        Route(.get, "/v1/evaluations/count", needs: .list(.readJob), EvaluationEndpoints.count),
        Route(.get, "/v1/evaluation/{eval...}", needs: .evaluation([.readJob]), EvaluationEndpoints.get),
        Route(
            .get, "/v1/evaluation/{eval...}/allocations", needs: .evaluation([.readJob]),
            EvaluationEndpoints.allocations),
        Route(.get, "/v1/deployments", needs: .list(.readJob), DeploymentEndpoints.list),
        Route(.get, "/v1/deployment/{deployment...}", needs: .deployment([.readJob]), DeploymentEndpoints.get),
        Route(
            .get, "/v1/deployment/allocations/{deployment...}", needs: .deployment([.readJob]),
            DeploymentEndpoints.allocations),
        Route(
            .write, "/v1/deployment/fail/{deployment...}", needs: .deployment([.failDeployment]),
            DeploymentEndpoints.fail),
        Route(
            .write, "/v1/deployment/pause/{deployment...}", needs: .deployment([.pauseDeployment]),
            DeploymentEndpoints.pause),
        Route(
            .write, "/v1/deployment/promote/{deployment...}", needs: .deployment([.promoteDeployment]),
            DeploymentEndpoints.promote),
        Route(
            .write, "/v1/deployment/allocation-health/{deployment...}", needs: .deployment([.setAllocationHealth]),
            DeploymentEndpoints.setHealth),
        Route(
            .write, "/v1/deployment/unblock/{deployment...}", needs: .deployment([.unblockDeployment]),
            DeploymentEndpoints.unblock),
    ]

    private static let nodes: [Route] = [
        Route(.get, "/v1/nodes", needs: .node(.read), NodeEndpoints.list),
        Route(.get, "/v1/node/{node...}", needs: .node(.read), NodeEndpoints.get),
        Route(.get, "/v1/node/{node...}/allocations", needs: .node(.read), NodeEndpoints.allocations),
        Route(.write, "/v1/node/{node...}/evaluate", needs: .node(.write), NodeEndpoints.evaluate),
        Route(.write, "/v1/node/{node...}/drain", needs: .node(.write), NodeEndpoints.drain),
        Route(.write, "/v1/node/{node...}/eligibility", needs: .node(.write), NodeEndpoints.setEligibility),
        Route(.write, "/v1/node/{node...}/purge", needs: .node(.write), NodeEndpoints.purge),
        Route(.get, "/v1/node/pools", needs: .own, NodePoolEndpoints.list),
        Route(.write, "/v1/node/pools", needs: .nodePool("write"), NodePoolEndpoints.put),
        Route(.get, "/v1/node/pool/{pool}", needs: .nodePool("read"), NodePoolEndpoints.get),
        Route(.write, "/v1/node/pool/{pool}", needs: .nodePool("write"), NodePoolEndpoints.put),
        Route(.delete, "/v1/node/pool/{pool}", needs: .nodePool("delete"), NodePoolEndpoints.delete),
        Route(.get, "/v1/node/pool/{pool}/nodes", needs: .node(.read), NodePoolEndpoints.nodes),
        Route(.get, "/v1/node/pool/{pool}/jobs", needs: .list(.listJobs), NodePoolEndpoints.jobs),
        Route(.get, "/v1/namespaces", needs: .own, NamespaceEndpoints.list),
        Route(.write, "/v1/namespace", NamespaceEndpoints.put),
        Route(.get, "/v1/namespace/{namespace}", needs: .own, NamespaceEndpoints.get),
        Route(.write, "/v1/namespace/{namespace}", NamespaceEndpoints.put),
        Route(.delete, "/v1/namespace/{namespace}", NamespaceEndpoints.delete),
    ]

    private static let client: [Route] = [
        Route(
            .get, "/v1/client/stats", .agent, needs: .node(.read), allowsOrigins: true, ClientEndpoints.hostStatistics),
        Route(.any, "/v1/client/gc", .agent, needs: .node(.write), ClientEndpoints.collectAll),
        Route(
            .get, "/v1/client/allocation/{alloc}/stats", .agent, needs: .allocation(.readJob), allowsOrigins: true,
            ClientEndpoints.statistics),
        Route(
            .get, "/v1/client/allocation/{alloc}/checks", .agent, needs: .allocation(.readJob), allowsOrigins: true,
            ClientEndpoints.checks),
        Route(
            .any, "/v1/client/allocation/{alloc}/gc", .agent, needs: .allocation(.collectAllocation),
            allowsOrigins: true, ClientEndpoints.collect),
        Route(
            .any, "/v1/client/allocation/{alloc}/restart", .agent, needs: .allocation(.allocationLifecycle),
            allowsOrigins: true, ClientEndpoints.restart),
        Route(
            .write, "/v1/client/allocation/{alloc}/signal", .agent, needs: .allocation(.allocationLifecycle),
            allowsOrigins: true, ClientEndpoints.signal),
        Route(
            .any, "/v1/client/allocation/{alloc}/exec", .agent, needs: .allocation(.allocationExec),
            allowsOrigins: true, ExecEndpoint.withoutUpgrade),
        Route(
            .any, "/v1/client/allocation/{resource...}", .agent, needs: .nothing, allowsOrigins: true,
            RefusedEndpoints.unknownResource),
        Route(
            .get, "/v1/client/fs/ls/{alloc}", .agent, needs: .allocation(.readFiles), allowsOrigins: true,
            FileEndpoints.list),
        Route(
            .get, "/v1/client/fs/stat/{alloc}", .agent, needs: .allocation(.readFiles), allowsOrigins: true,
            FileEndpoints.stat),
        Route(
            .get, "/v1/client/fs/cat/{alloc}", .agent, needs: .allocation(.readFiles), allowsOrigins: true,
            FileEndpoints.cat),
        Route(
            .get, "/v1/client/fs/readat/{alloc}", .agent, needs: .allocation(.readFiles), allowsOrigins: true,
            FileEndpoints.readAt),
        Route(
            .get, "/v1/client/fs/stream/{alloc}", .agent, needs: .allocation(.readFiles), allowsOrigins: true,
            StreamEndpoints.file),
        Route(
            .get, "/v1/client/fs/logs/{alloc}", .agent, needs: .allocation(.readLogs), allowsOrigins: true,
            StreamEndpoints.logs),
        Route(.any, "/v1/client/fs/{verb...}", .agent, needs: .nothing, allowsOrigins: true, FileEndpoints.unknown),
    ]

    private static let agent: [Route] = [
        Route(.get, "/v1/status/leader", needs: .nothing, AgentEndpoints.leader),
        Route(.get, "/v1/status/peers", needs: .nothing, AgentEndpoints.peers),
        Route(.get, "/v1/regions", .agent, needs: .nothing, AgentEndpoints.regions),
        Route(.get, "/v1/agent/self", .agent, needs: .agent(.read), AgentEndpoints.own),
        Route(.get, "/v1/agent/members", needs: .node(.read), AgentEndpoints.members),
        Route(.get, "/v1/agent/health", .agent, needs: .nothing, AgentEndpoints.health),
        Route(.get, "/v1/agent/servers", .agent, needs: .agent(.read), AgentEndpoints.servers),
        Route(.write, "/v1/agent/servers", .agent, needs: .agent(.write), AgentEndpoints.setServers),
        Route(.write, "/v1/agent/join", .agent, needs: .agent(.write), AgentEndpoints.join),
        Route(.write, "/v1/agent/force-leave", .agent, needs: .agent(.write), AgentEndpoints.forceLeave),
        Route(.get, "/v1/agent/host", .agent, needs: .agent(.write), AgentEndpoints.host),
        Route(.get, "/v1/agent/monitor", .agent, needs: .agent(.read), MonitorEndpoint.follow),
        Route(.get, "/v1/agent/pprof/{profile}", .agent, needs: .agent(.write), AgentEndpoints.profile),
        Route(.get, "/v1/agent/keyring/list", .agent, needs: .agent(.write), AgentEndpoints.gossipKeys),
        Route(.write, "/v1/agent/keyring/{operation}", .agent, needs: .agent(.write), AgentEndpoints.gossipKeys),
        Route(.write, "/v1/agent/reload", .agent, needs: .agent(.write), AgentEndpoints.reload),
        Route(.get, "/v1/agent/schedulers", needs: .agent(.read), AgentEndpoints.schedulerWorkers),
        Route(.get, "/v1/agent/schedulers/config", needs: .agent(.read), AgentEndpoints.schedulerConfiguration),
        Route(.get, "/v1/metrics", .agent, needs: .nothing, MetricsEndpoint.get),
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
        Route(
            .get, "/v1/operator/autopilot/configuration", needs: .operators(.read), wrongMethod: noMethod,
            OperatorEndpoints.autopilot),
        Route(
            .put, "/v1/operator/autopilot/configuration", needs: .operators(.write), wrongMethod: noMethod,
            OperatorEndpoints.setAutopilot),
        Route(
            .get, "/v1/operator/autopilot/health", needs: .operators(.read), wrongMethod: noMethod,
            OperatorEndpoints.autopilotHealth),
        Route(
            .get, "/v1/operator/scheduler/configuration", needs: .operators(.read),
            OperatorEndpoints.schedulerConfiguration),
        Route(
            .write, "/v1/operator/scheduler/configuration", needs: .operators(.write),
            OperatorEndpoints.setSchedulerConfiguration),
        Route(
            .get, "/v1/operator/license", .agent, needs: .operatorCapability("license-read"), OperatorEndpoints.license),
        Route(.write, "/v1/operator/license", .agent, needs: .operators(.write), RefusedEndpoints.enterprise),
        Route(.get, "/v1/operator/snapshot", needs: .operatorCapability("snapshot-save"), OperatorEndpoints.snapshot),
        Route(.write, "/v1/operator/snapshot", OperatorEndpoints.restoreSnapshot),
        Route(.get, "/v1/operator/keyring/keys", needs: .operatorCapability("keyring-read"), OperatorEndpoints.keys),
        Route(
            .write, "/v1/operator/keyring/rotate", needs: .operatorCapability("keyring-rotate"),
            OperatorEndpoints.changeKeys),
        Route(
            .delete, "/v1/operator/keyring/key/{key}", needs: .operatorCapability("keyring-delete"),
            OperatorEndpoints.changeKeys),
        Route(.any, "/v1/operator/utilization", .agent, needs: .operators(.write), RefusedEndpoints.enterprise),
        Route(.write, "/v1/system/gc", OperatorEndpoints.collectGarbage),
        Route(.write, "/v1/system/reconcile/summaries", OperatorEndpoints.reconcileSummaries),
    ]

    private static let search: [Route] = [
        Route(.write, "/v1/search", needs: .own, SearchEndpoints.prefix),
        Route(.write, "/v1/search/fuzzy", needs: .own, FuzzySearch.search),
        Route(.get, "/v1/scaling/policies", needs: .list([.listScalingPolicies, .listJobs]), ScalingEndpoints.list),
        Route(.get, "/v1/scaling/policy/{policy}", needs: .own, ScalingEndpoints.get),
        Route(.get, "/v1/event/stream", needs: .own, EventStreamEndpoint.stream),
    ]

    private static let others: [Route] = [
        Route(.any, "/", .agent, needs: .nothing, PageEndpoints.root),
        Route(.get, "/ui", .agent, needs: .nothing, PageEndpoints.root),
        Route(.get, "/ui/{path...}", .agent, needs: .nothing, PageEndpoints.page),
        Route(.get, "/v1/services", needs: .list(.readJob), RefusedEndpoints.empty),
        Route(.get, "/v1/service/{service}", needs: .list(.readJob), RefusedEndpoints.empty),
        Route(.get, "/v1/vars", needs: .own, allowsOrigins: true, VariableEndpoints.list),
        Route(
            .any, "/v1/var/{path...}", needs: .own, allowsOrigins: true, wrongMethod: APIError(400, "Invalid method"),
            VariableEndpoints.one),
        Route(.get, "/v1/volumes", needs: .list([.listVolumes, .readHostVolume]), VolumeEndpoints.list),
        Route(.write, "/v1/volumes", needs: .own, VolumeEndpoints.register),
        Route(.get, "/v1/volumes/claims", needs: .list([.readHostVolume]), RefusedEndpoints.empty),
        Route(.get, "/v1/volumes/external", needs: .list(.listVolumes), VolumeEndpoints.external),
        Route(.get, "/v1/volumes/snapshot", needs: .list(.listVolumes), VolumeEndpoints.snapshots),
        Route(.write, "/v1/volumes/snapshot", needs: .namespace(.writeVolume), VolumeEndpoints.snapshots),
        Route(.delete, "/v1/volumes/snapshot", needs: .namespace(.writeVolume), VolumeEndpoints.snapshots),
        Route(.get, "/v1/volume/csi/{volume...}", needs: .namespace(.readVolume), VolumeEndpoints.get),
        Route(.write, "/v1/volume/csi/{volume...}", needs: .own, VolumeEndpoints.register),
        Route(.delete, "/v1/volume/csi/{volume...}", needs: .namespace(.writeVolume), VolumeEndpoints.deregister),
        Route(.write, "/v1/volume/csi/{volume...}/create", needs: .own, VolumeEndpoints.create),
        Route(.delete, "/v1/volume/csi/{volume...}/delete", needs: .namespace(.writeVolume), VolumeEndpoints.delete),
        Route(.delete, "/v1/volume/csi/{volume...}/detach", needs: .namespace(.writeVolume), VolumeEndpoints.detach),
        Route(.get, "/v1/volume/host/{volume}", needs: .namespace(.readHostVolume), RefusedEndpoints.hostVolume),
        Route(.any, "/v1/volume/{resource...}", needs: .nothing, RefusedEndpoints.unknownResource),
        Route(.get, "/v1/plugins", needs: .plugin(.list), VolumeEndpoints.plugins),
        Route(.get, "/v1/plugin/csi/{plugin...}", needs: .plugin(.read), VolumeEndpoints.plugin),
    ]

    private static let refused: [Route] =
        [
            "/v1/quotas", "/v1/quota", "/v1/quota/{name...}", "/v1/quota-usages", "/v1/sentinel/policies",
            "/v1/sentinel/policy/{name...}", "/v1/recommendations", "/v1/recommendations/apply",
            "/v1/recommendation", "/v1/recommendation/{id...}",
        ].map { Route(.any, $0, .agent, needs: .nothing, RefusedEndpoints.enterprise) }

    /// Answered 400 while access control is off.
    private static let accessControl: [Route] = [
        Route(.write, "/v1/acl/bootstrap", needs: .nothing, TokenEndpoints.bootstrap),
        Route(.write, AuthorizeEndpoint.path, needs: .own, AuthorizeEndpoint.check),
        Route(.get, "/v1/acl/policies", needs: .own, PolicyEndpoints.list),
        Route(.get, "/v1/acl/policy/self", needs: .token, PolicyEndpoints.own),
        Route(.get, "/v1/acl/policy/{name...}", needs: .own, PolicyEndpoints.get),
        Route(.write, "/v1/acl/policy/{name...}", PolicyEndpoints.put),
        Route(.delete, "/v1/acl/policy/{name...}", PolicyEndpoints.delete),
        Route(.get, "/v1/acl/tokens", TokenEndpoints.list),
        Route(.write, "/v1/acl/token", TokenEndpoints.create),
        Route(.get, "/v1/acl/token/self", needs: .token, TokenEndpoints.own),
        Route(.get, "/v1/acl/token/{accessor...}", needs: .own, TokenEndpoints.get),
        Route(.write, "/v1/acl/token/{accessor...}", TokenEndpoints.update),
        Route(.delete, "/v1/acl/token/{accessor...}", TokenEndpoints.delete),
        Route(.write, "/v1/acl/token/onetime", needs: .token, TokenEndpoints.issueOneTime),
        Route(.write, "/v1/acl/token/onetime/exchange", needs: .nothing, TokenEndpoints.exchangeOneTime),
        Route(.get, "/v1/acl/roles", needs: .own, RoleEndpoints.list),
        Route(.write, "/v1/acl/role", RoleEndpoints.create),
        Route(.get, "/v1/acl/role/{id...}", needs: .own, RoleEndpoints.get),
        Route(.write, "/v1/acl/role/{id...}", RoleEndpoints.update),
        Route(.delete, "/v1/acl/role/{id...}", RoleEndpoints.delete),
        Route(.get, "/v1/acl/role/name/{name...}", needs: .own, RoleEndpoints.getByName),
        Route(.get, "/v1/acl/auth-methods", needs: .nothing, AuthMethodEndpoints.list),
        Route(.write, "/v1/acl/auth-method", AuthMethodEndpoints.put),
        Route(.get, "/v1/acl/auth-method/{name...}", AuthMethodEndpoints.get),
        Route(.write, "/v1/acl/auth-method/{name...}", AuthMethodEndpoints.put),
        Route(.delete, "/v1/acl/auth-method/{name...}", AuthMethodEndpoints.delete),
        Route(.get, "/v1/acl/binding-rules", BindingRuleEndpoints.list),
        Route(.write, "/v1/acl/binding-rule", BindingRuleEndpoints.put),
        Route(.get, "/v1/acl/binding-rule/{id...}", BindingRuleEndpoints.get),
        Route(.write, "/v1/acl/binding-rule/{id...}", BindingRuleEndpoints.put),
        Route(.delete, "/v1/acl/binding-rule/{id...}", BindingRuleEndpoints.delete),
        Route(.write, "/v1/acl/login", needs: .nothing, AuthMethodEndpoints.login),
        Route(.write, "/v1/acl/oidc/auth-url", needs: .nothing, AuthMethodEndpoints.login),
        Route(.write, "/v1/acl/oidc/complete-auth", needs: .nothing, AuthMethodEndpoints.login),
    ]
}
