import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/operator/…` and `/v1/system/…`.
enum OperatorEndpoints {
    // MARK: Scheduler

    static func schedulerConfiguration(_ call: APICall) async throws -> APIResponse {
        try await call.read([.schedulerConfiguration]) { state in
            .json([
                "SchedulerConfig": try WireEncoder().encode(state.schedulerConfiguration),
                "Index": .int(Int64(clamping: state.schedulerConfiguration.modifyIndex)), "LastContact": 0,
                "KnownLeader": true, "NextToken": "",
            ])
        }
    }

    static func setSchedulerConfiguration(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        var wanted: SchedulerConfiguration
        do {
            wanted = try WireDecoder().decode(SchedulerConfiguration.self, from: .object(body))
        } catch {
            throw APIError.badRequest("the scheduler configuration can't be read: \(error)")
        }
        if wanted.schedulerAlgorithm.isEmpty { wanted.schedulerAlgorithm = "binpack" }
        let reply = try await call.submit(.setSchedulerConfiguration(wanted, checkIndex: try checkIndex(call)))
        let index = max(reply.index, try call.server().committed.index)
        return .json(["Updated": .bool(reply.updated), "Index": .int(Int64(clamping: index))], index: index)
    }

    private static func checkIndex(_ call: APICall) throws(APIError) -> LogIndex? {
        guard let text = call.request.parameter("cas"), !text.isEmpty else { return nil }
        guard let number = UInt64(text) else {
            throw .badRequest("Error parsing cas value: \"\(text)\" is not a number")
        }
        return number
    }

    // MARK: Servers

    static func servers(_ call: APICall) async throws -> APIResponse {
        let version = String(call.context.agent.raftProtocol)
        let servers = call.context.members().map { member -> JSON in
            let address = "\(member.tags["rpc_addr"] ?? member.address):\(member.tags["port"] ?? String(member.port))"
            let id = call.context.agent.raftProtocol < 3 ? address : member.tags["id"] ?? address
            return [
                "ID": .string(id), "Node": .string(member.name), "Address": .string(address),
                "Leader": .bool(member.isLeader), "Voter": .bool(member.tags["nonvoter"] == nil),
                "RaftProtocol": .string(version),
            ]
        }
        return .json(["Index": 0, "Servers": .array(servers)])
    }

    static func removePeer(_ call: APICall) async throws -> APIResponse {
        let id = call.request.parameter("id") ?? ""
        let address = call.request.parameter("address") ?? ""
        guard !id.isEmpty || !address.isEmpty else {
            throw APIError.badRequest(
                "Must specify either ?id with the server's ID or ?address with IP:port of peer to remove")
        }
        guard id.isEmpty || address.isEmpty else {
            throw APIError.badRequest("Must specify only one of ?id or ?address")
        }
        let known = call.context.members().contains { member in
            member.tags["id"] == id || "\(member.address):\(member.tags["port"] ?? "")" == (id.isEmpty ? address : id)
        }
        guard known else {
            let what = id.isEmpty ? "address \"\(address)\"" : "id \"\(id)\""
            throw APIError.failed("\(what) was not found in the Raft configuration")
        }
        throw APIError.failed("the only server can't be removed")
    }

    static func transferLeadership(_ call: APICall) async throws -> APIResponse {
        let id = call.request.parameter("id") ?? ""
        let address = call.request.parameter("address") ?? ""
        guard id.isEmpty != address.isEmpty else { throw APIError.badRequest("must specify id or address") }
        throw APIError.failed("there is no other server to lead")
    }

    // MARK: Autopilot

    private static let table = "operator"
    private static let autopilotKey = "autopilot"
    private static let autopilotDefaults: [(name: String, value: JSON)] = [
        ("CleanupDeadServers", true), ("LastContactThreshold", "200ms"), ("MaxTrailingLogs", 250), ("MinQuorum", 0),
        ("ServerStabilizationTime", "10s"), ("EnableRedundancyZones", false), ("DisableUpgradeMigration", false),
        ("EnableCustomUpgrades", false),
    ]

    static func autopilot(_ call: APICall) async throws -> APIResponse {
        try await call.read([.records]) { state in
            let stored = state.record(table: table, key: autopilotKey)?.objectValue
            var object = JSONObject(autopilotDefaults.map { ($0.name, stored?[$0.name] ?? $0.value) })
            object["CreateIndex"] = stored?["CreateIndex"] ?? 1
            object["ModifyIndex"] = stored?["ModifyIndex"] ?? 1
            return .json(.object(object))
        }
    }

    static func setAutopilot(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let state = try call.server().committed
        let stored = state.record(table: table, key: autopilotKey)
        if let wanted = try checkIndex(call), wanted != UInt64(clamping: stored?["ModifyIndex"]?.intValue ?? 1) {
            return .json(false)
        }
        var object = JSONObject()
        for (name, value) in autopilotDefaults {
            let given = body.caseInsensitive(name)
            object[name] = try checked(given.flatMap { $0.isNull ? nil : $0 } ?? zero(of: value), name, like: value)
        }
        let next = Int64(clamping: state.index + 1)
        object["CreateIndex"] = stored?["CreateIndex"] ?? .int(next)
        object["ModifyIndex"] = .int(next)
        _ = try await call.submit(.putRecord(table: table, key: autopilotKey, .object(object)))
        return .json(true)
    }

    private static func zero(of value: JSON) -> JSON {
        switch value {
        case .bool: false
        case .int: 0
        default: "0s"
        }
    }

    private static func checked(_ value: JSON, _ name: String, like example: JSON) throws(APIError) -> JSON {
        if case .string = example, case .string(let text) = value {
            guard TimeSpan(text: text) != nil else { throw .badRequest("\(name): \"\(text)\" is not a duration") }
            return value
        }
        guard value.kind == example.kind else {
            throw .badRequest("\(name) must be a \(example.kind), not \(value.kind)")
        }
        return value
    }

    static func autopilotHealth(_ call: APICall) async throws -> APIResponse {
        guard call.context.agent.raftProtocol >= 3 else {
            throw APIError.failed("all servers must have raft_protocol set to 3 or higher to use this endpoint")
        }
        let members = call.context.members()
        let index = try call.server().committed.index
        let servers = members.map { member -> JSON in
            [
                "ID": .string(member.tags["id"] ?? member.name), "Name": .string(member.name),
                "Address": .string("\(member.address):\(member.tags["port"] ?? String(member.port))"),
                "SerfStatus": .string(member.status), "Version": .string(member.tags["build"] ?? ""),
                "Leader": .bool(member.isLeader), "LastContact": "0s", "LastTerm": 1,
                "LastIndex": .int(Int64(clamping: index)), "Healthy": .bool(member.status == "alive"), "Voter": true,
                "StableSince": .string(Timestamp.zero.text),
            ]
        }
        let healthy = members.allSatisfy { $0.status == "alive" }
        let alive = members.count { $0.status == "alive" }
        var response = APIResponse.json([
            "Healthy": .bool(healthy), "FailureTolerance": .int(Int64(max(0, (alive - 1) / 2))),
            "Servers": .array(servers), "Leader": .string(members.first { $0.isLeader }?.tags["id"] ?? ""),
            "Voters": .array(members.map { .string($0.tags["id"] ?? $0.name) }),
        ])
        if !healthy { response.status = 429 }
        return response
    }

    // MARK: The rest

    static func license(_ call: APICall) async throws -> APIResponse { APIResponse(status: 204) }

    static func snapshot(_ call: APICall) async throws -> APIResponse {
        guard let make = call.context.snapshot else {
            throw APIError(501, "this agent can't take snapshots; its journal file can be copied while it is stopped")
        }
        let bytes = try await make()
        var response = APIResponse(body: .bytes(bytes))
        response.set("Content-Type", "application/x-gzip")
        return response
    }

    static func restoreSnapshot(_ call: APICall) async throws -> APIResponse {
        throw APIError(501, "restoring a snapshot into a running cluster is not supported yet")
    }

    static func keys(_ call: APICall) async throws -> APIResponse { .json([]) }

    static func changeKeys(_ call: APICall) async throws -> APIResponse {
        throw APIError(501, "the cluster has no keyring yet")
    }

    static func collectGarbage(_ call: APICall) async throws -> APIResponse {
        _ = try await call.submit(.collectGarbage)
        return .empty
    }

    /// Summaries are counted with every change and can't drift, so there is nothing to reconcile.
    static func reconcileSummaries(_ call: APICall) async throws -> APIResponse { .empty }
}
