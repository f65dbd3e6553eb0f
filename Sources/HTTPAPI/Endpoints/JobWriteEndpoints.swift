import Base
import ControlPlane
import Model
import State

/// Changing jobs: register, deregister, evaluate, revert, stable, scale, launch.
enum JobWriteEndpoints {
    static func register(_ call: APICall) async throws -> APIResponse { try await register(call, pathID: nil) }

    static func update(_ call: APICall) async throws -> APIResponse {
        try await register(call, pathID: call.capture("job"))
    }

    private static func register(_ call: APICall, pathID: String?) async throws -> APIResponse {
        let body = try call.request.object()
        let intake = try call.intake(body, pathID: pathID)
        var command = RegisterJob(job: try intake.valid())
        if try body.readFlag("EnforceIndex") ?? false {
            command.enforceIndex = UInt64(clamping: try body.readInteger("JobModifyIndex") ?? 0)
        }
        command.preserveCounts = try body.readFlag("PreserveCounts") ?? false
        command.preserveResources = try body.readFlag("PreserveResources") ?? false
        if let priority = try body.readInteger("EvalPriority"), priority != 0 { command.evalPriority = Int(priority) }
        command.submission = try body.readObject("Submission").map { .object($0) }
        let reply = try await call.submit(.registerJob(command))
        return answer(reply, warnings: [intake.report.registrationText, reply.warnings])
    }

    /// `JobRegisterResponse`.
    private static func answer(_ reply: Reply, warnings: [String] = [], knownLeader: Bool = false) -> APIResponse {
        .json(
            [
                "EvalID": id(reply.evaluation), "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "JobModifyIndex": .int(Int64(clamping: reply.jobModifyIndex)),
                "Warnings": .string(warnings.filter { !$0.isEmpty }.joined(separator: "\n")),
                "Index": .int(Int64(clamping: reply.index)), "KnownLeader": .bool(knownLeader), "LastContact": 0,
                "NextToken": "",
            ], index: reply.index)
    }

    private static func id<Kind>(_ id: ID<Kind>) -> JSON { .string(id.isZero ? "" : id.text) }

    static func deregister(_ call: APICall) async throws -> APIResponse {
        let purge = try call.request.flag("purge") ?? false
        _ = try call.request.flag("global")
        let noDelay = try call.request.flag("no_shutdown_delay") ?? false
        let priority = try call.request.integer("eval_priority")
        let reply = try await call.submit(
            .deregisterJob(JobEndpoints.key(call), purge: purge, evalPriority: priority, noShutdownDelay: noDelay))
        return .json(
            [
                "EvalID": id(reply.evaluation), "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "JobModifyIndex": .int(Int64(clamping: reply.jobModifyIndex)), "VolumeEvalID": "",
                "VolumeEvalIndex": 0, "Index": .int(Int64(clamping: reply.index)), "KnownLeader": false,
                "LastContact": 0, "NextToken": "",
            ], index: reply.index)
    }

    static func evaluate(_ call: APICall) async throws -> APIResponse {
        var force = false
        if let body = try call.request.optionalJSON() {
            guard let object = body.objectValue else {
                throw APIError.badRequest("the request body must be a JSON object")
            }
            guard let id = try object.readText("JobID"), !id.isEmpty else {
                throw APIError.badRequest("Job ID must be specified")
            }
            guard id == call.capture("job") else { throw APIError.badRequest("JobID not same as job name") }
            force = try object.readObject("EvalOptions")?.readFlag("ForceReschedule") ?? false
        }
        let reply = try await call.submit(.evaluateJob(JobEndpoints.key(call), forceReschedule: force))
        return answer(reply)
    }

    /// The body of a request about one job, whose `JobID` must be the path's.
    private static func body(_ call: APICall) throws(APIError) -> JSONObject {
        let body = try call.request.object()
        guard let id = try body.readText("JobID"), !id.isEmpty else { throw .badRequest("JobID must be specified") }
        guard id == call.capture("job") else { throw .badRequest("Job ID does not match") }
        return body
    }

    private static func version(_ body: JSONObject, _ name: String) throws(APIError) -> UInt64? {
        guard let number = try body.readInteger(name) else { return nil }
        guard number >= 0 else { throw .badRequest("\(name) must not be negative") }
        return UInt64(number)
    }

    static func revert(_ call: APICall) async throws -> APIResponse {
        let body = try body(call)
        let reply = try await call.submit(
            .revertJob(
                JobEndpoints.key(call), version: try version(body, "JobVersion") ?? 0,
                enforcePriorVersion: try version(body, "EnforcePriorVersion")))
        return answer(reply)
    }

    static func tagVersion(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let isLatest = try body.readFlag("Latest") ?? false
        let reply = try await call.submit(
            .tagJobVersion(
                JobEndpoints.key(call), tag: call.capture("tag"),
                version: isLatest ? nil : try version(body, "Version"),
                description: try body.readText("Description") ?? ""))
        let tag = reply.versionTag ?? [:]
        return .json(
            [
                "Name": tag["Name"] ?? "", "Description": tag["Description"] ?? "",
                "TaggedTime": tag["TaggedTime"] ?? 0, "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }

    static func untagVersion(_ call: APICall) async throws -> APIResponse {
        let reply = try await call.submit(.untagJobVersion(JobEndpoints.key(call), tag: call.capture("tag")))
        return .json(
            ["Name": "", "Description": "", "TaggedTime": 0, "Index": .int(Int64(clamping: reply.index))],
            index: reply.index)
    }

    static func setStability(_ call: APICall) async throws -> APIResponse {
        let body = try body(call)
        let reply = try await call.submit(
            .setJobStability(
                JobEndpoints.key(call), version: try version(body, "JobVersion") ?? 0,
                stable: try body.readFlag("Stable") ?? false))
        return .json(
            [
                "JobModifyIndex": .int(Int64(clamping: reply.jobModifyIndex)),
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }

    static func scale(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        guard let group = try body.readObject("Target")?.readText("Group"), !group.isEmpty else {
            throw APIError.badRequest("missing task group name for scaling action")
        }
        let job = try body.readObject("Target")?.readText("Job") ?? ""
        if !job.isEmpty, job != call.capture("job") {
            throw APIError.badRequest("job ID in payload did not match URL")
        }
        let count = try body.readInteger("Count")
        let isError = try body.readFlag("Error") ?? false
        if count != nil, isError {
            throw APIError.badRequest("scaling action should not contain count if error is true")
        }
        if let count, count < 0 { throw APIError.badRequest("scaling action count can't be negative") }
        if let count, count > Int64(Int32.max) {
            throw APIError.badRequest("scaling action count \(count) is too large")
        }
        let index = try body.readInteger("JobModifyIndex")
        let meta = body.caseInsensitive("Meta").flatMap { $0.isNull ? nil : $0 }
        let reply = try await call.submit(
            .scaleJob(
                JobEndpoints.key(call), group: group, count: count.map { Int($0) },
                message: try body.readText("Message") ?? "", error: isError, meta: meta,
                enforceIndex: index.flatMap { $0 == 0 ? nil : UInt64(clamping: $0) }))
        return answer(reply, knownLeader: true)
    }

    static func forcePeriodic(_ call: APICall) async throws -> APIResponse {
        let reply = try await call.submit(.forcePeriodic(JobEndpoints.key(call)))
        return .json(
            [
                "EvalID": id(reply.evaluation), "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }

    static func dispatch(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        if let id = try body.readText("JobID"), !id.isEmpty, id != call.capture("job") {
            throw APIError.badRequest("Job ID does not match")
        }
        let payload = try body.readText("Payload")
        if let payload, case .failure(let fault) = Base64.decode(payload) { throw APIError.badRequest("\(fault)") }
        return try await dispatch(
            call, payload: payload, meta: try body.readTextMap("Meta"),
            idPrefix: try body.readText("IdPrefixTemplate") ?? "",
            priority: Int(try body.readInteger("Priority") ?? 0))
    }

    /// The body itself is the payload.
    static func dispatchPayload(_ call: APICall) async throws -> APIResponse {
        try await dispatch(call, payload: Base64.encode(call.request.body), meta: [:], idPrefix: "", priority: 0)
    }

    private static func dispatch(
        _ call: APICall, payload: String?, meta: [String: String], idPrefix: String, priority: Int
    ) async throws -> APIResponse {
        let text = payload.flatMap { $0.isEmpty ? nil : $0 }
        let reply = try await call.submit(
            .dispatchJob(
                JobEndpoints.key(call), payload: text, meta: meta, idPrefix: idPrefix,
                idempotencyToken: call.request.parameter("idempotency_token") ?? "", priority: priority))
        return .json(
            [
                "DispatchedJobID": .string(reply.dispatchedJobID), "EvalID": id(reply.evaluation),
                "EvalCreateIndex": .int(Int64(clamping: reply.evaluationIndex)),
                "JobCreateIndex": .int(Int64(clamping: reply.jobCreateIndex)),
                "Index": .int(Int64(clamping: reply.index)),
            ], index: reply.index)
    }
}
