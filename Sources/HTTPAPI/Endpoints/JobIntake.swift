import Base
import ControlPlane
import Model
import Server
import State

/// The way of a submitted job from the request's tree to the value that the cluster takes.
struct JobIntake {
    private let admitted: JobAdmission.Prepared
    private let defaults: AdmissionDefaults
    private let rules: ValidationRules

    /// The job with all that it implies.
    var job: Job { admitted.job }
    var report: ValidationReport { admitted.report }

    /// Reads the `Job` of a request.
    /// - Parameters:
    ///   - pathID: the id in the path, which the job must have; nil where there is none.
    ///   - namespace: of the request; counts when the job names none.
    /// - Throws: 400 when there is no job, it has no id, another one than the path's, or a field of the wrong kind.
    init(_ body: JSONObject, pathID: String?, namespace: String, defaults: AdmissionDefaults, rules: ValidationRules)
        throws(APIError)
    {
        guard var tree = try body.readObject("Job") else { throw .badRequest("Job must be specified") }
        let id = try tree.readText("ID") ?? ""
        guard !id.isEmpty else {
            throw .badRequest(pathID == nil ? "Job ID hasn't been provided" : "Job must have a valid ID")
        }
        if let pathID, pathID != id { throw .badRequest("Job ID does not match") }
        if (try tree.readText("Namespace") ?? "").isEmpty { Self.set("Namespace", .string(namespace), in: &tree) }
        if (try tree.readText("Region") ?? "").isEmpty { Self.set("Region", .string(defaults.agentRegion), in: &tree) }
        self.defaults = defaults
        self.rules = rules
        do {
            let job = try JobAdmission.read(.object(tree), defaults)
            admitted = JobAdmission.admit(job, rules: rules)
        } catch {
            throw .badRequest("the job can't be read: \(error)")
        }
    }

    /// The job, if nothing stands against registering it.
    func valid() throws(APIError) -> Job {
        do {
            try JobAdmission.check(admitted, defaults, rules: rules)
        } catch {
            throw error.httpStatus == 400 ? .badRequest("\(error)") : .failed("\(error)")
        }
        return job
    }

    /// Sets a member whose name may stand in another case.
    private static func set(_ name: String, _ value: JSON, in object: inout JSONObject) {
        let lower = name.lowercased()
        for other in object.names where other.lowercased() == lower { object[other] = nil }
        object[name] = value
    }
}

extension APICall {
    /// Reads the `Job` of this request's body.
    func intake(_ body: JSONObject, pathID: String? = nil) throws(APIError) -> JobIntake {
        var rules = ValidationRules()
        let server = try server()
        let (state, settings) = (server.committed, server.settings)
        (rules.priorityMax, rules.countMax) = (settings.jobPriorityMax, settings.jobCountMax)
        rules.isMemoryOversubscriptionEnabled = state.schedulerConfiguration.memoryOversubscriptionEnabled
        rules.oversubscriptionByPool = state.oversubscriptionByPool
        var defaults = AdmissionDefaults(agentRegion: context.agent.region)
        defaults.priority = settings.jobDefaultPriority
        return try JobIntake(body, pathID: pathID, namespace: namespace, defaults: defaults, rules: rules)
    }
}
