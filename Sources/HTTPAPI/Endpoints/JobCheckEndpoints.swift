import Base
import ControlPlane
import HCL
import JobSpec
import Model
import Scheduling
import Server
import State

/// Looking at jobs without running them: parse, validate, plan.
enum JobCheckEndpoints {
    /// Name of the text in places of errors; clients know it.
    private static let sourceName = "input.hcl"

    static func parse(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let text = try body.readText("JobHCL") ?? ""
        guard !text.isEmpty else { throw APIError.badRequest("Job spec is empty") }
        var options = JobFile.Options()
        if try body.readFlag("hclv1") ?? false { options.syntax = .legacy }
        // `uuidv4` and `bcrypt` need no files, so the server evaluates them.
        options.random = { UInt64.random(in: .min ... .max) }
        if let variables = try body.readText("Variables"), !variables.isEmpty {
            options.variables.files = [JobVariables.File(name: "input.hcl.vars", bytes: Array(variables.utf8))]
        }
        let file: JobFile
        do {
            file = try JobFile.parse(text, name: sourceName, options: options)
        } catch {
            throw APIError.badRequest(error.description)
        }
        let canonicalize = try body.readFlag("Canonicalize") ?? false
        return .json(.object(canonicalize ? Canonical.job(file.tree) : file.tree))
    }

    static func validate(_ call: APICall) async throws -> APIResponse {
        let intake = try call.intake(call.request.object())
        let report = intake.report
        return .json([
            "DriverConfigValidated": true,
            "ValidationErrors": report.isValid ? .null : .array(report.errors.items.map { .string($0) }),
            "Error": .string(report.errors.text), "Warnings": .string(report.warningText),
        ])
    }

    static func plan(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let intake = try call.intake(body, pathID: call.capture("job"))
        let job = try intake.valid()
        let server = try call.server()
        let state = server.committed
        let plan = server.dryRun(job)
        let old = state.job(job.key)?.job
        let encoder = WireEncoder()
        let failed = plan.evaluation.failedTGAllocs
        let index = old?.jobModifyIndex ?? 0
        var diff = JSON.null
        if try body.readFlag("Diff") ?? false {
            diff = try JobDiffWire.plan(from: old, to: job, annotations: plan.annotations)
        }
        return .json(
            [
                "Annotations": try encoder.encode(plan.annotations),
                "FailedTGAllocs": failed.isEmpty ? .null : try encoder.encode(failed),
                "JobModifyIndex": .int(Int64(clamping: index)),
                "CreatedEvals": try created(by: plan, now: server.now()), "Diff": diff,
                "NextPeriodicLaunch": nextLaunch(job, call, after: server.now()),
                "Warnings": .string(intake.report.warningText), "Index": .int(Int64(clamping: state.index)),
            ], index: state.tableIndex(.jobs))
    }

    /// Why a job is not where it should be, and the smallest changes that would bring it there.
    static func explain(_ call: APICall) async throws -> APIResponse {
        let server = try call.server()
        guard let explanation = server.explain(JobEndpoints.key(call)) else { throw APIError.notFound("job not found") }
        let index = server.committed.tableIndex(.jobs, .allocations, .evaluations, .nodes, .deployments)
        return .json(try WireEncoder().encode(explanation), index: index)
    }

    /// The evaluation that would wait for room for what found none.
    private static func created(by plan: Plan, now: Instant) throws -> JSON {
        let blocked = plan.evaluations.filter { $0.status == .blocked }
        guard !blocked.isEmpty else { return .null }
        return .array(
            try blocked.map { evaluation in
                var evaluation = evaluation
                // Applying the plan would stamp these.
                (evaluation.createTime, evaluation.modifyTime) = (now.nanoseconds, now.nanoseconds)
                if evaluation.failedTGAllocs.isEmpty { evaluation.failedTGAllocs = plan.evaluation.failedTGAllocs }
                return try EvaluationWire.tree(evaluation)
            })
    }

    /// When a periodic job would run next; null for other jobs and for those that never run.
    private static func nextLaunch(_ job: Job, _ call: APICall, after now: Instant) -> JSON {
        guard let periodic = job.periodic, periodic.enabled, periodic.specType == "cron",
            let zone = call.context.timeZone(periodic.timeZone)
        else { return .null }
        let times = periodic.lines.compactMap { try? Cron($0).next(after: now, zone: zone) }
        return times.min().map { .string($0.rfc3339()) } ?? .null
    }
}

/// What `/v1/job/:id/versions` is asked for besides the versions.
struct VersionsRequest {
    private var wantsDiffs: Bool
    private var version: UInt64?
    private var tag: String?

    init(_ request: APIRequest) throws(APIError) {
        wantsDiffs = try request.flag("diffs") ?? false
        if let text = request.parameter("diff_version"), !text.isEmpty {
            guard let number = UInt64(text) else {
                throw .badRequest("Failed to parse value of \"diff_version\" (\(text)) as a uint64")
            }
            version = number
        }
        tag = request.parameter("diff_tag").flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The differences from each version to the next newer one, newest first; or from every version to one.
    func diffs(of versions: [Job]) throws -> JSON {
        var version = version
        if let tag {
            let tagged = versions.first { $0.versionTag?["Name"]?.stringValue == tag }
            guard let tagged else { throw APIError.notFound("tag \"\(tag)\" not found") }
            version = tagged.version
        }
        if let version {
            guard let base = versions.first(where: { $0.version == version }) else {
                throw APIError.notFound("version \(version) not found")
            }
            return .array(
                try versions.filter { $0.version != version }.map { try JobDiffWire.diff(from: base, to: $0) })
        }
        guard wantsDiffs, versions.count > 1 else { return .null }
        return .array(try zip(versions, versions.dropFirst()).map { try JobDiffWire.diff(from: $1, to: $0) })
    }
}
