import AgentCore
import Base
import Logging

/// `/v1/agent/monitor`: the agent's log as it is written.
enum MonitorEndpoint {
    static func follow(_ call: APICall) async throws -> APIResponse {
        let name = call.request.parameter("log_level") ?? ""
        guard let level = level(name.isEmpty ? "info" : name.lowercased()) else {
            throw APIError.badRequest("Unknown log level: \(name)")
        }
        let plain = try call.request.flag("plain") ?? false
        let json = try call.request.flag("log_json") ?? false
        let node = call.request.parameter("node_id") ?? ""
        let server = call.request.parameter("server_id") ?? ""
        guard node.isEmpty || server.isEmpty else {
            throw APIError.badRequest("Cannot target node and server simultaneously")
        }
        if !node.isEmpty, node != call.context.node?.id.text {
            return try await call.onNamedNode { _ in try here(call, level, plain: plain, json: json) }
        }
        return try here(call, level, plain: plain, json: json)
    }

    private static func level(_ name: String) -> Logger.Level? {
        switch name {
        case "trace": .trace
        case "debug": .debug
        case "info": .info
        case "warn", "warning": .warning
        case "error", "err": .error
        default: nil
        }
    }

    private static func here(
        _ call: APICall, _ level: Logger.Level, plain: Bool, json: Bool
    ) throws(APIError) -> APIResponse {
        guard let log = call.context.log else { throw .failed("this agent keeps no log to follow") }
        var response = APIResponse(
            body: .stream { sink in
                // The head goes out at once, so that a client sees that it is connected.
                try await sink.write([])
                try await Heartbeat.every(.seconds(1), sink, beat: plain ? [] : FileWire.frame(.heartbeat)) { sink in
                    for await line in log.follow(level) where line.level >= level {
                        let text = json ? jsonLine(line) : line.text
                        let bytes = Array((text + "\n").utf8)
                        try await sink.write(plain ? bytes : FileWire.frame(FileFrame(data: bytes)))
                    }
                }
            })
        response.set("Content-Type", plain ? "text/plain" : "application/json")
        return response
    }

    private static func jsonLine(_ line: LogRing.Line) -> String {
        JSON.object(["@level": .string(line.level.rawValue), "@message": .string(line.text)]).text
    }
}
