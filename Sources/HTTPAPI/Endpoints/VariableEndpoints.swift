import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/vars` and `/v1/var/:path`.
enum VariableEndpoints {
    /// Bounds of a lock's time to live, and the default.
    private static let lockTTL = (min: TimeSpan.seconds(10), max: TimeSpan.hours(24), usual: TimeSpan.seconds(15))

    // MARK: Wire

    private static func metadata(_ variable: Variable, _ now: Instant) -> JSON {
        var tree: JSON = [
            "Namespace": .string(variable.namespace), "Path": .string(variable.path),
            "CreateIndex": .int(Int64(clamping: variable.createIndex)), "CreateTime": .int(variable.createTime),
            "ModifyIndex": .int(Int64(clamping: variable.modifyIndex)), "ModifyTime": .int(variable.modifyTime),
        ]
        if variable.isLocked(now), let lock = variable.lock {
            tree["Lock"] = [
                "ID": .string(lock.id), "TTL": .string(lock.ttl.text), "LockDelay": .string(lock.lockDelay.text),
            ]
        }
        return tree
    }

    private static func whole(_ variable: Variable, _ now: Instant) -> JSON {
        var tree = metadata(variable, now)
        let items = variable.items.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        tree["Items"] = .object(JSONObject(items))
        return tree
    }

    // MARK: Reading

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        guard call.rights.allowsVariables(namespace: options.namespaceSelection) else { throw Gate.denied }
        let now = try call.server().now()
        return try await call.read([.records]) { state in
            let variables = state.allVariables.filter { variable in
                (options.allNamespaces || variable.namespace == options.namespace)
                    && variable.path.hasPrefix(options.prefix)
                    && call.rights.allows(.list, variable: variable.path, namespace: variable.namespace)
            }
            let page = try Page(variables, options) {
                .named($0.namespace, $0.path)
            } whole: {
                metadata($0, now)
            }
            return try .list(page) { metadata($0, now) }
        }
    }

    /// Reads, writes or deletes, as the method says.
    static func one(_ call: APICall) async throws -> APIResponse {
        guard call.namespace != "*" else {
            throw APIError.badRequest("can not target wildcard (\"*\")namespace")
        }
        switch call.request.method {
        case "GET": return try await get(call)
        case "PUT", "POST": return try await put(call)
        default: return try await delete(call)
        }
    }

    private static func require(_ capability: VariableCapability, _ call: APICall) throws(APIError) {
        guard call.rights.allows(capability, variable: call.capture("path"), namespace: call.namespace) else {
            throw Gate.denied
        }
    }

    private static func get(_ call: APICall) async throws -> APIResponse {
        try require(.read, call)
        let (namespace, path) = (call.namespace, call.capture("path"))
        let now = try call.server().now()
        return try await call.read([.records]) { state in
            state.variable(namespace, path)?.modifyIndex
        } answer: { state in
            guard let variable = state.variable(namespace, path) else { throw APIError.notFound("variable not found") }
            return .json(whole(variable, now))
        }
    }

    // MARK: Writing

    private static func check(_ call: APICall) throws(APIError) -> UInt64? {
        guard let text = call.request.parameter("cas") else { return nil }
        guard let number = UInt64(text) else { throw .badRequest("can not parse cas: \"\(text)\" is not a number") }
        return number
    }

    private static func put(_ call: APICall) async throws -> APIResponse {
        let operations = ["lock-acquire", "lock-renew", "lock-release"].filter { call.request.parameter($0) != nil }
        let check = try check(call)
        guard operations.count <= 1 else { throw APIError.badRequest("multiple lock operations") }
        if check != nil, !operations.isEmpty {
            throw APIError.badRequest("CAS can't be used with lock operations")
        }
        try require(.write, call)
        let variable = try wanted(call)
        let (namespace, path, lock) = (variable.namespace, variable.path, variable.lock?.id ?? "")
        let command: VariableCommand
        switch operations.first {
        case nil:
            guard !variable.items.isEmpty else { throw APIError.badRequest("variable missing required Items object") }
            command = .put(variable, check: check)
        case "lock-acquire": command = .acquire(variable, newLock: call.newUUID())
        case "lock-renew":
            guard !lock.isEmpty else { throw APIError.badRequest("missing lock ID") }
            command = .renew(namespace: namespace, path: path, lock: lock)
        default:
            guard !lock.isEmpty else { throw APIError.badRequest("missing lock ID") }
            command = .release(namespace: namespace, path: path, lock: lock)
        }
        let reply = try await call.submit(.variables(command))
        let server = try call.server()
        let stored = server.committed.variable(namespace, path)
        guard reply.updated else { return conflict(stored, namespace, path, call, server.now()) }
        guard let stored else { throw APIError.notFound("variable not found") }
        let renews = operations.first == "lock-renew"
        return .json(
            renews ? metadata(stored, server.now()) : whole(stored, server.now()), index: reply.index)
    }

    /// What stands in the way; its items only for those who may read them.
    private static func conflict(
        _ stored: Variable?, _ namespace: String, _ path: String, _ call: APICall, _ now: Instant
    ) -> APIResponse {
        var shown = stored ?? Variable()
        (shown.namespace, shown.path) = (namespace, path)
        if !call.rights.allows(.read, variable: path, namespace: namespace) { shown.items = [:] }
        var response = APIResponse.json(whole(shown, now))
        response.status = 409
        return response
    }

    private static func delete(_ call: APICall) async throws -> APIResponse {
        try require(.destroy, call)
        let (namespace, path) = (call.namespace, call.capture("path"))
        let reply = try await call.submit(
            .variables(.delete(namespace: namespace, path: path, check: try check(call))))
        guard reply.updated else {
            let server = try call.server()
            return conflict(server.committed.variable(namespace, path), namespace, path, call, server.now())
        }
        var response = APIResponse(status: 204)
        response.set("X-Nomad-Index", String(reply.index))
        return response
    }

    // MARK: What is wanted

    private static func wanted(_ call: APICall) throws(APIError) -> Variable {
        let body = try call.request.object()
        var variable = Variable()
        (variable.namespace, variable.path) = (call.namespace, call.capture("path"))
        if let path = try body.readText("Path"), !path.isEmpty, path != variable.path {
            throw .badRequest("variable path does not match the request path")
        }
        if let namespace = try body.readText("Namespace"), !namespace.isEmpty, namespace != variable.namespace {
            throw .badRequest("variable namespace does not match the request's: \"\(namespace)\"")
        }
        try validate(variable.path)
        variable.items = try body.readTextMap("Items")
        let size = variable.items.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= Variable.itemBytesMax else { throw .badRequest("variables are limited to 64KiB in total size") }
        guard try call.server().committed.namespace(variable.namespace) != nil else {
            throw .badRequest("nonexistent namespace \"\(variable.namespace)\"")
        }
        if let lock = try body.readObject("Lock") { variable.lock = try self.lock(lock) }
        if call.request.parameter("lock-acquire") != nil, variable.lock == nil {
            variable.lock = try self.lock(JSONObject())
        }
        return variable
    }

    private static func lock(_ object: JSONObject) throws(APIError) -> Variable.Lock {
        func span(_ name: String) throws(APIError) -> TimeSpan? {
            switch object.caseInsensitive(name) {
            case nil, .null, .string(""): return nil
            case .string(let text):
                guard let span = TimeSpan(text: text) else {
                    throw .badRequest("\(name): \"\(text)\" is not a duration")
                }
                return span
            case let value?:
                guard let number = value.intValue else { throw .badRequest("\(name) must be a duration") }
                return number == 0 ? nil : TimeSpan(nanoseconds: number)
            }
        }
        var lock = Variable.Lock()
        lock.id = try object.readText("ID") ?? ""
        lock.ttl = try span("TTL") ?? lockTTL.usual
        lock.lockDelay = try span("LockDelay") ?? lockTTL.usual
        guard lock.ttl >= lockTTL.min, lock.ttl <= lockTTL.max else {
            throw .badRequest("lock TTL must be between \(lockTTL.min.text) and \(lockTTL.max.text)")
        }
        guard lock.lockDelay >= .zero else { throw .badRequest("lock delay must not be negative") }
        return lock
    }

    private static func validate(_ path: String) throws(APIError) {
        let isWellFormed =
            (1...128).contains(path.utf8.count)
            && path.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
        guard isWellFormed else {
            throw .badRequest("invalid path \"\(path)\". must match regex: '^[a-zA-Z0-9-_~/]{1,128}$'")
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first == "nomad" else { return }
        guard parts.count > 1 else { throw .badRequest("\"nomad\" is a reserved top-level directory path") }
        switch parts[1] {
        case "jobs", "sentinel": return
        case "job-templates":
            guard parts.count == 3 else {
                throw .badRequest("\"nomad/job-templates\" is a reserved directory; use nomad/job-templates/<name>")
            }
        default:
            throw .badRequest(
                "only paths at \"nomad/jobs\" or \"nomad/job-templates\" and below are valid paths under the top-level "
                    + "\"nomad\" directory")
        }
    }
}
