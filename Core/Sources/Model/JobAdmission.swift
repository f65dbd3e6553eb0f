public import Base

/// The way of a submitted job into the cluster: the JSON of a client becomes a stored job, or an answer why not.
///
/// ```
/// tree ─read─▶ Job ─admit─▶ Job with all that it implies + ValidationReport ─prepare─▶ Job or refusal
/// ```
/// `/v1/validate/job` reads and admits, and answers with the report. Registration and plan prepare.
public enum JobAdmission {
    /// A submission on its way, with what to tell its sender.
    public struct Prepared: Hashable, Sendable {
        public var job: Job
        public var report: ValidationReport
    }

    /// Reads the `Job` member of a request: completes it, fills in the defaults, takes region and namespace from
    /// the request or the agent. Throws `.malformed` when a field has the wrong kind of value.
    public static func read(_ tree: JSON, _ defaults: AdmissionDefaults) throws(AdmissionError) -> Job {
        do {
            return try JobWire.job(submitted: tree) { job in
                let region = job.text("Region")
                if let asked = defaults.requestRegion {
                    job["Region"] = .string(asked)
                } else if region.isEmpty || region == "global" {
                    job["Region"] = .string(defaults.agentRegion)
                }
                if let asked = defaults.requestNamespace { job["Namespace"] = .string(asked) }
                if job.text("Namespace").isEmpty { job["Namespace"] = "default" }
                if job["Priority"] == 0 { job["Priority"] = .int(Int64(defaults.priority)) }
            }
        } catch {
            throw .malformed(error)
        }
    }

    /// Adds what the job implies (mesh proxies, constraints) and holds it against the rules. Never refuses.
    public static func admit(_ job: Job, rules: ValidationRules = ValidationRules()) -> Prepared {
        var job = job
        MeshExpansion.expand(&job)
        ImpliedConstraints.add(to: &job)
        return Prepared(job: job, report: Validation.report(job, rules: rules))
    }

    /// Reads and admits a job for registration or plan. The report of the answer has warnings only: errors throw.
    public static func prepare(
        _ tree: JSON, _ defaults: AdmissionDefaults = AdmissionDefaults(), rules: ValidationRules = ValidationRules()
    ) throws(AdmissionError) -> Prepared {
        let prepared = admit(try read(tree, defaults), rules: rules)
        try check(prepared, defaults, rules: rules)
        return prepared
    }

    /// Throws what keeps an admitted job from being registered or planned: what its type can't have, a region or
    /// namespace that isn't there, every rule it breaks, a Vault that isn't there.
    public static func check(
        _ prepared: Prepared, _ defaults: AdmissionDefaults, rules: ValidationRules
    ) throws(AdmissionError) {
        let job = prepared.job
        if job.type == JobType.system.rawValue, job.taskGroups.contains(where: { $0.scaling != nil }) {
            throw .unsupported("Task groups with job type system do not support scaling stanzas")
        }
        if job.region != defaults.agentRegion || job.multiregion != nil { throw .refused("No path to region") }
        if let known = defaults.knownNamespaces, !known.contains(job.namespace) {
            throw .refused("job \"\(job.id)\" is in nonexistent namespace \"\(job.namespace)\"")
        }
        guard prepared.report.isValid else { throw .invalid(prepared.report) }
        if !rules.isVaultEnabled, job.taskGroups.contains(where: { $0.tasks.contains { $0.vault != nil } }) {
            throw .refused("Vault not enabled and Vault policies requested")
        }
        if job.payload.map({ !$0.isEmpty }) ?? false {
            throw .refused("job can't be submitted with a payload, only dispatched")
        }
    }
}

/// What a submission takes from its request and from the agent that received it.
public struct AdmissionDefaults: Hashable, Sendable {
    /// The region asked for in the request's query or body; wins over the job's.
    public var requestRegion: String?
    /// The namespace asked for in the request's query or body; wins over the job's.
    public var requestNamespace: String?
    public var agentRegion = "global"
    /// The namespaces that exist; nil leaves the question to whoever takes the job in.
    public var knownNamespaces: Set<String>?
    /// What a priority of 0 stands for.
    public var priority = 50

    public init(requestRegion: String? = nil, requestNamespace: String? = nil, agentRegion: String = "global") {
        self.requestRegion = requestRegion
        self.requestNamespace = requestNamespace
        self.agentRegion = agentRegion
    }
}

/// Why a submitted job is not taken.
public enum AdmissionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A field has the wrong kind of value: status 400.
    case malformed(WireError)
    /// The request asks for what the job's type can't have: status 400.
    case unsupported(String)
    /// The job breaks rules; the report names all of them: status 500.
    case invalid(ValidationReport)
    /// The cluster lacks what the job needs: status 500.
    case refused(String)

    public var httpStatus: Int {
        switch self {
        case .malformed, .unsupported: 400
        case .invalid, .refused: 500
        }
    }

    /// The text of the answer.
    public var description: String {
        switch self {
        case .malformed(let error): "error decoding job: \(error)"
        case .unsupported(let text), .refused(let text): text
        case .invalid(let report): report.errors.text
        }
    }
}
