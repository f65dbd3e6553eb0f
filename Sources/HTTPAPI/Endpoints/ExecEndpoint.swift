import AgentCore
import Base
import Model

/// `/v1/client/allocation/:id/exec`: a command in a running task, over a websocket.
enum ExecEndpoint {
    /// What the query of an exec asks for.
    struct Wish: Hashable, Sendable {
        var allocation: AllocationID
        /// Empty: refused once the websocket is there.
        var task: String
        var command: [String]
        var hasTerminal: Bool
        /// The first frame carries a version and a token.
        var handshake: Bool

        init(_ request: APIRequest, allocation text: String) throws(APIError) {
            allocation = try UUIDText.whole(text, "alloc lookup failed")
            task = request.parameter("task") ?? ""
            switch request.parameter("tty") ?? "" {
            case "", "false", "0", "f", "F", "FALSE", "False": hasTerminal = false
            case "true", "1", "t", "T", "TRUE", "True": hasTerminal = true
            case let other: throw .failed("tty value is not a boolean: \"\(other)\"")
            }
            do {
                let tree = try JSON(parsing: request.parameter("command") ?? "")
                guard let words = tree.arrayValue, words.allSatisfy({ $0.stringValue != nil }) else {
                    throw APIError.failed("failed to marshal command into json: it must be a list of strings")
                }
                command = words.compactMap(\.stringValue)
            } catch let error as APIError {
                throw error
            } catch {
                throw .failed("failed to marshal command into json: \(error)")
            }
            handshake = try request.flag("ws_handshake") ?? false
        }
    }

    /// The id in the path of an exec request; nil for other paths.
    static func allocation(in path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[1...3] == ["v1", "client", "allocation"], parts[5] == "exec" else { return nil }
        return parts[4]
    }

    /// A request that is no websocket, or whose query is wrong.
    static func withoutUpgrade(_ call: APICall) async throws -> APIResponse {
        _ = try Wish(call.request, allocation: call.capture("alloc"))
        throw APIError.badRequest("exec needs a websocket: send Upgrade: websocket")
    }
}

/// The frames of an exec: JSON texts both ways.
enum ExecFrames {
    /// What the client sent. Nil: nothing for the command, such as a heartbeat.
    static func input(_ bytes: [UInt8]) throws -> CommandInput? {
        let tree = try JSON(parsing: bytes)
        if let stdin = tree["stdin"] {
            if stdin["close"]?.boolValue == true { return .closeStandardInput }
            switch Base64.decode(stdin["data"]?.stringValue ?? "") {
            case .success(let data): return data.isEmpty ? nil : .standardInput(data)
            case .failure(let fault): throw APIError.badRequest("\(fault)")
            }
        }
        if let size = tree["tty_size"], let rows = size["height"]?.intValue, let columns = size["width"]?.intValue {
            return .resize(TerminalDimensions(rows: Int(clamping: rows), columns: Int(clamping: columns)))
        }
        return nil
    }

    static func output(_ output: CommandOutput) -> String {
        switch output {
        case .standardOutput(let bytes): "{\"stdout\":{\"data\":\"\(Base64.encode(bytes))\"}}"
        case .standardError(let bytes): "{\"stderr\":{\"data\":\"\(Base64.encode(bytes))\"}}"
        }
    }

    static let closedOutput = "{\"stdout\":{\"close\":true}}"
    static let closedError = "{\"stderr\":{\"close\":true}}"

    /// The end; a zero exit code is left out.
    static func exited(_ code: Int) -> String {
        code == 0 ? "{\"exited\":true,\"result\":{}}" : "{\"exited\":true,\"result\":{\"exit_code\":\(code)}}"
    }

    /// What an agent answers when a command can't be run: close code and reason, cut to what a close frame holds.
    static func closure(_ error: any Error) -> (code: UInt16, reason: String) {
        let (status, message) =
            switch error {
            case let error as NodeLocalError: (NodeErrors.status(of: error), error.message)
            case let error as APIError: (error.status, error.message)
            default: (500, "\(error)")
            }
        var reason = message
        while reason.utf8.count > reasonBytesMax { reason.removeLast() }
        return (status == 500 ? 1011 : 1008, reason)
    }

    /// A close frame holds 125 bytes, two of which are the code.
    static let reasonBytesMax = 123
}
