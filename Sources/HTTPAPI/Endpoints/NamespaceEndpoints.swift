import AccessControl
import Base
import ControlPlane
import Model
import State

/// `/v1/namespaces` and `/v1/namespace/:name`; `/v1/node/pools` and `/v1/node/pool/:name`.
enum NamespaceEndpoints {
    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        return try await call.read([.namespaces]) { state in
            let namespaces = state.allNamespaces.filter {
                $0.name.hasPrefix(options.prefix) && call.rights.sees(namespace: $0.name)
            }
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
        guard call.rights.sees(namespace: name) else { throw Gate.denied }
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
