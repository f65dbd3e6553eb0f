import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/volumes`, `/v1/volume/csi/:id`, `/v1/plugins` and `/v1/plugin/csi/:id`.
enum VolumeEndpoints {
    /// What answers are made from.
    private static let tables: [Table] = [.volumes, .plugins]
    /// What only the controller of a plugin could do.
    private static let noController =
        "servers can't reach controllers of storage plugins yet; use the storage provider's own tools"

    // MARK: Reading

    static func list(_ call: APICall) async throws -> APIResponse {
        switch call.request.parameter("type") {
        case nil, "": return try await call.read(tables) { _ in .json([]) }
        case "csi": break
        default: return .empty
        }
        let options = try call.options()
        let plugin = call.request.parameter("plugin_id") ?? ""
        let node = try prefix(ofNode: call.request.parameter("node_id"))
        return try await call.read(tables) { state in
            let all = state.allVolumes(namespace: options.namespaceSelection, prefix: options.prefix).filter { volume in
                guard volume.pluginID.hasPrefix(plugin) else { return false }
                guard let node else { return true }
                return state.claims(on: volume.key).contains { UUIDText.digits(of: $0.node).hasPrefix(node) }
            }
            let page = try Page(call.visible(all, .listVolumes) { $0.namespace }, options) {
                .named($0.namespace, $0.id)
            } whole: {
                try VolumeWire.tree($0, state)
            }
            return try .list(page) { try VolumeWire.stub($0, state) }
        }
    }

    private static func prefix(ofNode text: String?) throws(APIError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        return try UUIDText.prefix(text, "node lookup failed")
    }

    private static func key(_ call: APICall) -> VolumeKey {
        VolumeKey(namespace: call.namespace, id: call.capture("volume"))
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let key = key(call)
        return try await call.read(tables) { state in
            guard let volume = state.volume(key) else { throw APIError.notFound("volume not found") }
            return .json(try VolumeWire.tree(volume, state))
        }
    }

    static func plugins(_ call: APICall) async throws -> APIResponse {
        switch call.request.parameter("type") {
        case nil, "": return try await call.read([.plugins]) { _ in .json([]) }
        case "csi": break
        default: return .empty
        }
        let options = try call.options()
        return try await call.read([.plugins]) { state in
            let plugins = state.pluginIDs.filter { $0.hasPrefix(options.prefix) }.compactMap { state.plugin($0) }
            let page = try Page(plugins, options) {
                .id($0.id)
            } whole: {
                try PluginWire.tree($0, [])
            }
            return try .list(page) { PluginWire.stub($0) }
        }
    }

    static func plugin(_ call: APICall) async throws -> APIResponse {
        let id = call.capture("plugin")
        return try await call.read([.plugins]) { state in
            guard let plugin = state.plugin(id) else { throw APIError.notFound("plugin not found") }
            let infos = Array(plugin.controllers.values) + Array(plugin.nodes.values)
            let ids = Set(infos.compactMap { AllocationID($0.allocID) })
            let allocations = call.visible(ids.sorted().compactMap { state.allocation($0) }, .readJob) { $0.namespace }
            return .json(try PluginWire.tree(plugin, allocations))
        }
    }

    // MARK: Changing

    static func register(_ call: APICall) async throws -> APIResponse {
        let volumes = try volumes(call)
        let reply = try await call.submit(.registerVolumes(volumes))
        let state = try call.server().committed
        let trees = try volumes.compactMap { try state.volume($0.key).map { try VolumeWire.tree($0, state) } }
        return .json(
            [
                "Volumes": .array(trees), "Warnings": .string(reply.warnings),
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }

    /// The volumes in the body, each in a namespace where the caller may write them.
    private static func volumes(_ call: APICall) throws(APIError) -> [CSIVolume] {
        let body = try call.request.object()
        guard let trees = body.caseInsensitive("Volumes")?.arrayValue, !trees.isEmpty else {
            throw .badRequest("the body must have Volumes, a list of at least one volume")
        }
        var volumes: [CSIVolume] = []
        for tree in trees {
            var volume: CSIVolume
            do {
                volume = try WireDecoder().decode(CSIVolume.self, from: tree)
            } catch {
                throw .badRequest("the volume can't be read: \(error)")
            }
            if volume.namespace.isEmpty { volume.namespace = call.namespace }
            if trees.count == 1, let id = call.captures["volume"] {
                if volume.id.isEmpty { volume.id = id }
                guard volume.id == id else {
                    throw .badRequest("volume ID \"\(volume.id)\" does not match request path \"\(id)\"")
                }
            }
            guard call.rights.allows([.writeVolume], namespace: volume.namespace) else { throw Gate.denied }
            volumes.append(volume)
        }
        return volumes
    }

    static func deregister(_ call: APICall) async throws -> APIResponse {
        let force: Bool
        do {
            force = try call.request.flag("force") ?? false
        } catch {
            throw APIError.badRequest("invalid force value: write true or false")
        }
        return .done(try await call.submit(.deregisterVolume(key(call), force: force)).index)
    }

    static func detach(_ call: APICall) async throws -> APIResponse {
        guard let text = call.request.parameter("node"), !text.isEmpty else {
            throw APIError.badRequest("detach requires node ID")
        }
        let node: NodeID = try UUIDText.whole(text, "node lookup failed")
        return .done(try await call.submit(.detachVolume(key(call), from: node)).index)
    }

    // MARK: What needs a controller

    static func create(_ call: APICall) async throws -> APIResponse {
        let state = try call.server().committed
        for volume in try volumes(call) { try findPlugin(volume.pluginID, state) }
        throw APIError.failed("the volume can't be created: \(noController), and register it")
    }

    static func delete(_ call: APICall) async throws -> APIResponse {
        guard let volume = try call.server().committed.volume(key(call)) else {
            throw APIError.failed("volume not found: \(call.capture("volume"))")
        }
        throw APIError.failed("volume \"\(volume.id)\" can't be deleted: \(noController), and deregister it")
    }

    static func external(_ call: APICall) async throws -> APIResponse {
        try findPlugin(call.request.parameter("plugin_id") ?? "", try call.server().committed)
        throw APIError.failed("volumes of the storage provider can't be listed: \(noController)")
    }

    static func snapshots(_ call: APICall) async throws -> APIResponse {
        throw APIError.failed("snapshots of volumes can't be listed or changed: \(noController)")
    }

    private static func findPlugin(_ id: String, _ state: State) throws(APIError) {
        guard state.plugin(id) != nil else { throw .failed("no CSI plugin named: \(id) could be found") }
    }
}
