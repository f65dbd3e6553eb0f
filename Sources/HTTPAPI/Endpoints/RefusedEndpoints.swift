import Base
import Model
import Server
import State

/// Paths of the API that this program does not serve, with the answers that clients know from others that don't.
enum RefusedEndpoints {
    static func enterprise(_ call: APICall) async throws -> APIResponse { throw APIError.enterprise }

    /// `/v1/volumes` lists nothing until volumes of storage plugins can be registered.
    static func volumes(_ call: APICall) async throws -> APIResponse {
        guard call.request.parameter("type") == "csi" else { return .empty }
        return try await empty(call)
    }

    static func plugins(_ call: APICall) async throws -> APIResponse {
        switch call.request.parameter("type") {
        case nil, "", "csi": try await empty(call)
        default: .empty
        }
    }

    /// A list of things that there are none of.
    static func empty(_ call: APICall) async throws -> APIResponse {
        _ = try call.options()
        return try await call.read([.records]) { _ in .json([]) }
    }

    static func volume(_ call: APICall) async throws -> APIResponse {
        try await call.read([.records]) { _ in throw APIError.notFound("volume not found") }
    }

    static func plugin(_ call: APICall) async throws -> APIResponse {
        try await call.read([.records]) { _ in throw APIError.notFound("plugin not found") }
    }

    static func registerVolume(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let plugin = body.caseInsensitive("Volumes")?.arrayValue?.first?.objectValue?.caseInsensitive("PluginID")
        throw APIError.failed("no CSI plugin named: \(plugin?.stringValue ?? "") could be found")
    }

    static func deregisterVolume(_ call: APICall) async throws -> APIResponse {
        throw APIError.failed("volume not found: \(call.capture("volume"))")
    }

    static func unknownResource(_ call: APICall) async throws -> APIResponse {
        throw APIError.notFound("resource not found")
    }
}
