import AccessControl
import Base
import ControlPlane
import Model
import Server
import State

/// `/v1/evaluations` and `/v1/evaluation/:id`.
enum EvaluationEndpoints {
    private static let table = "eval lookup failed"

    private static func selected(_ call: APICall, _ state: State) throws -> [Evaluation] {
        let options = try call.options()
        let status = call.request.parameter("status") ?? ""
        let job = call.request.parameter("job") ?? ""
        if !options.filter.isEmpty, !status.isEmpty || !job.isEmpty {
            throw APIError.badRequest("Filter expression cannot be used with other filter parameters")
        }
        var evaluations = state.allEvaluations
        if let namespace = options.namespaceSelection { evaluations.removeAll { $0.namespace != namespace } }
        evaluations = call.visible(evaluations, .readJob) { $0.namespace }
        if !status.isEmpty { evaluations.removeAll { $0.status.rawValue != status } }
        if !job.isEmpty { evaluations.removeAll { $0.jobID != job } }
        if !options.prefix.isEmpty {
            let prefix = try UUIDText.prefix(options.prefix, table)
            evaluations.removeAll { !UUIDText.digits(of: $0.id).hasPrefix(prefix) }
            evaluations.sort { $0.id < $1.id }
        }
        return evaluations
    }

    private static func page(_ evaluations: [Evaluation], _ options: QueryOptions) throws -> Page<Evaluation> {
        let byID = !options.prefix.isEmpty
        return try Page(evaluations, options) { evaluation in
            byID ? .id(evaluation.id.text) : .created(evaluation.createIndex, evaluation.id.text)
        } whole: {
            try EvaluationWire.whole($0)
        }
    }

    static func list(_ call: APICall) async throws -> APIResponse {
        let options = try call.options()
        return try await call.read([.evaluations]) { state in
            try .list(page(selected(call, state), options)) { try EvaluationWire.tree($0) }
        }
    }

    static func count(_ call: APICall) async throws -> APIResponse {
        var options = try call.options()
        (options.perPage, options.nextToken) = (0, "")
        let unpaged = options
        return try await call.read([.evaluations]) { state in
            .json(["Count": .int(Int64(try page(selected(call, state), unpaged).items.count))])
        }
    }

    /// By ids or by a filter; needs a paused broker.
    static func delete(_ call: APICall) async throws -> APIResponse {
        let body = try call.request.object()
        let texts = try body.readTexts("EvalIDs")
        let filter = try body.readText("Filter") ?? ""
        guard texts.isEmpty != filter.isEmpty else {
            throw APIError.badRequest("evals must be deleted by either ID or filter")
        }
        var ids: [EvaluationID] = []
        for text in texts { ids.append(try UUIDText.whole(text, table)) }
        let state = try call.server().committed
        if !filter.isEmpty {
            // Before the look for what fits, so that the answer does not depend on it.
            guard state.schedulerConfiguration.pauseEvalBroker else {
                throw APIError.failed("eval broker is enabled; eval broker must be paused to delete evals")
            }
            var options = QueryOptions()
            options.filter = filter
            ids = try page(state.allEvaluations, options).items
                .filter { state.allocations(ofEvaluation: $0.id).allSatisfy(\.isTerminal) }.map(\.id)
        }
        let reply = try await call.submit(.deleteEvaluations(ids))
        return .json(
            ["Count": .int(Int64(ids.count)), "Index": .int(Int64(clamping: reply.index))], index: reply.index)
    }

    private static func id(_ call: APICall) throws(APIError) -> EvaluationID {
        try UUIDText.whole(call.capture("eval"), table)
    }

    static func get(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        let related = try call.request.flag("related") ?? false
        return try await call.read([.evaluations]) { state in
            state.evaluation(id)?.modifyIndex
        } answer: { state in
            guard let evaluation = state.evaluation(id) else { throw APIError.notFound("eval not found") }
            var tree = try EvaluationWire.tree(evaluation)
            if related {
                tree["RelatedEvals"] = .array(Self.related(to: evaluation, state).map(EvaluationWire.stub))
            }
            return .json(tree)
        }
    }

    /// Those that led to it, follow from it, or wait for it; by id.
    private static func related(to first: Evaluation, _ state: State) -> [Evaluation] {
        var found: [EvaluationID: Evaluation] = [first.id: first]
        var open = [first]
        while let evaluation = open.popLast() {
            for id in [evaluation.previousEval, evaluation.nextEval, evaluation.blockedEval] where found[id] == nil {
                guard !id.isZero, let other = state.evaluation(id) else { continue }
                found[id] = other
                open.append(other)
            }
        }
        found[first.id] = nil
        return found.values.sorted { $0.id < $1.id }
    }

    static func allocations(_ call: APICall) async throws -> APIResponse {
        let id = try id(call)
        return try await call.read([.allocations]) { state in
            try AllocationEndpoints.stubs(state.allocations(ofEvaluation: id), call)
        }
    }
}
