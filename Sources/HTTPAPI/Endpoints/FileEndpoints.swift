import AgentCore
import Base
import Model
import Synchronization

/// `/v1/client/fs/…`: files and logs of allocations.
enum FileEndpoints {
    private static func allocation(_ call: APICall) throws(APIError) -> AllocationID {
        guard !call.capture("alloc").isEmpty else { throw .badRequest("must provide a valid alloc id") }
        return try ClientEndpoints.allocation(call)
    }

    private static func path(_ call: APICall) throws(APIError) -> String {
        guard let path = call.request.parameter("path"), !path.isEmpty else {
            throw .badRequest("must provide a file name")
        }
        return path
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        let path = call.request.parameter("path") ?? ""
        return try await call.onNode(of: id) { api in
            let files = try await missingIsFailure { () async throws(NodeLocalError) in
                try await api.list(id, path: path.isEmpty ? "/" : path)
            }
            return .json(.array(files.map(FileWire.info)))
        }
    }

    static func stat(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        let path = try path(call)
        return try await call.onNode(of: id) { api in
            var file = try await missingIsFailure { () async throws(NodeLocalError) in
                try await api.stat(id, path: path)
            }
            if file.contentType == nil { file.contentType = "application/octet-stream" }
            return .json(FileWire.info(file))
        }
    }

    /// A path that isn't there is a 500 of these two, as clients know it.
    private static func missingIsFailure<Value>(
        _ body: () async throws(NodeLocalError) -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch  where error.code == .noSuchFile {
            throw APIError.failed(error.message)
        }
    }

    static func cat(_ call: APICall) async throws -> APIResponse {
        await shown { try await read(call, from: 0, limit: nil) }
    }

    static func readAt(_ call: APICall) async throws -> APIResponse {
        await shown {
            func number(_ name: String) throws(APIError) -> Int64? {
                guard let text = call.request.parameter(name), !text.isEmpty else { return nil }
                guard let number = Int64(text), number >= 0 else {
                    throw .badRequest("error parsing \(name): \"\(text)\"")
                }
                return number
            }
            guard let offset = try number("offset") else {
                throw APIError.badRequest("error parsing offset: it is missing")
            }
            return try await read(call, from: offset, limit: try number("limit"))
        }
    }

    private static func read(_ call: APICall, from offset: Int64, limit: Int64?) async throws -> APIResponse {
        let id = try allocation(call)
        let path = try path(call)
        return try await call.onNode(of: id) { api in
            APIResponse(
                body: .stream { sink in
                    let started = Atomic(false)
                    do {
                        try await api.read(id, path: path, offset: offset, limit: limit) { piece in
                            started.store(true, ordering: .relaxed)
                            try await sink.write(piece)
                        }
                    } catch let error as NodeLocalError
                        where !started.load(ordering: .relaxed) && error.code != .cancelled
                    {
                        try await sink.write(Array(error.message.utf8))
                    }
                })
        }
    }

    /// These answers may be opened by a browser, so they are fenced in; errors are shown as text with status 200.
    private static func shown(_ answer: () async throws -> APIResponse) async -> APIResponse {
        var response: APIResponse
        do {
            response = try await answer()
        } catch let error as APIError {
            response = .text(200, error.message)
        } catch {
            response = .text(200, "\(error)")
        }
        response.status = 200
        if response.header("Content-Type") == nil { response.contentTypeFromContent = true }
        response.set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
        response.set("X-Content-Type-Options", "nosniff")
        response.set("X-XSS-Protection", "1; mode=block")
        return response
    }

    static func unknown(_ call: APICall) async throws -> APIResponse { throw APIError.notFound("Invalid method") }
}

/// Following files and logs.
enum StreamEndpoints {
    private static func allocation(_ call: APICall) throws(APIError) -> AllocationID {
        guard !call.capture("alloc").isEmpty else { throw .badRequest("must provide a valid alloc id") }
        return try ClientEndpoints.allocation(call)
    }

    private static func follow(_ call: APICall, default fallback: Bool) throws(APIError) -> Bool {
        do {
            return try call.request.flag("follow") ?? fallback
        } catch {
            throw .badRequest("failed to parse follow field to boolean: \(error)")
        }
    }

    private static func position(_ call: APICall) throws(APIError) -> StreamPosition {
        var offset: Int64 = 0
        if let text = call.request.parameter("offset"), !text.isEmpty {
            guard let number = Int64(text) else {
                throw .badRequest("error parsing offset: \"\(text)\" is not a number")
            }
            offset = max(0, number)
        }
        switch call.request.parameter("origin") ?? "" {
        case "", "start": return .fromStart(offset)
        case "end": return .fromEnd(offset)
        default: throw .badRequest("origin must be start or end")
        }
    }

    static func file(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        guard let path = call.request.parameter("path"), !path.isEmpty else {
            throw APIError.badRequest("must provide a file name")
        }
        let position = try position(call)
        let follow = try follow(call, default: true)
        return try await call.onNode(of: id) { api in
            var response = APIResponse(
                body: .stream { sink in
                    do {
                        try await api.stream(id, path: path, from: position, follow: follow) { frame in
                            try await sink.write(FileWire.frame(frame))
                        }
                    } catch let error as NodeLocalError where error.code == .noSuchFile {
                        throw APIError.badRequest(error.message)
                    }
                })
            response.set("Content-Type", "text/plain; charset=utf-8")
            return response
        }
    }

    static func logs(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        guard let task = call.request.parameter("task"), !task.isEmpty else {
            throw APIError.badRequest("must provide task name")
        }
        let follow = try follow(call, default: false)
        guard let stream = LogStream(rawValue: call.request.parameter("type") ?? "") else {
            throw APIError.badRequest("must provide log type (stdout/stderr)")
        }
        let position = try position(call)
        let plain = try call.request.flag("plain") ?? false
        return try await call.onNode(of: id) { api in
            var response = APIResponse(
                body: .stream { sink in
                    try await api.logs(id, task: task, stream: stream, from: position, follow: follow) { frame in
                        if !plain {
                            try await sink.write(FileWire.frame(frame))
                        } else if !frame.data.isEmpty {
                            try await sink.write(frame.data)
                        }
                    }
                })
            response.set("Content-Type", plain ? "text/plain" : "application/json")
            return response
        }
    }
}

/// Files and pieces of files as the API shows them.
enum FileWire {
    static func info(_ file: FileInfo) -> JSON {
        var object = JSONObject()
        object["Name"] = .string(file.name)
        object["IsDir"] = .bool(file.isDirectory)
        object["Size"] = .int(file.size)
        object["FileMode"] = .string(file.mode)
        object["ModTime"] = .string(file.modified.rfc3339(fraction: true))
        if let type = file.contentType { object["ContentType"] = .string(type) }
        return .object(object)
    }

    /// One frame without anything around it; unset fields are left out, so a heartbeat is `{}`.
    static func frame(_ frame: FileFrame) -> [UInt8] {
        var writer = ObjectWriter()
        writer.open()
        if !frame.data.isEmpty { writer.field("Data", Base64.encode(frame.data)) }
        if !frame.file.isEmpty { writer.field("File", frame.file) }
        if !frame.event.isEmpty { writer.field("FileEvent", frame.event) }
        if frame.offset != 0, !frame.isHeartbeat { writer.field("Offset", frame.offset) }
        writer.close()
        return writer.take()
    }
}
