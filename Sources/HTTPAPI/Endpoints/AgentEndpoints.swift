import Base
import Model
import Server
import State

/// `/v1/agent/…`, `/v1/status/…`, `/v1/regions`: what the agent says of itself and its cluster.
enum AgentEndpoints {
    static func leader(_ call: APICall) async throws -> APIResponse {
        let leader = call.context.members().first { $0.isLeader }
        return .json(.string(leader.map(address) ?? call.context.agent.advertisedAddress))
    }

    static func peers(_ call: APICall) async throws -> APIResponse {
        let addresses = call.context.members().filter { $0.status == "alive" }.map(address).sorted()
        return .json(.array(addresses.map { .string($0) }))
    }

    private static func address(_ member: ClusterMember) -> String {
        "\(member.tags["rpc_addr"] ?? member.address):\(member.tags["port"] ?? String(member.port))"
    }

    static func regions(_ call: APICall) async throws -> APIResponse { .json([.string(call.context.agent.region)]) }

    static func own(_ call: APICall) async throws -> APIResponse {
        let context = call.context
        let members = context.members()
        let own = members.first { $0.name == "\(context.agent.name).\(context.agent.region)" }
        var statistics = context.statistics()
        if let server = context.server {
            let leader = members.first { $0.isLeader }
            statistics["nomad", default: [:]].merge([
                "server": "true", "leader": String(leader == nil || leader == own),
                "leader_addr": leader.map(address) ?? context.agent.advertisedAddress, "bootstrap": "true",
                "known_regions": "1",
            ]) { given, _ in given }
            statistics["raft", default: [:]].merge([
                "state": "Leader", "applied_index": String(server.committed.index),
                "commit_index": String(server.committed.index),
            ]) { given, _ in given }
        }
        if let node = context.node {
            statistics["client", default: [:]].merge(["node_id": node.id.text, "known_servers": String(members.count)])
            {
                given, _ in given
            }
        }
        return .json([
            "config": context.agent.configuration, "member": own.map(member) ?? .null,
            "stats": try WireEncoder().encode(statistics),
        ])
    }

    private static func member(_ member: ClusterMember) -> JSON {
        [
            "Name": .string(member.name), "Addr": .string(member.address), "Port": .int(Int64(member.port)),
            "Tags": .object(JSONObject(member.tags.map { ($0.key, .string($0.value)) })),
            "Status": .string(member.status), "ProtocolMin": 1, "ProtocolMax": 5, "ProtocolCur": 2,
            "DelegateMin": 2, "DelegateMax": 5, "DelegateCur": 4,
        ]
    }

    static func members(_ call: APICall) async throws -> APIResponse {
        let agent = call.context.agent
        return .json([
            "ServerName": .string(agent.name), "ServerRegion": .string(agent.region),
            "ServerDC": .string(agent.datacenter), "Members": .array(call.context.members().map(member)),
        ])
    }

    static func servers(_ call: APICall) async throws -> APIResponse {
        guard call.context.node != nil else { throw APIError(501, "Invalid method") }
        return .json(.array(call.context.serverAddresses().sorted().map { .string($0) }))
    }

    static func setServers(_ call: APICall) async throws -> APIResponse {
        guard !call.request.parameters("address").isEmpty else { throw APIError.badRequest("missing server address") }
        throw APIError(
            501, "changing the servers of a running agent is not supported; set client.servers and restart it")
    }

    static func join(_ call: APICall) async throws -> APIResponse {
        guard !call.request.parameters("address").isEmpty else { throw APIError.badRequest("missing address to join") }
        return .json([
            "num_joined": 0,
            "error": "this cluster has one server; joining further ones is not supported",
        ])
    }

    static func forceLeave(_ call: APICall) async throws -> APIResponse {
        guard let node = call.request.parameter("node"), !node.isEmpty else {
            throw APIError.badRequest("missing node to force leave")
        }
        do {
            _ = try call.request.flag("prune")
        } catch {
            throw APIError.badRequest("invalid prune value")
        }
        // Leaving is for members that went away; those that are unknown or alive are left alone.
        return .empty
    }

    static func health(_ call: APICall) async throws -> APIResponse {
        let type = call.request.parameter("type") ?? ""
        guard ["", "client", "server"].contains(type) else { return .json([:]) }
        let fine: JSON = ["ok": true, "message": "ok"]
        var object = JSONObject()
        var healthy = true
        for (name, isThere) in [("client", call.context.node != nil), ("server", call.context.server != nil)]
        where type.isEmpty ? isThere : type == name {
            object[name] = isThere ? fine : ["ok": false, "message": .string("\(name) not enabled")]
            healthy = healthy && isThere
        }
        var response = APIResponse.json(.object(object))
        if !healthy { response.status = 500 }
        return response
    }

    /// Facts about the machine, its environment too: only with `enable_debug`.
    static func host(_ call: APICall) async throws -> APIResponse {
        guard call.context.agent.debug else { throw APIError(403, "Permission denied") }
        return .json([
            "AgentID": .string(call.context.node?.id.text ?? call.context.agent.name),
            "HostData": [
                "OS": "linux", "Network": .null, "ResolvConf": "", "Hosts": "", "Environment": [:], "Disk": [:],
            ],
        ])
    }

    static func profile(_ call: APICall) async throws -> APIResponse {
        guard call.context.agent.debug else { throw APIError(403, "Permission denied") }
        throw APIError.notFound("Unknown profile: this agent has no profiler of that kind")
    }

    /// Gossip needs no keys here: servers and nodes talk over TLS.
    static func gossipKeys(_ call: APICall) async throws -> APIResponse {
        throw APIError.failed("1/1 nodes reported failure")
    }

    static func reload(_ call: APICall) async throws -> APIResponse {
        guard let reload = call.context.reload else { throw APIError(501, "this agent has no configuration to reload") }
        do { try reload() } catch { throw APIError.failed("\(error)") }
        return APIResponse(status: 200)
    }

    private static let schedulers: [JSON] = ["batch", "service", "sysbatch", "system"]

    static func schedulerConfiguration(_ call: APICall) async throws -> APIResponse {
        // One writer schedules everything.
        .json(["num_schedulers": 1, "enabled_schedulers": .array(schedulers + ["_core"])])
    }

    static func schedulerWorkers(_ call: APICall) async throws -> APIResponse {
        .json([
            "server_id": .string(call.context.agent.advertisedAddress),
            "schedulers": [
                [
                    "id": "leader", "enabled_schedulers": .array(schedulers + ["_core"]), "started": "",
                    "status": "Started", "workload_status": "Scheduling",
                ]
            ],
        ])
    }
}
