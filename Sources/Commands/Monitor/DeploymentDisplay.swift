import Base
import CaravanClient

/// Shows a deployment until it ends: drawn in place on a terminal, a block a change elsewhere.
struct DeploymentDisplay {
    let invocation: Invocation
    let show: Show

    /// Longest wait of a look at a deployment.
    private static let wait = TimeSpan.seconds(2)
    /// Pause between two drawings on a terminal, and drawings for one look at the deployment.
    private static let frame = TimeSpan.milliseconds(120)
    private static let framesPerLook = 4

    private static func isDone(_ deployment: JSON) -> Bool {
        ["successful", "failed", "cancelled", "blocked"].contains(deployment.text("Status"))
    }

    func follow(_ id: String, _ options: QueryOptions) async throws -> JSON {
        invocation.console.isTerminal && show.style.isOn
            ? try await draw(id, options) : try await list(id, options)
    }

    private func list(_ id: String, _ options: QueryOptions) async throws -> JSON {
        let client = try invocation.client
        var printed: [String] = []
        var failures = TaskFailures()
        var index: UInt64?
        while true {
            let at = index
            let answer = try await invocation.doing("Error fetching deployment") {
                try await client.deployment(
                    id, QueryOptions(namespace: options.namespace, index: at, wait: at == nil ? nil : Self.wait))
            }
            index = max(1, answer.index)
            let deployment = try answer.json()
            let block = DeploymentLayout.status(deployment, show: show)
            if block != printed {
                invocation.line("    ")
                invocation.line(show.time(invocation.clock.now))
                invocation.lines(block)
                invocation.console.flush()
                printed = block
            }
            let allocations = try await allocations(id, options)
            for line in failures.news(allocations, show: show) {
                invocation.line("    \(show.time(invocation.clock.now)): \(line)")
                invocation.console.flush()
            }
            if Self.isDone(deployment) {
                if at != nil { conclude(deployment) }
                return deployment
            }
        }
    }

    private func allocations(_ id: String, _ options: QueryOptions) async throws -> [JSON] {
        let client = try invocation.client
        let allocations = try await invocation.doing("Error fetching allocations") {
            try await client.allocations(deployment: id, options)
        }
        return AllocationLayout.newestFirst(allocations)
    }

    /// The outcome once more at the end, where readers of logs look for it.
    private func conclude(_ deployment: JSON) {
        let id = show.id(deployment.text("ID"))
        invocation.line("")
        invocation.line("==> \(show.time(invocation.clock.now)): Deployment \"\(id)\" finished")
        invocation.lines(
            KeyValues([
                ("Status", deployment.text("Status")), ("Description", deployment.text("StatusDescription")),
            ]).lines)
        invocation.console.flush()
    }

    private func draw(_ id: String, _ options: QueryOptions) async throws -> JSON {
        let client = try invocation.client
        var screen = LiveDisplay(console: invocation.console)
        var tick = 0
        while true {
            let deployment = try await invocation.doing("Error fetching deployment") {
                try await client.deployment(id, options).json()
            }
            let allocations = try await allocations(id, options)
            if Self.isDone(deployment) {
                screen.draw(picture(deployment, allocations, mark: mark(deployment)))
                return deployment
            }
            for _ in 0..<Self.framesPerLook {
                screen.draw(picture(deployment, allocations, mark: LiveDisplay.spinner(tick)))
                tick += 1
                try await Task.sleep(nanoseconds: UInt64(Self.frame.nanoseconds))
            }
        }
    }

    private func mark(_ deployment: JSON) -> String {
        deployment.text("Status") == "successful" ? show.style.green("✓") : show.style.red("!")
    }

    private func picture(_ deployment: JSON, _ allocations: [JSON], mark: String) -> [String] {
        let id = show.id(deployment.text("ID"))
        let words =
            Self.isDone(deployment) ? deployment.text("Status") : "in progress…"
        var lines = ["  \(mark) Deployment \"\(id)\" \(words)", ""]
        lines += ([show.time(invocation.clock.now)] + DeploymentLayout.status(deployment, show: show)).map {
            $0.isEmpty ? "" : "    " + $0
        }
        guard !allocations.isEmpty else { return lines }
        lines += ["", "    " + show.title("Allocations")]
        lines += progress(allocations).map { "    " + $0 }
        let failures = allocations.flatMap { TaskFailures.failures($0, show) }.map(\.line)
        if failures.isEmpty { return lines }
        lines += ["", "    " + show.title("Failures")]
        lines += failures.prefix(TaskFailures.linesMax).map { "    " + $0 }
        return lines
    }

    /// What each allocation is doing, by its last task event.
    private func progress(_ allocations: [JSON]) -> [String] {
        var table = Table("ID", "Task Group", "Status", "Last Event")
        for allocation in allocations {
            var newest: (time: Int64, text: String) = (0, "")
            for (task, state) in allocation.entries("TaskStates") {
                if let event = state.list("Events").last, event.int("Time") >= newest.time {
                    newest = (event.int("Time"), "\(task): \(AllocationLayout.eventText(event))")
                }
            }
            table.add(
                show.id(allocation.text("ID")), allocation.text("TaskGroup"), allocation.text("ClientStatus"),
                newest.text)
        }
        return table.lines
    }
}

/// A part of a terminal that is drawn again and again in the same place.
struct LiveDisplay {
    private let console: Console
    private var height = 0
    private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]

    init(console: Console) { self.console = console }

    static func spinner(_ tick: Int) -> String { frames[tick % frames.count] }

    /// Replaces what was drawn before. Lines that are too wide are cut, so that they can be overwritten.
    mutating func draw(_ lines: [String]) {
        let width = console.columns
        var out = height > 0 ? "\u{1B}[\(height)A\r\u{1B}[J" : ""
        for line in lines { out += Self.cut(line, to: width) + "\n" }
        console.write(Array(out.utf8))
        console.flush()
        height = lines.count
    }

    /// The first columns of a line; escape sequences take no room.
    static func cut(_ line: String, to width: Int) -> String {
        var out = ""
        var column = 0
        var inEscape = false
        for character in line {
            if character == "\u{1B}" { inEscape = true }
            if inEscape {
                out.append(character)
                if character.isLetter { inEscape = false }
                continue
            }
            if column >= width { continue }
            out.append(character)
            column += 1
        }
        return out
    }
}
