import AgentCore
import Base
import Model

/// `/v1/client/…` but for files and logs: what the node of an allocation, or a node, answers itself.
enum ClientEndpoints {
    static func allocation(_ call: APICall) throws(APIError) -> AllocationID {
        try UUIDText.whole(call.capture("alloc"), "alloc lookup failed")
    }

    static func hostStatistics(_ call: APICall) async throws -> APIResponse {
        try await call.onNamedNode { api in .json(try WireEncoder().encode(try await api.hostUsage())) }
    }

    static func collectAll(_ call: APICall) async throws -> APIResponse {
        try await call.onNamedNode { api in
            try await api.collectAll()
            return .empty
        }
    }

    static func statistics(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        let task = call.request.parameter("task").flatMap { $0.isEmpty ? nil : $0 }
        return try await call.onNode(of: id) { api in
            var usage = try await api.usage(id, task: task)
            // Devices are measured for the allocation; what single tasks have of them is unknown, not none.
            for name in usage.tasks.keys where usage.tasks[name]?.resourceUsage.deviceStats?.isEmpty ?? false {
                usage.tasks[name]?.resourceUsage.deviceStats = nil
            }
            return .json(try WireEncoder().encode(usage))
        }
    }

    static func checks(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        return try await call.onNode(of: id) { api in
            var object = JSONObject()
            for check in try await api.checks(id) { object[check.id] = try WireEncoder().encode(check) }
            return .json(.object(object))
        }
    }

    static func collect(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        return try await call.onNode(of: id) { api in
            try await api.collect(id)
            return .empty
        }
    }

    static func restart(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        let body = try call.request.optionalJSON()?.objectValue ?? JSONObject()
        let name = try body.readText("TaskName") ?? ""
        let all = try body.readFlag("AllTasks") ?? false
        guard name.isEmpty || !all else {
            throw APIError.badRequest("Specific task name and \"all tasks\" can't be set at the same time")
        }
        let selection: RestartSelection = all ? .all : name.isEmpty ? .running : .task(name)
        return try await call.onNode(of: id) { api in
            try await api.restart(id, selection)
            return .json(["Index": 0])
        }
    }

    static func signal(_ call: APICall) async throws -> APIResponse {
        let id = try allocation(call)
        let body = try call.request.object()
        let task = try body.readText("Task") ?? ""
        let name = try body.readText("Signal") ?? ""
        return try await call.onNode(of: id) { api in
            try await api.signal(id, task: task.isEmpty ? nil : task, name: name.isEmpty ? "SIGINT" : name)
            return .json(["Index": 0])
        }
    }
}
