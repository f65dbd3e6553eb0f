import Base
import CaravanClient

extension NodeCommands {
    private static let deadlineDefault = TimeSpan.hours(1)

    static let drain = Command(
        "node drain", "Toggle drain mode on a given node", usage: "[options] <node>",
        details: """
            Moves the allocations of a node to others. With -disable the drain ends and the
            node may get allocations again.
            """,
        flags: [
            .bool("enable", "Start a drain."), .bool("disable", "End a drain."),
            .text("deadline", "duration", "Time until allocations that are left are stopped. Default = 1h"),
            .bool("detach", "Return at once instead of following the drain."),
            .bool("force", "Stop everything at once."), .bool("no-deadline", "Wait for allocations without end."),
            .bool("ignore-system", "Leave allocations of system jobs."),
            .bool("keep-ineligible", "With -disable: the node gets no new allocations yet."),
            .bool("monitor", "Only follow a drain that runs."), .bool("self", "The node of the agent that is asked."),
            .text("m", "text", "Why the node is drained."),
            .list("meta", "key=value", "What to remember about the drain; may be repeated."), .yes,
        ]
    ) { invocation in
        let flags = invocation.flags
        let (enable, disable) = (flags.bool("enable"), flags.bool("disable"))
        if flags.bool("monitor"), enable || disable || !flags.text("deadline").isEmpty {
            throw UsageFailure("The -monitor flag cannot be used with the '-enable' or '-disable' flags")
        }
        guard flags.bool("monitor") || enable != disable else {
            throw UsageFailure(
                "Either the '-enable' or '-disable' flag must be set, unless using '-monitor'", command: "node-drain")
        }
        let deadline = try deadline(flags)
        let client = try invocation.client
        let id = try await target(invocation, doing: "Error toggling drain mode")
        if flags.bool("monitor") { return try await DrainMonitor(invocation, node: id).run() }
        if enable, !flags.bool("yes") {
            let answer =
                invocation.ask(
                    "Are you sure you want to enable drain mode for node \"\(Show.short(id))\"? [y/N]") ?? ""
            if answer != "y" {
                if answer.isEmpty || answer.lowercased().hasPrefix("n") {
                    invocation.line("Canceling drain toggle")
                    return 0
                }
                throw CommandFailure("For confirmation, an exact 'y' is required.")
            }
        }
        var spec: JSON?
        if enable {
            spec = [
                "Deadline": .int(deadline.nanoseconds), "IgnoreSystemJobs": .bool(flags.bool("ignore-system")),
            ]
        }
        let meta = try metadata(flags)
        let body = spec
        let answer = try await invocation.doing("Error updating drain specification") {
            try await client.drain(
                node: id, spec: body, markEligible: !flags.bool("keep-ineligible"), meta: meta)
        }
        if disable {
            invocation.line("Node \"\(id)\" drain strategy unset")
            return 0
        }
        if flags.bool("detach") {
            invocation.line("Node \"\(id)\" drain strategy set")
            return 0
        }
        let show = invocation.show
        invocation.line("\(show.time(show.now)): Ctrl-C to stop monitoring: will not cancel the node drain")
        invocation.line("\(show.time(show.now)): Node \"\(id)\" drain strategy set")
        invocation.console.flush()
        return try await DrainMonitor(invocation, node: id, index: answer.index).run()
    }

    private static func deadline(_ flags: FlagValues) throws -> TimeSpan {
        let text = flags.text("deadline")
        let given = [flags.bool("force"), flags.bool("no-deadline"), !text.isEmpty].count { $0 }
        if given > 1 {
            throw UsageFailure("-force, -no-deadline and -deadline can't be combined", command: "node-drain")
        }
        if flags.bool("force") { return TimeSpan(nanoseconds: -1) }
        if flags.bool("no-deadline") { return .zero }
        if text.isEmpty { return deadlineDefault }
        guard let span = TimeSpan(text: text), span > .zero else {
            throw CommandFailure(
                "Failed to parse deadline \(GoQuote.text(text)): it has to be a duration above zero, such as 30m")
        }
        return span
    }

    private static func metadata(_ flags: FlagValues) throws -> JSON? {
        var meta = JSONObject()
        for text in flags.list("meta") {
            guard let equals = text.firstIndex(of: "=") else {
                throw CommandFailure("Error parsing meta value: \(text)")
            }
            meta[String(text[..<equals])] = .string(String(text[text.index(after: equals)...]))
        }
        if !flags.text("m").isEmpty { meta["message"] = .string(flags.text("m")) }
        if meta.isEmpty { return nil }
        return .object(meta)
    }
}

/// Follows a drain until the node is empty.
struct DrainMonitor {
    let invocation: Invocation
    let node: String
    private let show: Show
    private static let pause = TimeSpan.milliseconds(500)

    init(_ invocation: Invocation, node: String, index: UInt64 = 0) {
        (self.invocation, self.node) = (invocation, node)
        show = invocation.show
    }

    private func event(_ text: String) {
        invocation.line("\(show.time(invocation.clock.now)): \(text)")
        invocation.console.flush()
    }

    func run() async throws -> Int32 {
        let client = try invocation.client
        var known: [String: (status: String, migrating: Bool)] = [:]
        var wasDraining = true
        while true {
            let node = try await invocation.doing("Error querying node info") {
                try await client.node(self.node).json()
            }
            let allocations = try await invocation.doing("Error querying node allocations") {
                try await client.allocations(node: self.node)
            }
            for allocation in allocations.sorted(by: { $0.text("ID") < $1.text("ID") }) {
                report(allocation, &known)
            }
            let draining = node.has("DrainStrategy")
            if wasDraining, !draining { event("Drain complete for node \(self.node)") }
            wasDraining = draining
            let left = allocations.contains { ["pending", "running"].contains($0.text("ClientStatus")) }
            if !draining, !left {
                event("All allocations on node \"\(self.node)\" have stopped")
                return 0
            }
            if !draining, node.text("SchedulingEligibility") == "eligible" {
                event("Node \"\(self.node)\" has drain strategy unset")
                return 0
            }
            try await Task.sleep(nanoseconds: UInt64(Self.pause.nanoseconds))
        }
    }

    private func report(_ allocation: JSON, _ known: inout [String: (status: String, migrating: Bool)]) {
        let id = allocation.text("ID")
        let status = allocation.text("ClientStatus")
        let migrating = allocation.child("DesiredTransition").flag("Migrate")
        defer { known[id] = (status, migrating) }
        guard let before = known[id] else { return }
        let name = Show.short(id)
        if migrating, !before.migrating { event("Alloc \"\(name)\" marked for migration") }
        if before.status != status { event("Alloc \"\(name)\" status \(before.status) -> \(status)") }
    }
}
