import Base
import CaravanClient

enum OperatorCommands {
    static let all: [Command] = [
        api, metrics, raftList, raftRemove, raftTransfer, keygen, keygen.alias("keygen"), keyring,
        keyring.alias("keyring"), gossipGenerate, schedulerGet, schedulerSet,
    ]

    static let api = Command(
        "operator api", "Send any request to the HTTP API", usage: "[options] <path>",
        flags: [
            .list("H", "header", "Further header, 'Name: value'; may be repeated."),
            .optional("X", "method", "Method; GET, or PUT if standard input has a body."),
            .bool("dryrun", "Show the request as a curl command and do not send it."),
            .bool("verbose", "Print status and headers to standard error."), .filter,
        ]
    ) { invocation in
        let path = apiPath(try invocation.oneArgument("<path>"))
        let client = try invocation.client
        let flags = invocation.flags
        let method = flags.optional("X")?.uppercased() ?? "GET"
        var headers: [(name: String, value: String)] = []
        for text in flags.list("H") {
            guard let colon = text.firstIndex(of: ":") else {
                throw CommandFailure("Header \(GoQuote.text(text)) has no colon")
            }
            headers.append((String(text[..<colon]), String(text[text.index(after: colon)...]).trimmingBlanks))
        }
        var options = QueryOptions()
        options.filter = flags.text("filter")
        if flags.bool("dryrun") {
            let shown = headers.map { " \\\n  -H '\($0.name): \($0.value)'" }.joined()
            invocation.line("curl \\\n  -X \(method)\(shown) \\\n  '\(client.configuration.address)\(path)'")
            return 0
        }
        let body = ["GET", "HEAD", "DELETE"].contains(method) ? nil : try StandardInput.all()
        let (query, sent) = (options, headers)
        let answer = try await invocation.doing("Error performing request") {
            try await client.request(method: method, path, options: query, body: body, headers: sent)
        }
        if flags.bool("verbose") {
            invocation.console.errorLine("< \(answer.status)")
            invocation.console.errorLine("< Content-Type: \(answer.contentType)")
            invocation.console.errorLine("< X-Nomad-Index: \(answer.index)")
        }
        invocation.console.write(answer.body)
        if invocation.console.isTerminal, answer.body.last != 0x0A { invocation.line("") }
        return 0
    }

    /// `/v1/jobs`, `v1/jobs` and `jobs` alike.
    private static func apiPath(_ text: String) -> String {
        let path = text.hasPrefix("/") ? text : "/" + text
        return path.hasPrefix("/v1/") || path.hasPrefix("/.well-known") ? path : "/v1" + path
    }

    static let metrics = Command(
        "operator metrics", "Retrieve metrics",
        flags: [
            .bool("pretty", "Indent the JSON."), .text("format", "format", "'prometheus' for its text form."),
            .bool("json", "Print JSON."), .template,
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        var parameters: [(name: String, value: String)] = []
        if invocation.flags.bool("pretty") { parameters.append(("pretty", "1")) }
        if !invocation.flags.text("format").isEmpty { parameters.append(("format", invocation.flags.text("format"))) }
        let query = parameters
        let answer = try await invocation.doing("Error getting metrics") { try await client.metrics(query) }
        if invocation.flags.bool("json") || !invocation.flags.text("t").isEmpty {
            _ = try invocation.printFormatted(try answer.json())
            return 0
        }
        invocation.console.write(answer.body)
        invocation.line("")
        return 0
    }

    static let raftList = Command(
        "operator raft list-peers", "Display the group of servers",
        flags: [.bool("stale", "Any server may answer.")]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let stale = invocation.flags.bool("stale")
        let configuration = try await invocation.doing("Error retrieving raft configuration") {
            try await client.raftConfiguration(stale: stale)
        }
        var table = Table("Node", "ID", "Address", "State", "Voter", "RaftProtocol")
        for server in configuration.list("Servers") {
            table.add(
                server.text("Node"), server.text("ID"), server.text("Address"),
                server.flag("Leader") ? "leader" : "follower", "\(server.flag("Voter"))",
                server["RaftProtocol"]?.stringValue ?? "\(server.int("RaftProtocol"))")
        }
        invocation.lines(table.lines)
        return 0
    }

    private static let peerFlags: [Flag] = [
        .text("peer-id", "id", "The server's id."), .text("peer-address", "host:port", "The server's address."),
    ]

    /// The one of `-peer-id` and `-peer-address` that is given.
    private static func peer(_ invocation: Invocation) throws -> (parameter: String, value: String) {
        let (id, address) = (invocation.flags.text("peer-id"), invocation.flags.text("peer-address"))
        switch (id.isEmpty, address.isEmpty) {
        case (false, true): return ("id", id)
        case (true, false): return ("address", address)
        case (true, true): throw CommandFailure("Missing peer ID: -peer-id or -peer-address is required")
        case (false, false): throw CommandFailure("Only one of -peer-id and -peer-address can be given")
        }
    }

    static let raftRemove = Command(
        "operator raft remove-peer", "Remove a server from the group", flags: peerFlags
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let (parameter, value) = try peer(invocation)
        try await invocation.doing("Error removing peer") { try await client.removePeer(parameter, value) }
        invocation.line("Removed peer with \(parameter) \"\(value)\"")
        return 0
    }

    static let raftTransfer = Command(
        "operator raft transfer-leadership", "Hand leadership to another server", flags: peerFlags
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let (parameter, value) = try peer(invocation)
        _ = try await invocation.doing("Error transferring leadership") {
            try await client.transferLeadership(parameter, value)
        }
        invocation.line("Transferred leadership to peer with \(parameter) \"\(value)\"")
        return 0
    }

    /// 32 random bytes.
    private static func key() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.text((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
    }

    static let keygen = Command(
        "operator keygen", "Generate a new encryption key", usage: "", asksAgent: false
    ) { invocation in
        invocation.line(key())
        return 0
    }

    static let gossipGenerate = Command(
        "operator gossip keyring generate", "Generate a new encryption key", usage: "", asksAgent: false,
        isHidden: true
    ) { invocation in
        invocation.line(key())
        return 0
    }

    static let keyring = Command(
        "operator keyring", "Manage the keys of the servers' gossip",
        flags: [
            .bool("list", "List the keys."), .text("install", "key", "Add a key."),
            .text("use", "key", "Encrypt with this key."), .text("remove", "key", "Remove a key."),
        ]
    ) { invocation in
        let flags = invocation.flags
        let client = try invocation.client
        if flags.bool("list") {
            invocation.line("Gathering installed encryption keys...")
            let answer = try await invocation.doing("error") { try await client.get("/v1/agent/keyring/list").json() }
            var table = Table("Key")
            for (key, _) in answer.entries("Keys") { table.add(key) }
            invocation.lines(table.lines)
            return 0
        }
        for (action, message) in [
            ("install", "Installing new gossip encryption key..."),
            ("use", "Changing primary gossip encryption key..."),
            ("remove", "Removing gossip encryption key..."),
        ] where !flags.text(action).isEmpty {
            invocation.line(message)
            let key = flags.text(action)
            _ = try await invocation.doing("error") {
                try await client.put("/v1/agent/keyring/\(action)", ["Key": .string(key)])
            }
            return 0
        }
        throw UsageFailure("One of -list, -install, -use and -remove is required")
    }

    static let schedulerGet = Command(
        "operator scheduler get-config", "Display the scheduler's configuration", flags: [.json, .template]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let answer = try await invocation.doing("Error querying scheduler configuration") {
            try await client.schedulerConfiguration()
        }
        if try invocation.printFormatted(answer) { return 0 }
        let config = answer.child("SchedulerConfig")
        let preemption = config.child("PreemptionConfig")
        invocation.lines(
            KeyValues([
                ("Scheduler Algorithm", config.text("SchedulerAlgorithm")),
                ("Memory Oversubscription", "\(config.flag("MemoryOversubscriptionEnabled"))"),
                ("Reject Job Registration", "\(config.flag("RejectJobRegistration"))"),
                ("Pause Eval Broker", "\(config.flag("PauseEvalBroker"))"),
                ("Preemption System Scheduler", "\(preemption.flag("SystemSchedulerEnabled"))"),
                ("Preemption Service Scheduler", "\(preemption.flag("ServiceSchedulerEnabled"))"),
                ("Preemption Batch Scheduler", "\(preemption.flag("BatchSchedulerEnabled"))"),
                ("Preemption SysBatch Scheduler", "\(preemption.flag("SysBatchSchedulerEnabled"))"),
                ("Modify Index", "\(config.int("ModifyIndex"))"),
            ]).lines)
        return 0
    }

    static let schedulerSet = Command(
        "operator scheduler set-config", "Change the scheduler's configuration",
        flags: [
            .text("check-index", "index", "Only if the configuration has this modify index."),
            .text("scheduler-algorithm", "name", "binpack or spread."),
            .optionalValue("memory-oversubscription", "Tasks may use more memory than they ask for."),
            .optionalValue("reject-job-registration", "Only management tokens may register jobs."),
            .optionalValue("pause-eval-broker", "No evaluation is worked on."),
            .optionalValue("preempt-batch-scheduler", "Batch jobs may preempt others."),
            .optionalValue("preempt-service-scheduler", "Service jobs may preempt others."),
            .optionalValue("preempt-sysbatch-scheduler", "Sysbatch jobs may preempt others."),
            .optionalValue("preempt-system-scheduler", "System jobs may preempt others."),
            .text("node-limit-for-feasibility-checks", "n", "Taken for compatibility: every node is looked at."),
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        let flags = invocation.flags
        var config = try await invocation.doing("Error querying scheduler configuration") {
            try await client.schedulerConfiguration()
        }.child("SchedulerConfig")
        if !flags.text("scheduler-algorithm").isEmpty {
            config["SchedulerAlgorithm"] = .string(flags.text("scheduler-algorithm"))
        }
        for (flag, member) in [
            ("memory-oversubscription", "MemoryOversubscriptionEnabled"),
            ("reject-job-registration", "RejectJobRegistration"), ("pause-eval-broker", "PauseEvalBroker"),
        ] {
            if let value = flags.optionalBool(flag) { config[member] = .bool(value) }
        }
        var preemption = config.child("PreemptionConfig")
        if preemption.isNull { preemption = .object([:]) }
        for (flag, member) in [
            ("preempt-batch-scheduler", "BatchSchedulerEnabled"),
            ("preempt-service-scheduler", "ServiceSchedulerEnabled"),
            ("preempt-sysbatch-scheduler", "SysBatchSchedulerEnabled"),
            ("preempt-system-scheduler", "SystemSchedulerEnabled"),
        ] {
            if let value = flags.optionalBool(flag) { preemption[member] = .bool(value) }
        }
        config["PreemptionConfig"] = preemption
        let body = config
        let index = UInt64(flags.text("check-index"))
        if index == nil, !flags.text("check-index").isEmpty {
            throw CommandFailure(
                "Failed to parse check-index \"\(flags.text("check-index"))\": it has to be a whole number")
        }
        if !flags.text("node-limit-for-feasibility-checks").isEmpty {
            invocation.console.errorLine("Every node is looked at; a limit for feasibility checks has no effect.")
        }
        let updated = try await invocation.doing("Error setting scheduler configuration") {
            try await client.setSchedulerConfiguration(body, ifUnchangedSince: index)
        }
        guard updated else {
            throw CommandFailure("Scheduler configuration could not be atomically updated, please try again")
        }
        invocation.line("Scheduler configuration updated!")
        return 0
    }
}

extension Flag {
    /// A boolean that always takes a value, as operators' flags do: `-x=false`.
    static func optionalValue(_ name: String, _ help: String) -> Flag { .optionalBool(name, help) }
}
