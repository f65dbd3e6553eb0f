import Base
import CaravanClient

/// Follows an evaluation, and the deployment it belongs to, until both are done.
///
/// Prints one line a change. On a terminal the deployment is drawn in place instead.
struct Monitor {
    let invocation: Invocation
    let show: Show

    /// Longest wait of a look at an evaluation.
    private static let wait = TimeSpan.seconds(1)
    /// Pause after a failed deployment, for its rollback to appear.
    private static let rollbackPause = TimeSpan.seconds(1)
    /// Exit status for placement failures.
    static let placementStatus: Int32 = 2

    init(_ invocation: Invocation) {
        self.invocation = invocation
        show = invocation.show
    }

    private func heading(_ text: String) {
        invocation.line(show.style.bold("==> \(show.time(invocation.clock.now)): ") + text)
        invocation.console.flush()
    }

    private func event(_ text: String) {
        invocation.line("    \(show.time(invocation.clock.now)): \(text)")
        invocation.console.flush()
    }

    /// Follows an evaluation. The exit status is 0 if everything found its place and the deployment succeeded.
    func evaluation(_ first: String) async throws -> Int32 {
        let client = try invocation.client
        var id = first
        var deployment = ""
        var status: Int32 = 0
        while true {
            heading("Monitoring evaluation \"\(show.id(id))\"")
            let evaluation = try await follow(evaluation: id, client)
            let options = QueryOptions(namespace: evaluation["Namespace"]?.stringValue)
            if !evaluation.text("DeploymentID").isEmpty { deployment = evaluation.text("DeploymentID") }
            status = conclude(evaluation)
            let next = evaluation.text("NextEval")
            guard !next.isEmpty else {
                if deployment.isEmpty { return status }
                if status == Self.placementStatus, try await waitsWithoutEnd(deployment, options) { return status }
                let outcome = try await self.deployment(deployment, options)
                return outcome == 0 ? 0 : status == 0 ? outcome : status
            }
            let successor = try await invocation.doing("Error reading evaluation") {
                try await client.evaluation(next, options).json()
            }
            let delay = TimeSpan(nanoseconds: max(0, successor.int("Wait")))
            if delay > .zero {
                heading("Monitoring next evaluation \"\(show.id(next))\" in \(delay.text)")
                try await Task.sleep(nanoseconds: UInt64(delay.nanoseconds))
            }
            id = next
        }
    }

    /// Whether nothing of a deployment was placed: it has no deadline then, and following it might never end.
    private func waitsWithoutEnd(_ id: String, _ options: QueryOptions) async throws -> Bool {
        let client = try invocation.client
        let deployment = try await invocation.doing("Error fetching deployment") {
            try await client.deployment(id, options).json()
        }
        let groups = deployment.entries("TaskGroups")
        guard deployment.text("Status") == "running", groups.allSatisfy({ $0.value.int("PlacedAllocs") == 0 })
        else { return false }
        heading(
            "Deployment \"\(show.id(id))\" has placed nothing yet; follow it with: "
                + "\(invocation.program.text) deployment status -monitor \(show.id(id))")
        return true
    }

    /// Prints what happens until the evaluation is done, and returns it.
    private func follow(evaluation id: String, _ client: Client) async throws -> JSON {
        var progress = EvaluationProgress()
        var index: UInt64?
        while true {
            let at = index
            let answer = try await invocation.doing("Error reading evaluation") {
                try await client.evaluation(id, QueryOptions(index: at, wait: at == nil ? nil : Self.wait))
            }
            let evaluation = try answer.json()
            index = max(1, answer.index)
            let options = QueryOptions(namespace: evaluation["Namespace"]?.stringValue)
            let allocations = try await invocation.doing("Error reading allocations") {
                try await client.allocations(evaluation: id, options)
            }
            for text in progress.update(evaluation, allocations, show: show) { event(text) }
            if EvaluationProgress.isDone(evaluation) { return evaluation }
        }
    }

    /// Says how the evaluation ended.
    private func conclude(_ evaluation: JSON) -> Int32 {
        let finished =
            "Evaluation \"\(show.id(evaluation.text("ID")))\" finished with status \"\(evaluation.text("Status"))\""
        let failed = evaluation.entries("FailedTGAllocs")
        guard !failed.isEmpty else {
            heading(finished)
            return evaluation.text("Status") == "failed" ? 1 : 0
        }
        heading(finished + " but failed to place all allocations:")
        for (group, metric) in failed {
            event(PlacementLayout.heading(group, metric))
            invocation.lines(PlacementLayout.reasons(metric, indent: "      "))
        }
        let blocked = evaluation.text("BlockedEval")
        if !blocked.isEmpty {
            event("Evaluation \"\(show.id(blocked))\" waiting for additional capacity to place remainder")
        }
        invocation.console.flush()
        return Self.placementStatus
    }

    /// Follows a deployment, and the one that rolls it back. The exit status is 0 if it succeeded.
    func deployment(_ id: String, _ options: QueryOptions = QueryOptions()) async throws -> Int32 {
        heading("Monitoring deployment \"\(show.id(id))\"")
        let client = try invocation.client
        let drawing = DeploymentDisplay(invocation: invocation, show: show)
        var last = try await drawing.follow(id, options)
        var status: Int32 = last.text("Status") == "successful" ? 0 : 1
        while last.text("Status") == "failed", Self.revertsItself(last) {
            try await Task.sleep(nanoseconds: UInt64(Self.rollbackPause.nanoseconds))
            let job = last.text("JobID")
            let newest = try await invocation.doing("Error fetching rollback deployment") {
                try await client.latestDeployment(job: job, options)
            }
            guard let newest, newest.text("ID") != last.text("ID") else { break }
            heading("Monitoring rollback deployment \"\(show.id(newest.text("ID")))\"")
            last = try await drawing.follow(newest.text("ID"), options)
            status = 1
        }
        return status
    }

    private static func revertsItself(_ deployment: JSON) -> Bool {
        deployment.entries("TaskGroups").contains { $0.value.flag("AutoRevert") }
    }
}

/// What is known of an evaluation so far; tells the news of each look at it.
struct EvaluationProgress {
    private var wasTold = false
    private var status = "pending"
    private var deployment = ""
    private var clientStatus: [String: String] = [:]

    static func isDone(_ evaluation: JSON) -> Bool {
        ["complete", "failed", "canceled", "cancelled"].contains(evaluation.text("Status"))
    }

    /// Lines for what has changed, allocations in order of creation.
    mutating func update(_ evaluation: JSON, _ allocations: [JSON], show: Show) -> [String] {
        var lines: [String] = []
        if !wasTold {
            wasTold = true
            if evaluation.text("TriggeredBy") == "node-update" || evaluation.text("JobID").isEmpty {
                lines.append("Evaluation triggered by node \"\(show.id(evaluation.text("NodeID")))\"")
            } else {
                lines.append("Evaluation triggered by job \"\(evaluation.text("JobID"))\"")
            }
        }
        if deployment != evaluation.text("DeploymentID") {
            deployment = evaluation.text("DeploymentID")
            lines.append("Evaluation within deployment: \"\(show.id(deployment))\"")
        }
        let sorted = allocations.sorted {
            let (a, b) = ($0.int("CreateIndex"), $1.int("CreateIndex"))
            return a != b ? a < b : $0.text("ID") < $1.text("ID")
        }
        for allocation in sorted { lines += news(of: allocation, evaluation, show: show) }
        if status != evaluation.text("Status") {
            lines.append("Evaluation status changed: \"\(status)\" -> \"\(evaluation.text("Status"))\"")
            status = evaluation.text("Status")
        }
        return lines
    }

    private mutating func news(of allocation: JSON, _ evaluation: JSON, show: Show) -> [String] {
        let (id, state) = (allocation.text("ID"), allocation.text("ClientStatus"))
        defer { clientStatus[id] = state }
        guard let known = clientStatus[id] else {
            let verb = allocation.int("CreateIndex") < evaluation.int("CreateIndex") ? "modified" : "created"
            return [
                "Allocation \"\(show.id(id))\" \(verb): node \"\(show.id(allocation.text("NodeID")))\", "
                    + "group \"\(allocation.text("TaskGroup"))\""
            ]
        }
        guard known != state else { return [] }
        return [
            "Allocation \"\(show.id(id))\" status changed: \"\(known)\" -> \"\(state)\" "
                + "(\(allocation.text("ClientDescription")))"
        ]
    }
}
