import Base

/// `agent`: the program's long-running side.
enum AgentCommands {
    static let all: [Command] = [
        Command(
            "agent", "Runs an agent: a server, a client that runs tasks, or both", usage: "[options]",
            details: """
                Starts an agent and runs until it is interrupted. The agent works as a server, as a client, or
                as both; -dev starts both on the loopback interface with its state in a temporary directory,
                which is all that is needed to try things out.

                Options of the command line win over configuration files; a later file wins over an earlier one.
                """,
            flags: flags, asksAgent: false
        ) { try await AgentCommand.run($0) }
    ]

    private static let flags: [Flag] = [
        .bool("dev", "Server and client in one process, for trying things out; state is temporary."),
        .bool("server", "Work as a server."),
        .bool("client", "Work as a client, which runs tasks."),
        .list("config", "path", "Configuration file, or directory of .hcl and .json files; may be repeated."),
        .optional("bind", "address", "Address to listen on for everything."),
        .optional("region", "name", "Region of the cluster."),
        .optional("dc", "name", "Datacenter of this agent."),
        .optional("data-dir", "path", "Directory for all state; absolute."),
        .optional("plugin-dir", "path", "Directory of external plugins."),
        .optional("node", "name", "Name of this agent; the host's name by default."),
        .optional("log-level", "level", "TRACE, DEBUG, INFO, WARN, ERROR or OFF."),
        .optionalBool("log-json", "Write log lines as JSON."),
        .optionalBool("acl-enabled", "Turn access control on."),
        .optional("bootstrap-expect", "count", "Servers to wait for before a leader is elected."),
        .optional("state-dir", "path", "Directory for the client's state."),
        .optional("alloc-dir", "path", "Directory for allocations' files."),
        .optional("node-class", "name", "Class of the node, for constraints."),
        .optional("node-pool", "name", "Pool of the node."),
        .optional("servers", "addresses", "Servers that the client connects to, with commas between them."),
        .list("meta", "key=value", "Metadata of the node; may be repeated."),
        .optional("network-interface", "name", "Interface whose address tasks get."),
        .optional("network-speed", "Mbit/s", "Speed of the interface."),
    ]
}

extension AgentConfiguration {
    /// What the files and flags of a command line say together.
    init(_ invocation: Invocation) throws {
        let flags = invocation.flags
        self = flags.bool("dev") ? .development : AgentConfiguration()
        for path in flags.list("config") { try load(path: path) }
        if flags.bool("server") { server.enabled = true }
        if flags.bool("client") { client.enabled = true }
        let texts: [(String, WritableKeyPath<AgentConfiguration, String>)] = [
            ("bind", \.bindAddr), ("region", \.region), ("dc", \.datacenter), ("data-dir", \.dataDir),
            ("plugin-dir", \.pluginDir), ("node", \.name), ("log-level", \.logLevel), ("state-dir", \.client.stateDir),
            ("alloc-dir", \.client.allocDir), ("node-class", \.client.nodeClass), ("node-pool", \.client.nodePool),
            ("network-interface", \.client.networkInterface),
        ]
        for (flag, path) in texts { if let text = flags.optional(flag) { self[keyPath: path] = text } }
        let numbers: [(String, WritableKeyPath<AgentConfiguration, Int>)] = [
            ("bootstrap-expect", \.server.bootstrapExpect), ("network-speed", \.client.networkSpeed),
        ]
        for (flag, path) in numbers {
            guard let text = flags.optional(flag) else { continue }
            guard let number = Int(text), number >= 0 else {
                throw CommandFailure("-\(flag) must be a whole number, not \"\(text)\"")
            }
            self[keyPath: path] = number
        }
        if let flag = flags.optionalBool("log-json") { logJSON = flag }
        if let flag = flags.optionalBool("acl-enabled") { acl.enabled = flag }
        if let list = flags.optional("servers") {
            client.servers += list.split(separator: ",").map { $0.filter { $0 != " " } }
        }
        for pair in flags.list("meta") {
            guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
                throw CommandFailure("-meta takes key=value, not \"\(pair)\"")
            }
            client.meta[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
        }
    }

    /// What makes the configuration unusable, with the way out; empty if nothing does.
    var faults: [String] {
        var faults: [String] = []
        if !server.enabled, !client.enabled {
            faults.append("Must specify either server, client or dev mode for the agent.")
        }
        if dataDir.isEmpty, !devMode {
            faults.append("Must specify \"data_dir\" config option or \"data-dir\" CLI flag")
        } else if !dataDir.isEmpty, !dataDir.hasPrefix("/") {
            faults.append("data-dir must be given as an absolute path: got \(dataDir)")
        }
        for (name, path) in [("alloc-dir", client.allocDir), ("state-dir", client.stateDir)]
        where !path.isEmpty && !path.hasPrefix("/") {
            faults.append("\(name) must be given as an absolute path: got \(path)")
        }
        if region.contains("\0") { faults.append("Region contains an invalid character") }
        if datacenter.contains("\0") || datacenter.contains("*") {
            faults.append("Datacenter contains an invalid character: it is a name, not a pattern")
        }
        if client.enabled, !server.enabled, client.servers.isEmpty {
            faults.append("A client that is no server needs the address of one: -servers=HOST:4647 or client.servers")
        }
        if client.minDynamicPort > client.maxDynamicPort {
            faults.append(
                "min_dynamic_port (\(client.minDynamicPort)) is above max_dynamic_port (\(client.maxDynamicPort))")
        }
        if client.nodePool == "all" {
            faults.append("node_pool \"all\" is the pool of all nodes; a node can't name it as its own")
        }
        if AgentLog.Level(configured: logLevel) == nil {
            faults.append("log_level \"\(logLevel)\" is not one of TRACE, DEBUG, INFO, WARN, ERROR, OFF")
        }
        if server.bootstrapExpect > 1 {
            faults.append(
                "bootstrap_expect = \(server.bootstrapExpect): a cluster of several servers is not built yet; run one server (see docs/status.md)"
            )
        }
        if tls.rpc || tls.http, tls.caFile.isEmpty || tls.certFile.isEmpty || tls.keyFile.isEmpty {
            faults.append("tls needs ca_file, cert_file and key_file")
        }
        return faults
    }
}
