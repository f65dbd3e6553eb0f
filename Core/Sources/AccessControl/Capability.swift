/// What may be done in a namespace. The raw values are the words of the policy language.
public enum Capability: String, CaseIterable, Hashable, Sendable {
    /// Overrides all others.
    case deny
    case listJobs = "list-jobs"
    case parseJob = "parse-job"
    case readJob = "read-job"
    case submitJob = "submit-job"
    case registerJob = "register-job"
    case planJob = "plan-job"
    case revertJob = "revert-job"
    case deregisterJob = "deregister-job"
    case purgeJob = "purge-job"
    case evaluateJob = "evaluate-job"
    case stableJob = "stable-job"
    case tagJobVersion = "tag-job-version"
    case dispatchJob = "dispatch-job"
    case forcePeriodicJob = "force-periodic-job"
    case failDeployment = "fail-deployment"
    case pauseDeployment = "pause-deployment"
    case promoteDeployment = "promote-deployment"
    case unblockDeployment = "unblock-deployment"
    case cancelDeployment = "cancel-deployment"
    case setAllocationHealth = "set-alloc-health-deployment"
    case collectAllocation = "gc-allocation"
    case pauseAllocation = "pause-allocation"
    case deleteServiceRegistration = "delete-service-registration"
    case readLogs = "read-logs"
    case readFiles = "read-fs"
    case allocationExec = "alloc-exec"
    case allocationNodeExec = "alloc-node-exec"
    case allocationLifecycle = "alloc-lifecycle"
    case sentinelOverride = "sentinel-override"
    case registerPlugin = "csi-register-plugin"
    case writeVolume = "csi-write-volume"
    case readVolume = "csi-read-volume"
    case listVolumes = "csi-list-volume"
    case mountVolume = "csi-mount-volume"
    case createHostVolume = "host-volume-create"
    case registerHostVolume = "host-volume-register"
    case readHostVolume = "host-volume-read"
    case writeHostVolume = "host-volume-write"
    case deleteHostVolume = "host-volume-delete"
    case listScalingPolicies = "list-scaling-policies"
    case readScalingPolicy = "read-scaling-policy"
    case readJobScaling = "read-job-scaling"
    case scaleJob = "scale-job"
    case submitRecommendation = "submit-recommendation"

    /// What the short-hand policies of a namespace stand for, as a policy's `RulesJSON` lists it; nil for other words.
    static func expansion(ofPolicy policy: String) -> [Capability]? {
        let read: [Capability] = [
            .listJobs, .readJob, .listVolumes, .readVolume, .readJobScaling, .listScalingPolicies, .readScalingPolicy,
        ]
        switch policy {
        case "deny": return [.deny]
        case "read": return read
        case "write":
            return read + [
                .scaleJob, .submitJob, .dispatchJob, .readLogs, .readFiles, .allocationExec, .allocationLifecycle,
                .mountVolume, .writeVolume, .submitRecommendation,
            ]
        case "scale":
            return [
                .listScalingPolicies, .readScalingPolicy, .readJobScaling, .scaleJob, .readJob, .submitRecommendation,
            ]
        default: return nil
        }
    }

    /// What a short-hand grants beyond the list that it shows: capabilities younger than the short-hand.
    static func silentExpansion(ofPolicy policy: String) -> [Capability] {
        switch policy {
        case "read": [.parseJob, .readHostVolume]
        case "write": [.parseJob, .readHostVolume, .createHostVolume]
        default: []
        }
    }

    /// What comes with a capability.
    var implied: [Capability] {
        switch self {
        case .writeHostVolume: [.registerHostVolume, .createHostVolume, .deleteHostVolume, .readHostVolume]
        case .registerHostVolume: [.createHostVolume, .readHostVolume]
        case .createHostVolume: [.readHostVolume]
        case .submitJob:
            [
                .parseJob, .registerJob, .planJob, .revertJob, .deregisterJob, .purgeJob, .evaluateJob, .stableJob,
                .tagJobVersion, .forcePeriodicJob, .failDeployment, .pauseDeployment, .promoteDeployment,
                .unblockDeployment, .cancelDeployment, .setAllocationHealth, .collectAllocation, .pauseAllocation,
                .deleteServiceRegistration, .scaleJob,
            ]
        case .dispatchJob: [.forcePeriodicJob]
        case .readFiles: [.readLogs]
        default: []
        }
    }
}

/// What may be done with the variables under a path.
public enum VariableCapability: String, CaseIterable, Hashable, Sendable {
    case deny, list, read, write, destroy
}

/// How far the policy of a whole kind of thing goes: nodes, the agent, the operator's tools, quotas.
public enum AccessLevel: String, Hashable, Sendable {
    case deny, read, list, write

    /// Which of two levels from different policies holds.
    var rank: Int {
        switch self {
        case .read: 0
        case .list: 1
        case .write: 2
        case .deny: 3
        }
    }
}
