import AccessControl
import Base
import Model
import Server
import State

/// Decides who comes in: the rights of a request, and whether they are enough for its route.
struct Gate: Sendable {
    let context: HTTPAPIContext

    static let denied = APIError(403, "Permission denied")
    static let unknownToken = APIError(403, "ACL token not found")

    /// The secret that a request carries; empty without one.
    static func secret(of request: APIRequest) -> String {
        if let token = request.headers["x-nomad-token"], !token.isEmpty { return token }
        let words = (request.headers["authorization"] ?? "").split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bearer" else { return "" }
        return words[1].trimmingPrefix(" ").description
    }

    /// Lets a request in, and says what it may do; throws 403 when that is not enough.
    func admit(
        _ need: Need, _ request: APIRequest, _ captures: [String: String]
    ) async throws -> AccessRights {
        guard context.accessControl.isEnabled else { return .management }
        if case .nothing = need { return .none }
        guard let server = context.server else {
            // The agent has no state to decide by: a server does, with the caller's own token.
            try await askServer(request)
            return .management
        }
        let state = server.committed
        let rights = try rights(of: Self.secret(of: request), in: state, now: server.now())
        guard try allows(rights, need, request, captures, state) else { throw Self.denied }
        return rights
    }

    /// What the holder of a secret may do.
    func rights(of secret: String, in state: State, now: Instant) throws(APIError) -> AccessRights {
        let cache = context.accessControl.policies
        guard !secret.isEmpty else {
            return AccessRights(merging: cache.rules(AccessPolicy.anonymousName, in: state).map { [$0] } ?? [])
        }
        let token = try token(secret, in: state, now: now)
        if token.isManagement { return .management }
        return AccessRights(merging: state.policyNames(of: token).compactMap { cache.rules($0, in: state) })
    }

    /// The token of a secret.
    func token(_ secret: String, in state: State, now: Instant) throws(APIError) -> AccessToken {
        let _: ID<AccessToken> = try UUIDText.whole(secret, "acl token lookup failed")
        guard let token = state.accessToken(secret: secret.lowercased()), !token.isExpired(now) else {
            throw Self.unknownToken
        }
        return token
    }

    private func allows(
        _ rights: AccessRights, _ need: Need, _ request: APIRequest, _ captures: [String: String], _ state: State
    ) throws(APIError) -> Bool {
        if rights.isManagement { return true }
        switch need {
        case .nothing, .own: return true
        case .management: return false
        case .token: return !Self.secret(of: request).isEmpty
        case .namespace(let wanted): return rights.allows(wanted, namespace: Self.namespace(of: request))
        case .list(let wanted):
            let namespace = Self.namespace(of: request)
            return namespace == "*" || rights.allows(wanted, namespace: namespace)
        case .job(let wanted): return rights.allows(wanted, namespace: Self.jobNamespace(of: request))
        case .registration(let wanted):
            return rights.allows(wanted, namespace: Self.jobNamespace(of: request)) && mayMount(rights, request)
        case .allocation(let wanted):
            let found = captures["alloc"].flatMap { AllocationID($0) }.flatMap { state.allocation($0) }
            let namespace = found?.namespace ?? Self.namespace(of: request)
            guard rights.allows(wanted, namespace: namespace) else { return false }
            // A command beside a task that sees the whole machine sees the whole machine.
            guard wanted == [.allocationExec], let found, Self.isOpen(request.parameter("task"), of: found) else {
                return true
            }
            return rights.allows([.allocationNodeExec], namespace: namespace)
        case .evaluation(let wanted):
            let found = captures["eval"].flatMap { EvaluationID($0) }.flatMap { state.evaluation($0)?.namespace }
            return rights.allows(wanted, namespace: found ?? Self.namespace(of: request))
        case .deployment(let wanted):
            let found = captures["deployment"].flatMap { DeploymentID($0) }
                .flatMap { state.deployment($0)?.namespace }
            return rights.allows(wanted, namespace: found ?? Self.namespace(of: request))
        case .node(let level): return rights.allowsNode(level)
        case .agent(let level): return rights.allowsAgent(level)
        case .operators(let level): return rights.allowsOperator(level)
        case .operatorCapability(let capability): return rights.allowsOperator(capability: capability)
        case .plugin(let level): return rights.allowsPlugin(level)
        case .nodePool(let wanted):
            let body = try? request.optionalJSON()?.objectValue
            let name = captures["pool"] ?? body?.caseInsensitive("Name")?.stringValue ?? ""
            return rights.allowsNodePool(wanted, name)
        }
    }

    private static func namespace(of request: APIRequest) -> String {
        let text = request.parameter("namespace") ?? ""
        return text.isEmpty ? Namespace.defaultName : text
    }

    /// A job may name its own namespace. A body that can't be read is the endpoint's to refuse.
    private static func jobNamespace(of request: APIRequest) -> String {
        let body = try? request.optionalJSON()?.objectValue
        let text = body?.caseInsensitive("Job")?.objectValue?.caseInsensitive("Namespace")?.stringValue ?? ""
        return text.isEmpty ? namespace(of: request) : text
    }

    private static func isOpen(_ task: String?, of allocation: Allocation) -> Bool {
        let tasks = allocation.job.job.group(allocation.taskGroup)?.tasks ?? []
        return tasks.first { $0.name == task }?.driver == "raw_exec"
    }

    /// Whether a job mounts only what its sender may mount.
    private func mayMount(_ rights: AccessRights, _ request: APIRequest) -> Bool {
        let body = try? request.optionalJSON()?.objectValue
        let groups = body?.caseInsensitive("Job")?.objectValue?.caseInsensitive("TaskGroups")?.arrayValue ?? []
        for group in groups {
            for member in group.objectValue?.caseInsensitive("Volumes")?.objectValue?.members ?? [] {
                guard let volume = member.value.objectValue else { continue }
                let readOnly = volume.caseInsensitive("ReadOnly")?.boolValue ?? false
                switch volume.caseInsensitive("Type")?.stringValue {
                case "host":
                    let source = volume.caseInsensitive("Source")?.stringValue ?? ""
                    guard rights.allowsHostVolume(source, readOnly: readOnly) else { return false }
                case "csi":
                    guard rights.allows([.mountVolume], namespace: Self.jobNamespace(of: request)) else { return false }
                default: break
                }
            }
        }
        return true
    }

    private func askServer(_ request: APIRequest) async throws {
        guard let forwarder = context.forwarder else { throw APIError.serverOnly }
        let question: JSON = ["Method": .string(request.method), "Target": .string(request.target)]
        var ask = APIRequest(method: "POST", target: AuthorizeEndpoint.path, body: question.bytes())
        for name in ["x-nomad-token", "authorization"] { ask.headers[name] = request.headers[name] }
        var reason = "no server is known; set client.servers or join one"
        for address in context.serverHTTPAddresses() {
            let answer: APIResponse
            do {
                answer = try await forwarder.forward(ask, to: address)
            } catch {
                reason = "\(address): \(error)"
                continue
            }
            guard answer.status != 200 else { return }
            let text = CollectingSink()
            switch answer.body {
            case .empty: break
            case .bytes(let bytes): await text.write(bytes)
            case .document(let write), .stream(let write): try await write(text)
            }
            throw APIError(answer.status, String(decoding: await text.bytes, as: UTF8.self))
        }
        throw APIError.failed("No cluster leader: \(reason)")
    }
}

/// `/v1/acl/authorize`: whether a token is enough for a request. Agents without a server ask for each request
/// that they answer themselves.
enum AuthorizeEndpoint {
    static let path = "/v1/acl/authorize"
    private static let table = RouteTable(Routes.all)

    static func check(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let method = try body.readText("Method") ?? ""
        let asked = APIRequest(
            method: method, target: try body.readText("Target") ?? "/", headers: call.request.headers)
        switch table.match(method: method, path: asked.path) {
        case .route(let route, let captures):
            _ = try await Gate(context: call.context).admit(route.need, asked, captures)
            return .json([:])
        case .wrongMethod(let route): throw route.wrongMethod
        case .unknown: throw APIError.unknownPath
        }
    }
}

extension APICall {
    /// Those of a list that the caller may see: all, unless the list goes over all namespaces.
    func visible<Item>(
        _ items: [Item], _ wanted: Capability..., namespace: (Item) -> String
    ) -> [Item] {
        guard !rights.isManagement else { return items }
        var known: [String: Bool] = [:]
        return items.filter { item in
            let name = namespace(item)
            if let answer = known[name] { return answer }
            let answer = rights.allows(wanted, namespace: name)
            known[name] = answer
            return answer
        }
    }
}
