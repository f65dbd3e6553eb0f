import AgentCore
import Base
import ControlPlane
import Model
import State

/// The HTTP API of an agent, without sockets: finds the route, runs it, turns errors into answers, and
/// applies what all routes share.
public struct Dispatcher: Sendable {
    let context: HTTPAPIContext
    private let table: RouteTable

    public init(_ context: HTTPAPIContext) {
        self.context = context
        table = RouteTable(Routes.all)
    }

    /// Answers a request. Never fails: what goes wrong is in the answer.
    public func respond(to request: APIRequest) async -> APIResponse {
        finish(await answer(request))
    }

    /// Adds what every answer has.
    func finish(_ response: APIResponse) -> APIResponse {
        var response = response
        if response.header("Vary") == nil { response.set("Vary", "Accept-Encoding") }
        for (name, value) in context.agent.responseHeaders.sorted(by: { $0.key < $1.key }) { response.set(name, value) }
        return response
    }

    private func answer(_ request: APIRequest) async -> APIResponse {
        switch table.match(method: request.method, path: request.path) {
        case .unknown: return render(APIError.unknownPath)
        case .wrongMethod(let route):
            guard request.method == "OPTIONS", route.allowsOrigins else { return render(route.wrongMethod) }
            return CrossOrigin.preflight(request)
        case .route(let route, let captures):
            var response: APIResponse
            do {
                response = try await run(route, request, captures)
            } catch {
                response = render(error)
            }
            if route.allowsOrigins { CrossOrigin.allow(request, &response) }
            return Pretty.isWanted(request) ? Pretty.format(response) : response
        }
    }

    private func run(_ route: Route, _ request: APIRequest, _ captures: [String: String]) async throws -> APIResponse {
        if let region = request.parameter("region"), !region.isEmpty, region != context.agent.region {
            throw APIError.failed("No path to region")
        }
        if route.place == .server, context.server == nil { return try await forwardToServer(request) }
        let rights = try await Gate(context: context).admit(route.need, request, captures)
        return try await route.handler(
            APICall(request: request, captures: captures, context: context, rights: rights))
    }

    /// Tries the known servers one after another.
    private func forwardToServer(_ request: APIRequest) async throws -> APIResponse {
        guard let forwarder = context.forwarder else { throw APIError.serverOnly }
        let addresses = context.serverHTTPAddresses()
        var reason = "no server is known; set client.servers or join one"
        for address in addresses {
            do {
                return try await forwarder.forward(request, to: address)
            } catch {
                reason = "\(address): \(error)"
            }
        }
        throw APIError.failed("No cluster leader: \(reason)")
    }

    func render(_ error: any Error) -> APIResponse {
        let shown =
            switch error {
            case let error as APIError: error
            case let error as CommandError: APIError(error)
            case let error as NodeLocalError: APIError(NodeErrors.status(of: error), error.message)
            case is CancellationError: APIError.failed("the request was given up")
            default: APIError.failed("\(error)")
            }
        var response = APIResponse.text(shown.status, shown.message)
        if shown.status == 429 {
            response.set("Retry-After", String(context.limits.retryAfter.nanoseconds / 1_000_000_000))
        }
        return shown.index.map { APICall.withReadHeaders(response, index: $0) } ?? response
    }
}

/// Statuses of the local node's errors.
enum NodeErrors {
    static func status(of error: NodeLocalError) -> Int {
        switch error.code {
        case .notFound, .noSuchFile: 404
        case .badRequest: 400
        default: 500
        }
    }
}

/// Reading from other origins (CORS): anybody may GET.
enum CrossOrigin {
    static func allow(_ request: APIRequest, _ response: inout APIResponse) {
        response.set("Vary", "Origin")
        guard request.headers["origin"] != nil else { return }
        response.set("Access-Control-Allow-Origin", "*")
        response.set("Access-Control-Allow-Credentials", "true")
    }

    static func preflight(_ request: APIRequest) -> APIResponse {
        var response = APIResponse(status: 204)
        allow(request, &response)
        response.set("Access-Control-Allow-Methods", "GET, HEAD")
        response.set(
            "Access-Control-Allow-Headers", request.headers["access-control-request-headers"] ?? "X-Nomad-Token")
        return response
    }
}

/// `?pretty`: four blanks a level and a newline at the end.
enum Pretty {
    static func isWanted(_ request: APIRequest) -> Bool { request.parameter("pretty").map { $0 != "0" } ?? false }

    static func format(_ response: APIResponse) -> APIResponse {
        guard response.header("Content-Type") == "application/json" else { return response }
        var response = response
        switch response.body {
        case .empty: break
        case .bytes(let bytes): response.body = .bytes(format(bytes))
        case .document(let write):
            response.body = .document { sink in
                let whole = CollectingSink()
                try await write(whole)
                try await sink.write(format(await whole.bytes))
            }
        case .stream: break
        }
        return response
    }

    private static func format(_ bytes: [UInt8]) -> [UInt8] {
        guard let tree = try? JSON(parsing: bytes) else { return bytes }
        return tree.bytes(indent: 4) + [0x0A]
    }
}
