import AccessControl
import Base
import Model
import Server
import State

/// `/v1/search/fuzzy`: things whose names contain a text, whatever its case.
enum FuzzySearch {
    /// Shortest text.
    static let textMin = 2
    /// Objects looked at per context.
    static let scannedMax = 20
    /// Matches shown per kind.
    static let matchesMax = 100

    struct Match: Hashable {
        var name: String
        var scope: [String]

        var tree: JSON {
            [
                "ID": .string(name),
                "Scope": scope.isEmpty ? .null : .array(scope.map { .string($0) }),
            ]
        }
    }

    static func search(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let body = try call.request.object()
        let text = try body.readText("Text") ?? ""
        let name = try body.readText("Context") ?? ""
        let contexts = try SearchEndpoints.allowed(try SearchEndpoints.contexts(name), call, options)
        guard text.count >= textMin else {
            throw APIError.failed("fuzzy search query must be at least \(textMin) characters, got \(text.count)")
        }
        let state = try call.server().committed
        var found: [String: [Match]] = [:]
        var truncations = JSONObject()
        var matches = JSONObject()
        for context in contexts {
            switch context {
            case .evals, .deployment, .scalingPolicy:
                // Names of these are ids, so only their beginnings can be searched.
                let all = SearchEndpoints.ids(context, "", state, options.namespaceSelection, call.rights)
                let wanted = UUIDPrefix.normal(text)
                let fitting = all.filter { UUIDPrefix.normal($0).hasPrefix(wanted) }
                truncations[context.rawValue] = .bool(all.count > scannedMax)
                matches[context.rawValue] = .array(fitting.prefix(matchesMax).map { Match(name: $0, scope: []).tree })
            default:
                let scanned = collect(
                    context, text.lowercased(), state, options.namespaceSelection, call.rights, &found)
                truncations[context.rawValue] = .bool(scanned > scannedMax)
                // Clients expect their list also when it is empty.
                if context == .volumes { matches[context.rawValue] = [] }
            }
        }
        for (kind, list) in found where !list.isEmpty {
            matches[kind] = .array(sorted(list, text.lowercased()).prefix(matchesMax).map(\.tree))
        }
        return SearchEndpoints.answer(matches, truncations, contexts, state)
    }

    /// Earlier in the name first, then shorter names, then by alphabet.
    private static func sorted(_ matches: [Match], _ text: String) -> [Match] {
        func place(_ match: Match) -> Int {
            guard let range = match.name.lowercased().firstRange(of: text) else { return .max }
            return match.name.lowercased().distance(from: match.name.lowercased().startIndex, to: range.lowerBound)
        }
        return Set(matches).sorted { a, b in
            let (x, y) = (place(a), place(b))
            if x != y { return x < y }
            if a.name.count != b.name.count { return a.name.count < b.name.count }
            return a.name != b.name ? a.name < b.name : a.scope.lexicographicallyPrecedes(b.scope)
        }
    }

    /// Looks through one kind of object; returns how many there are.
    private static func collect(
        _ context: SearchEndpoints.Context, _ text: String, _ state: State, _ namespace: String?,
        _ rights: AccessRights, _ found: inout [String: [Match]]
    ) -> Int {
        func note(_ kind: String, _ name: String, _ scope: [String]) {
            if name.lowercased().contains(text) { found[kind, default: []].append(Match(name: name, scope: scope)) }
        }
        func mayFind(_ other: String) -> Bool {
            guard let namespace else { return context.isAllowed(rights, namespace: other) }
            return other == namespace
        }
        switch context {
        case .jobs:
            let jobs = state.allJobs(namespace: namespace).filter { mayFind($0.job.namespace) }
            for shared in jobs.prefix(scannedMax) { names(in: shared.job, note) }
            return jobs.count
        case .nodes:
            let nodes = state.allNodes
            for node in nodes.prefix(scannedMax) { note("nodes", node.name, [node.id.text]) }
            return nodes.count
        case .allocs:
            let allocations = state.allAllocations.filter { mayFind($0.namespace) && !$0.isTerminal }
            for allocation in allocations.prefix(scannedMax) {
                note("allocs", allocation.name, [allocation.namespace, allocation.id.text])
            }
            return allocations.count
        case .namespaces:
            let namespaces = state.allNamespaces.filter { rights.sees(namespace: $0.name) }
            for namespace in namespaces.prefix(scannedMax) { note("namespaces", namespace.name, []) }
            return namespaces.count
        case .plugins:
            let plugins = state.pluginIDs
            for id in plugins.prefix(scannedMax) { note("plugins", id, []) }
            return plugins.count
        case .volumes:
            let volumes = state.allVolumes(namespace: namespace).filter { mayFind($0.namespace) }
            for volume in volumes.prefix(scannedMax) { note("volumes", volume.id, [volume.namespace]) }
            return volumes.count
        default: return 0
        }
    }

    /// A job with what is named inside it.
    private static func names(in job: Job, _ note: (String, String, [String]) -> Void) {
        let scope = [job.namespace, job.id]
        note("jobs", job.name, scope)
        for group in job.taskGroups {
            note("groups", group.name, scope)
            for service in group.services { note("services", service.name, scope + [group.name]) }
            for task in group.tasks {
                let inside = scope + [group.name, task.name]
                note("tasks", task.name, scope + [group.name])
                for service in task.services { note("services", service.name, inside) }
                switch task.driver {
                case "docker": note("images", task.config["image"]?.stringValue ?? "", inside)
                case "exec", "raw_exec": note("commands", task.config["command"]?.stringValue ?? "", inside)
                case "java": note("classes", task.config["class"]?.stringValue ?? "", inside)
                default: break
                }
            }
        }
    }
}
