import AccessControl
import Base
import Model
import Server
import State

/// `/v1/search`: ids that begin with a text.
enum SearchEndpoints {
    /// Ids shown per context.
    static let matchesMax = 20

    /// What can be searched, in the order in which the error names it.
    enum Context: String, CaseIterable {
        case allocs, jobs, nodes, evals, deployment, plugins, volumes
        case scalingPolicy = "scaling_policy"
        case namespaces

        /// Whether the ids are UUIDs.
        var isUUID: Bool {
            switch self {
            case .allocs, .nodes, .evals, .deployment, .scalingPolicy: true
            case .jobs, .plugins, .volumes, .namespaces: false
            }
        }

        /// Whether somebody may search it in a namespace; nil: in all of them, each hit by itself.
        func isAllowed(_ rights: AccessRights, namespace: String?) -> Bool {
            if rights.isManagement { return true }
            let wanted: [Capability] =
                switch self {
                case .nodes: []
                case .plugins: []
                case .namespaces: []
                case .volumes: [.listVolumes, .readVolume]
                case .scalingPolicy: [.listScalingPolicies, .listJobs, .readJob]
                case .jobs: [.listJobs, .readJob]
                case .allocs, .evals, .deployment: [.readJob]
                }
            switch self {
            case .nodes: return rights.allowsNode(.read)
            case .plugins: return rights.allowsPlugin(.list)
            case .namespaces: return true
            default:
                guard let namespace else { return rights.allowsSomewhere(wanted) }
                return rights.allows(wanted, namespace: namespace)
            }
        }

        var tables: [Table] {
            switch self {
            case .allocs: [.allocations]
            case .jobs, .scalingPolicy: [.jobs]
            case .nodes: [.nodes]
            case .evals: [.evaluations]
            case .deployment: [.deployments]
            case .plugins: [.plugins]
            case .volumes: [.volumes]
            case .namespaces: [.namespaces]
            }
        }
    }

    static func contexts(_ text: String) throws(APIError) -> [Context] {
        if text == "all" { return Context.allCases }
        guard let context = Context(rawValue: text) else {
            let names = Context.allCases.map(\.rawValue).joined(separator: " ")
            throw .failed("context must be one of [\(names)] or 'all' for all contexts; got \"\(text)\"")
        }
        return [context]
    }

    static func prefix(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let body = try call.request.object()
        let prefix = try body.readText("Prefix") ?? ""
        let name = try body.readText("Context") ?? ""
        let contexts = try allowed(try contexts(name), call, options)
        let state = try call.server().committed
        var matches = JSONObject()
        var truncations = JSONObject()
        for context in contexts {
            // A text that no id can begin with is no error when everything is searched.
            if context.isUUID, context != .scalingPolicy, name == "all", !UUIDPrefix.isPossible(prefix) { continue }
            var found = ids(context, prefix, state, options.namespaceSelection, call.rights)
            truncations[context.rawValue] = .bool(found.count > matchesMax)
            found = Array(found.prefix(matchesMax))
            matches[context.rawValue] = found.isEmpty ? .null : .array(found.map { .string($0) })
        }
        return answer(matches, truncations, contexts, state)
    }

    /// Those of the contexts that the caller may search; 403 when there is none.
    static func allowed(
        _ contexts: [Context], _ call: APICall, _ options: QueryOptions
    ) throws(APIError) -> [Context] {
        let allowed = contexts.filter { $0.isAllowed(call.rights, namespace: options.namespaceSelection) }
        // Everybody may search for namespaces, and finds those that are open to him: alone they are nothing.
        if contexts.count > 1, allowed == [.namespaces], !call.rights.isManagement { throw Gate.denied }
        guard !allowed.isEmpty else { throw Gate.denied }
        return allowed
    }

    /// `SearchResponse`, with the newest index of what was searched.
    static func answer(
        _ matches: JSONObject, _ truncations: JSONObject, _ contexts: [Context], _ state: State
    ) -> APIResponse {
        let index = contexts.map { APICall.index(of: $0.tables, in: state) }.max() ?? 1
        let tree: JSON = [
            "Matches": .object(matches), "Truncations": .object(truncations), "Index": .int(Int64(clamping: index)),
            "KnownLeader": true, "LastContact": 0, "NextToken": "",
        ]
        return APICall.withReadHeaders(.json(tree), index: index)
    }

    /// Ids of a context that begin with a text, in order.
    static func ids(
        _ context: Context, _ prefix: String, _ state: State, _ namespace: String?, _ rights: AccessRights
    ) -> [String] {
        func mayFind(_ other: String) -> Bool {
            guard let namespace else { return context.isAllowed(rights, namespace: other) }
            return other == namespace
        }
        func chosen<Kind>(_ ids: [ID<Kind>]) -> [String] {
            let wanted = UUIDPrefix.normal(prefix)
            return ids.filter { UUIDText.digits(of: $0).hasPrefix(wanted) }.sorted().map(\.text)
        }
        switch context {
        case .allocs:
            return chosen(state.allAllocations.filter { mayFind($0.namespace) }.map(\.id))
        case .evals:
            return chosen(state.allEvaluations.filter { mayFind($0.namespace) }.map(\.id))
        case .deployment:
            return chosen(state.allDeployments.filter { mayFind($0.namespace) }.map(\.id))
        case .nodes: return chosen(state.allNodes.map(\.id))
        case .jobs:
            return state.allJobs(namespace: namespace, prefix: prefix).map(\.job).filter { mayFind($0.namespace) }
                .map(\.id)
        case .namespaces:
            return state.allNamespaces.map(\.name).filter { $0.hasPrefix(prefix) && rights.sees(namespace: $0) }
        case .scalingPolicy:
            let wanted = UUIDPrefix.normal(prefix)
            return ScalingEndpoints.all(state, namespace: namespace).filter { mayFind($0.job.namespace) }.map(\.id)
                .filter { $0.filter { $0 != "-" }.hasPrefix(wanted) }.sorted()
        case .plugins: return state.pluginIDs.filter { $0.hasPrefix(prefix) }
        case .volumes:
            return state.allVolumes(namespace: namespace, prefix: prefix).filter { mayFind($0.namespace) }.map(\.id)
        }
    }
}

/// Prefixes in searches: of any length, unlike those of lists.
enum UUIDPrefix {
    static func isPossible(_ text: String) -> Bool {
        text.utf8.count <= 36 && text.allSatisfy { $0 == "-" || $0.isASCII && $0.isHexDigit }
    }

    /// Lower case without hyphens.
    static func normal(_ text: String) -> String { text.lowercased().filter { $0 != "-" } }
}
