import Base
import CaravanClient

/// How servers look after themselves.
enum AutopilotCommands {
    static let all: [Command] = [get, set, health]

    /// Members in the order in which they are shown.
    private static let members = [
        "CleanupDeadServers", "LastContactThreshold", "MaxTrailingLogs", "MinQuorum", "ServerStabilizationTime",
        "EnableRedundancyZones", "DisableUpgradeMigration", "EnableCustomUpgrades",
    ]

    static let get = Command(
        "operator autopilot get-config", "Display the current autopilot configuration", flags: [.json, .template]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let configuration = try await invocation.doing("Error querying Autopilot configuration") {
            try await client.autopilotConfiguration()
        }
        if try invocation.printFormatted(configuration) { return 0 }
        for member in members {
            invocation.line("\(member) = \(GoTemplateEvaluator.text(configuration.child(member)))")
        }
        return 0
    }

    static let set = Command(
        "operator autopilot set-config", "Modify the current autopilot configuration",
        flags: [
            .optionalBool("cleanup-dead-servers", "Remove dead servers when new ones come."),
            .optional("max-trailing-logs", "count", "Entries that a healthy server may be behind."),
            .optional("last-contact-threshold", "duration", "Time without contact until a server is unhealthy."),
            .optional("server-stabilization-time", "duration", "Time that a server has to be healthy before it votes."),
            .optional("min-quorum", "count", "Servers that are kept in any case."),
            .optionalBool("enable-redundancy-zones", "One voter a zone."),
            .optionalBool("disable-upgrade-migration", "Do not wait for all servers of a new version."),
            .optionalBool("enable-custom-upgrades", "Versions come from the servers' tags."),
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let flags = invocation.flags
        var configuration = try await invocation.doing("Error querying Autopilot configuration") {
            try await client.autopilotConfiguration()
        }
        for (flag, member) in [
            ("cleanup-dead-servers", "CleanupDeadServers"), ("enable-redundancy-zones", "EnableRedundancyZones"),
            ("disable-upgrade-migration", "DisableUpgradeMigration"),
            ("enable-custom-upgrades", "EnableCustomUpgrades"),
        ] {
            if let value = flags.optionalBool(flag) { configuration[member] = .bool(value) }
        }
        for (flag, member) in [("max-trailing-logs", "MaxTrailingLogs"), ("min-quorum", "MinQuorum")] {
            guard let text = flags.optional(flag) else { continue }
            guard let number = Int64(text), number >= 0 else {
                throw CommandFailure("-\(flag) needs a whole number, got \(GoQuote.text(text))")
            }
            configuration[member] = .int(number)
        }
        for (flag, member) in [
            ("last-contact-threshold", "LastContactThreshold"),
            ("server-stabilization-time", "ServerStabilizationTime"),
        ] {
            guard let text = flags.optional(flag) else { continue }
            guard TimeSpan(text: text) != nil else {
                throw CommandFailure("-\(flag) needs a duration such as 200ms, got \(GoQuote.text(text))")
            }
            configuration[member] = .string(text)
        }
        let (body, index) = (configuration, UInt64(clamping: configuration.int("ModifyIndex")))
        let updated = try await invocation.doing("Error setting Autopilot configuration") {
            try await client.setAutopilotConfiguration(body, ifUnchangedSince: index)
        }
        guard updated else { throw CommandFailure("Configuration could not be atomically updated, please try again") }
        invocation.line("Configuration updated!")
        return 0
    }

    static let health = Command(
        "operator autopilot health", "Display the health of the servers", flags: [.json]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let health = try await invocation.doing("Error querying Autopilot health") {
            try await client.get("/v1/operator/autopilot/health").json()
        }
        if invocation.flags.bool("json") {
            invocation.line(health.pretty())
            return 0
        }
        invocation.line("Healthy: \(health.flag("Healthy"))")
        invocation.line("FailureTolerance: \(health.int("FailureTolerance"))")
        invocation.line("Leader: \(health.text("Leader"))")
        invocation.line("Voters:")
        for voter in health.texts("Voters") { invocation.line("\t\(voter)") }
        var table = Table(
            "ID", "Name", "Address", "SerfStatus", "Version", "Leader", "Voter", "Healthy", "LastContact", "LastTerm",
            "LastIndex", "StableSince")
        for server in health.list("Servers") {
            table.add(
                [
                    "ID", "Name", "Address", "SerfStatus", "Version", "Leader", "Voter", "Healthy", "LastContact",
                    "LastTerm", "LastIndex", "StableSince",
                ].map { GoTemplateEvaluator.text(server.child($0)) })
        }
        invocation.lines(["Servers:"] + table.lines)
        return 0
    }
}
