import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// A request on its way through a handler: what came, what the path captured, and what the agent has.
struct APICall: Sendable {
    var request: APIRequest
    var captures: [String: String] = [:]
    var context: HTTPAPIContext
    /// What the caller may do; everything while access control is off.
    var rights: AccessRights

    /// What `{name}` of the pattern stood for.
    func capture(_ name: String) -> String { captures[name] ?? "" }

    func options() throws(APIError) -> QueryOptions { try QueryOptions(request) }

    /// The namespace of a request about one thing.
    var namespace: String {
        let text = request.parameter("namespace") ?? ""
        return text.isEmpty ? Namespace.defaultName : text
    }

    /// The server of this agent; agents without one have forwarded the request before a handler sees it.
    func server() throws(APIError) -> ClusterServer {
        guard let server = context.server else { throw .noServer }
        return server
    }

    /// Runs a command and waits until it is durable.
    func submit(_ command: Command) async throws(APIError) -> Reply {
        let server = try server()
        do {
            return try await server.submit(command)
        } catch {
            throw APIError(error)
        }
    }

    /// Answers a read from committed state; a blocking query when the request has an `index`.
    ///
    /// - Parameters:
    ///   - tables: what the answer is made from.
    ///   - index: the index of the one object that is asked for; nil, or without the parameter, the tables'.
    ///   - answer: makes the answer; may be called once only, with the state that is to be shown.
    func read(
        _ tables: [Table], index objectIndex: (State) -> LogIndex? = { _ in nil },
        answer: (State) throws -> APIResponse
    ) async throws -> APIResponse {
        let server = try server()
        let options = try options()
        func index(of state: State) -> LogIndex { objectIndex(state) ?? Self.index(of: tables, in: state) }
        var state = server.committed
        if options.index > 0 {
            let deadline = server.now() + options.wait
            var past = options.index
            while index(of: state) <= options.index, server.now() < deadline, !Task.isCancelled {
                state = await server.wait(past: past, tables: tables, until: deadline)
                past = max(past, Self.index(of: tables, in: state))
            }
        }
        let shown = index(of: state)
        do {
            return Self.withReadHeaders(try answer(state), index: shown)
        } catch var error as APIError {
            if error.status == 404 { error.index = shown }
            throw error
        }
    }

    static func index(of tables: [Table], in state: State) -> LogIndex {
        tables.map { state.tableIndex($0) }.max() ?? 1
    }

    static func withReadHeaders(_ response: APIResponse, index: LogIndex) -> APIResponse {
        var response = response
        response.set("X-Nomad-Index", String(index))
        // Reads are answered by the leader from its own state.
        response.set("X-Nomad-LastContact", "0")
        response.set("X-Nomad-KnownLeader", "true")
        return response
    }
}
