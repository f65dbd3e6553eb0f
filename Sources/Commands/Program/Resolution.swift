import Base
import CaravanClient

/// Finds out what kind of object an id belongs to, for `status` and `ui`.
struct Resolution {
    let invocation: Invocation

    init(_ invocation: Invocation) { self.invocation = invocation }

    /// Contexts in the order in which several matches are told, with their titles.
    private static let contexts = [
        ("allocs", "Allocations"), ("deployment", "Deployments"), ("evals", "Evaluations"), ("jobs", "Jobs"),
        ("namespaces", "Namespaces"), ("nodes", "Nodes"), ("plugins", "Plugins"),
        ("scaling_policy", "Scaling Policies"),
        ("volumes", "Volumes"),
    ]

    func run(_ id: String) async throws -> Int32 {
        let (context, found) = try await find(id)
        var next = invocation
        next.arguments = [found]
        switch context {
        case "jobs": return try await JobCommands.one(found, next)
        case "allocs": return try await next.run(AllocationCommands.status)
        case "evals": return try await next.run(EvaluationCommands.status)
        case "deployment": return try await next.run(DeploymentCommands.status)
        case "nodes": return try await next.run(NodeCommands.status)
        case "namespaces": return try await next.run(NamespaceCommands.status)
        case "volumes": return try await next.run(VolumeCommands.status)
        case "plugins": return try await next.run(VolumeCommands.pluginStatus)
        case "scaling_policy": return try await next.run(GeneralCommands.scalingInfo)
        default: throw CommandFailure("Unable to resolve ID: \(GoQuote.text(id))")
        }
    }

    /// The context and the whole id of the only match.
    func find(_ id: String) async throws -> (context: String, id: String) {
        let matches = try await search(id)
        if let jobs = matches["jobs"], jobs.contains(id) { return ("jobs", id) }
        let found = Self.contexts.filter { !(matches[$0.0] ?? []).isEmpty }
        if found.isEmpty { throw CommandFailure("Unable to resolve ID: \(GoQuote.text(id))") }
        if found.count == 1, let ids = matches[found[0].0], ids.count == 1 { return (found[0].0, ids[0]) }
        var message = "Multiple matches found for id \(GoQuote.text(id))"
        for (context, title) in found {
            message += "\n\n\(title):\n" + (matches[context] ?? []).map { shown($0, context) }.joined(separator: ", ")
        }
        throw CommandFailure(message)
    }

    private func shown(_ id: String, _ context: String) -> String {
        ["jobs", "namespaces", "plugins", "volumes"].contains(context) ? id : invocation.show.id(id)
    }

    private func search(_ id: String) async throws -> [String: [String]] {
        let client = try invocation.client
        do {
            let answer = try await client.search(prefix: id)
            var matches: [String: [String]] = [:]
            for (context, ids) in answer.entries("Matches") {
                matches[context] = (ids.arrayValue ?? []).compactMap(\.stringValue).sorted()
            }
            return matches
        } catch let error as ClientError {
            guard let status = error.status, [404, 405, 501].contains(status) else {
                throw CommandFailure("Error querying search with id: \(error.message)", advice: error.advice)
            }
            return try await lists(id)
        }
    }

    /// The same from the lists, for servers without a search.
    private func lists(_ id: String) async throws -> [String: [String]] {
        let client = try invocation.client
        var matches: [String: [String]] = [:]
        matches["jobs"] = try await invocation.doing("Error querying jobs") {
            try await client.jobs(QueryOptions(prefix: id)).map { $0.text("ID") }.sorted()
        }
        let digits = id.filter { $0 != "-" }
        guard id.count >= 2, id.count <= 36, digits.allSatisfy(\.isHexDigit) else { return matches }
        let options = QueryOptions(prefix: try Lookup.prefix(id))
        matches["allocs"] = try? await client.allocations(options).map { $0.text("ID") }
        matches["evals"] = try? await client.evaluations(options).json().arrayValue?.map { $0.text("ID") }
        matches["deployment"] = try? await client.deployments(options).map { $0.text("ID") }
        matches["nodes"] = try? await client.nodes(options).map { $0.text("ID") }
        return matches.mapValues { ids in ids.filter { $0.hasPrefix(id.lowercased()) || $0.hasPrefix(id) }.sorted() }
    }
}

extension Invocation {
    /// Runs another command of the table in place of this one, with the flags that both have.
    func run(_ command: Command) async throws -> Int32 {
        var next = self
        next.command = command
        return try await command.run(next)
    }
}
