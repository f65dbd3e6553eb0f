import Base
import CaravanClient

/// Why a job is not where it should be.
enum JobExplainCommand {
    static let explain = Command(
        "job explain", "Say what a job misses and what would unblock it", usage: "[options] <job>",
        details: """
            For everything of the job that is pending: what is missing, and the smallest
            changes that would let it be placed. Each change was tried on a copy of the
            cluster's state. The exit code is 0 if nothing is missing, and 2 if something is.
            """,
        flags: [.verbose, .json, .template]
    ) { invocation in
        let client = try invocation.client
        let stub = try await invocation.lookup.job(
            try invocation.oneArgument("<job>"), doing: "Error listing jobs")
        let options = invocation.lookup.options(for: stub)
        let answer = try await invocation.doing("Error explaining job") {
            try await client.explain(job: stub.text("ID"), options)
        }
        let status: Int32 = answer.list("Groups").isEmpty ? 0 : 2
        if try invocation.printFormatted(answer) { return status }
        invocation.lines(lines(answer, show: invocation.show))
        return status
    }

    private static func lines(_ answer: JSON, show: Show) -> [String] {
        var lines = [answer.text("Summary")]
        for group in answer.list("Groups") {
            let missing = group.int("Missing")
            lines += ["", "Task Group \(GoQuote.text(group.text("Group"))): \(missing) missing"]
            lines += PlacementLayout.reasons(group.child("Metric"), indent: "  ")
            let remedies = group.list("Remedies")
            if remedies.isEmpty {
                lines.append("  No change of a single node or rule was found that helps; add a node.")
                continue
            }
            lines += ["", "  Each of these lets more be placed, the smallest change first:"]
            for (at, remedy) in remedies.enumerated() {
                lines.append("  \(at + 1). \(remedy.text("Text"))")
                var notes = ["places \(remedy.int("Places")) of \(missing)"]
                let others = remedy.int("Nodes") - 1
                if others > 0 { notes.append("\(others) other \(others == 1 ? "node needs" : "nodes need") the like") }
                if !remedy.text("NodeClass").isEmpty { notes.append("class \(remedy.text("NodeClass"))") }
                if show.isVerbose { notes.append("node \(show.id(remedy.text("NodeID")))") }
                lines.append("     (\(notes.joined(separator: "; ")))")
            }
        }
        let waits = answer.texts("Waits")
        if !waits.isEmpty { lines += ["", "Waiting:"] + waits.map { "  * \($0)" } }
        return lines
    }
}
