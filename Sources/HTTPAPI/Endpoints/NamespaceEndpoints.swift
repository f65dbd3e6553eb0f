import Base
import ControlPlane
import Model
import State

/// `/v1/namespaces` and `/v1/namespace/:name`; `/v1/node/pools` and `/v1/node/pool/:name`.
enum NamespaceEndpoints {
    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        return try await call.read([.namespaces]) { state in
            let namespaces = state.allNamespaces.filter { $0.name.hasPrefix(options.prefix) }
            let page = try Page(namespaces, options) {
                .id($0.name)
            } whole: {
                try tree($0)
            }
            return try .list(page) { try tree($0) }
        }
    }

    private static func tree(_ namespace: Namespace) throws -> JSON {
        guard case .object(var object) = try WireEncoder().encode(namespace) else { return .null }
        object["Hash"] = .string(hash(of: namespace))
        return .object(object)
    }

    /// Tells contents apart; the same for the same contents.
    private static func hash(of namespace: Namespace) -> String {
        var bytes: [UInt8] = []
        for part in 0..<4 {
            var hash = StableHash()
            hash.combine(UInt64(part))
            for text in [namespace.name, namespace.description, namespace.quota] { hash.combine(text) }
            for (key, value) in namespace.meta.sorted(by: { $0.key < $1.key }) {
                hash.combine(key)
                hash.combine(value)
            }
            hash.combine(namespace.capabilities?.text ?? "")
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(hash.value >> UInt64(shift) & 255)) }
        }
        return Base64.encode(bytes)
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let name = call.capture("namespace")
        guard !name.isEmpty else { throw APIError.badRequest("Missing Namespace Name") }
        return try await call.read([.namespaces]) { state in
            state.namespace(name)?.modifyIndex
        } answer: { state in
            guard let namespace = state.namespace(name) else { throw APIError.notFound("Namespace not found") }
            return .json(try tree(namespace))
        }
    }

    static func put(_ call: APICall) async throws -> APIResponse {
        let tree = try call.request.json()
        var namespace: Namespace
        do {
            namespace = try WireDecoder().decode(Namespace.self, from: tree)
        } catch {
            throw APIError.badRequest("the namespace can't be read: \(error)")
        }
        if let name = call.captures["namespace"] {
            guard !name.isEmpty else { throw APIError.badRequest("Missing Namespace Name") }
            guard name == namespace.name else {
                throw APIError.badRequest("Namespace name does not match request path")
            }
        }
        namespace.hash = hash(of: namespace)
        return .done(try await call.submit(.putNamespace(namespace)).index)
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        let name = call.capture("namespace")
        guard !name.isEmpty else { throw APIError.badRequest("Missing Namespace Name") }
        return .done(try await call.submit(.deleteNamespace(name)).index)
    }
}

/// Node pools. Nodes name the pool they are in; pools of one's own have no settings yet.
enum NodePoolEndpoints {
    private static let builtIn = ["all", "default"]

    private static func names(_ state: State) -> [String] {
        Set(builtIn + state.allNodes.map(\.nodePool)).filter { !$0.isEmpty }.sorted()
    }

    private static func tree(_ name: String) -> JSON {
        let description =
            switch name {
            case "all": "Node pool with all nodes in the cluster."
            case "default": "Default node pool."
            default: ""
            }
        return [
            "Name": .string(name), "Description": .string(description), "Meta": .null,
            "SchedulerConfiguration": .null, "NodeIdentityTTL": 0, "Hash": "", "CreateIndex": 1, "ModifyIndex": 1,
        ]
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        return try await call.read([.nodes]) { state in
            let pools = names(state).filter { $0.hasPrefix(options.prefix) }
            let page = try Page(pools, options) {
                .id($0)
            } whole: {
                tree($0)
            }
            return try .list(page) { tree($0) }
        }
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let name = call.capture("pool")
        return try await call.read([.nodes]) { state in
            guard names(state).contains(name) else { throw APIError.notFound("node pool not found") }
            return .json(tree(name))
        }
    }

    static func change(_ call: APICall) async throws -> APIResponse {
        let name = try call.captures["pool"] ?? call.request.object().readText("Name") ?? ""
        if builtIn.contains(name) { throw APIError.badRequest("modifying node pool \"\(name)\" is not allowed") }
        throw APIError(501, "node pools have no settings of their own: a pool exists when a node names it")
    }

    static func nodes(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let name = call.capture("pool")
        guard options.prefix.isEmpty else { throw APIError.badRequest("prefix argument not allowed") }
        let resources = try call.request.flag("resources") ?? false
        return try await call.read([.nodes]) { state in
            guard names(state).contains(name) else { throw APIError.notFound("node pool not found") }
            let nodes = state.allNodes.filter { name == "all" || $0.nodePool == name }
            let page = try Page(nodes, options) {
                .id($0.id.text)
            } whole: {
                try NodeWire.tree($0)
            }
            return try .list(page) { try NodeWire.stub($0, resources: resources, os: false) }
        }
    }

    static func jobs(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        let name = call.capture("pool")
        guard options.prefix.isEmpty else { throw APIError.badRequest("prefix argument not allowed") }
        return try await call.read([.jobs, .jobSummaries]) { state in
            guard names(state).contains(name) else { throw APIError.notFound("node pool not found") }
            let jobs = state.allJobs(namespace: options.namespaceSelection).filter { $0.job.nodePool == name }
            let page = try Page(jobs, options) {
                .named($0.job.namespace, $0.job.id)
            } whole: {
                try JobWire.stored($0.job)
            }
            return try .list(page) { try JobListWire.stub($0.job, summary: state.summary(of: $0.job.key), meta: false) }
        }
    }
}
