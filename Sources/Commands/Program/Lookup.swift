import Base
import CaravanClient

/// Finds the one object that an id or a unique prefix means.
struct Lookup {
    let invocation: Invocation

    /// Fewest characters of an id that are taken.
    private static let prefixMin = 2

    /// The stub of the job with this id, or the only one whose id starts with it.
    func job(_ id: String, doing: String = "Error querying job") async throws -> JSON {
        let client = try invocation.client
        let jobs = try await invocation.doing(doing) { try await client.jobs(QueryOptions(prefix: id)) }
        guard let first = jobs.first else {
            throw CommandFailure("No job(s) with prefix or id \"\(id)\" found")
        }
        if let exact = jobs.first(where: { $0.text("ID") == id }) { return exact }
        if jobs.count > 1 {
            let table = JobLayout.list(jobs, allNamespaces: invocation.asksAllNamespaces, show: invocation.show)
            throw CommandFailure("Prefix matched multiple jobs\n\n" + table.joined(separator: "\n"))
        }
        return first
    }

    /// Options that ask in the namespace of a stub, which matters with `-namespace=*`.
    func options(for stub: JSON) -> QueryOptions {
        var namespace = stub.text("Namespace")
        if namespace.isEmpty { namespace = stub.child("JobSummary").text("Namespace") }
        return QueryOptions(namespace: namespace.isEmpty ? nil : namespace)
    }

    /// The stub of an allocation.
    func allocation(_ id: String, doing: String = "Error querying allocation") async throws -> JSON {
        let client = try invocation.client
        let options = QueryOptions(prefix: try Self.prefix(id))
        let stubs = try await invocation.doing(doing) { try await client.allocations(options) }
        return try only(
            stubs, id, none: "No allocation(s) with prefix or id \"\(id)\" found", several: "allocations"
        ) { AllocationLayout.list($0, show: invocation.show) }
    }

    /// A random running allocation of a job, for `-job`.
    func runningAllocation(ofJob id: String, group: String) async throws -> JSON {
        let client = try invocation.client
        let stub = try await job(id)
        let options = options(for: stub)
        let jobID = stub.text("ID")
        let all = try await invocation.doing("Error querying job allocations") {
            try await client.allocations(job: jobID, options)
        }
        let candidates = all.filter { group.isEmpty || $0.text("TaskGroup") == group }
        if candidates.isEmpty { throw CommandFailure("No allocations found for job \"\(id)\"") }
        let running = candidates.filter { $0.text("ClientStatus") == "running" }
        var generator = SystemRandomNumberGenerator()
        guard let chosen = (running.isEmpty ? candidates : running).randomElement(using: &generator) else {
            throw CommandFailure("No running allocations found for job \"\(id)\"")
        }
        return chosen
    }

    /// The stub of a node; `words` is what the message calls the id.
    func node(_ id: String, words: String = "prefix or id", doing: String) async throws -> JSON {
        let client = try invocation.client
        let options = QueryOptions(prefix: try Self.prefix(id))
        let stubs = try await invocation.doing(doing) { try await client.nodes(options) }
        return try only(stubs, id, none: "No node(s) with \(words) \"\(id)\" found", several: "nodes") {
            NodeLayout.list($0, show: invocation.show, options: NodeListOptions())
        }
    }

    /// A deployment.
    func deployment(_ id: String) async throws -> JSON {
        let client = try invocation.client
        let options = QueryOptions(prefix: try Self.prefix(id))
        let doing = "Error retrieving deployment"
        let found = try await invocation.doing(doing) { try await client.deployments(options) }
        return try only(
            found, id, none: "\(doing): Deployment ID \"\(id)\" matched no deployments", several: "deployments"
        ) { DeploymentLayout.list($0, show: invocation.show) }
    }

    /// An evaluation.
    func evaluation(_ id: String) async throws -> JSON {
        let client = try invocation.client
        let options = QueryOptions(prefix: try Self.prefix(id))
        let found = try await invocation.doing("Error querying evaluation") {
            try await client.evaluations(options).json().arrayValue ?? []
        }
        return try only(
            found, id, none: "No evaluation(s) with prefix or id \"\(id)\" found", several: "evaluations"
        ) { EvaluationLayout.list($0, show: invocation.show) }
    }

    /// The only one whose id begins with the prefix.
    /// - Throws: the message `none`, or one with a table of all that the prefix matches.
    private func only(
        _ stubs: [JSON], _ id: String, none: String, several: String, table: ([JSON]) -> [String]
    ) throws -> JSON {
        let matches = stubs.filter { $0.text("ID").hasPrefix(id.lowercased()) }
        guard let first = matches.first else { throw CommandFailure(none) }
        if matches.count > 1 {
            throw CommandFailure("Prefix matched multiple \(several)\n\n" + table(matches).joined(separator: "\n"))
        }
        return first
    }

    /// The API looks ids up by whole bytes, so a last odd digit is left to the caller's own comparison.
    static func prefix(_ id: String) throws -> String {
        if id.count < prefixMin {
            throw CommandFailure("Identifier must contain at least two characters.")
        }
        let digits = id.filter { $0 != "-" }.count
        return (digits % 2 == 0 ? id : String(id.dropLast())).lowercased()
    }
}

extension Invocation {
    var lookup: Lookup { Lookup(invocation: self) }

    /// Whether `-namespace=*` or its variable is given.
    var asksAllNamespaces: Bool { connection?.configuration.namespace == "*" }
}
