import Base
import Model
import Server
import State

/// Paths of the API that this program does not serve, with the answers that clients know from others that don't.
enum RefusedEndpoints {
    static func enterprise(_ call: APICall) async throws -> APIResponse { throw APIError.enterprise }

    /// A list of things that there are none of.
    static func empty(_ call: APICall) async throws -> APIResponse {
        _ = try call.options()
        return try await call.read([.records]) { _ in .json([]) }
    }

    /// Volumes that are made on nodes at run time are not built.
    static func hostVolume(_ call: APICall) async throws -> APIResponse {
        try await call.read([.records]) { _ in throw APIError.notFound("volume not found") }
    }

    static func unknownResource(_ call: APICall) async throws -> APIResponse {
        throw APIError.notFound("resource not found")
    }
}
