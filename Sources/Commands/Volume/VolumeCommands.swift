import Base
import CaravanClient

/// Volumes and storage plugins.
enum VolumeCommands {
    static let all: [Command] = [
        status, initialize, register, create, deregister, delete, detach, snapshotCreate, snapshotDelete, snapshotList,
        pluginStatus,
    ]

    static let status = Command(
        "volume status", "Display status information about volumes", usage: "[options] <id>",
        flags: [
            .text("type", "type", "Kind of volume: csi or host."), .bool("short", "Leave the allocations out."),
            .verbose, .json, .template,
            .text("plugin_id", "id", "Only volumes of this plugin."), .text("node", "id", "Only volumes on this node."),
            .text("node-pool", "name", "Only volumes in this pool."),
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes either no arguments or one: <id>")
        }
        let type = invocation.flags.text("type")
        guard ["", "csi"].contains(type) else {
            throw CommandFailure(
                type == "host"
                    ? "Dynamic host volumes are not supported: `node status -verbose` shows the host volumes of a node"
                    : "Error unknown volume type: \(type); must be csi")
        }
        guard let id = invocation.arguments.first else { return try await list(invocation) }
        let client = try invocation.client
        let stub = try await find(id, invocation)
        let (name, options) = (stub.text("ID"), QueryOptions(namespace: stub.text("Namespace")))
        let volume = try await invocation.doing("Error querying volume") { try await client.volume(name, options) }
        if try invocation.printFormatted(volume) { return 0 }
        invocation.lines(VolumeLayout.status(volume, show: invocation.show))
        if invocation.show.isVerbose { invocation.lines(VolumeLayout.details(volume, show: invocation.show)) }
        if invocation.flags.bool("short") { return 0 }
        let allocations = volume.list("Allocations")
        invocation.line("")
        invocation.line(invocation.show.title("Allocations"))
        invocation.lines(
            allocations.isEmpty
                ? ["No allocations placed"] : AllocationLayout.list(allocations, show: invocation.show))
        return 0
    }

    private static func list(_ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        var options = QueryOptions()
        for (flag, parameter) in [("plugin_id", "plugin_id"), ("node", "node_id")] {
            let text = invocation.flags.text(flag)
            if !text.isEmpty { options.parameters.append((parameter, text)) }
        }
        let asked = options
        let volumes = try await invocation.doing("Error querying CSI volumes") { try await client.volumes(asked) }
        if try invocation.printFormatted(.array(volumes)) { return 0 }
        invocation.line(invocation.show.title("Container Storage Interface"))
        if volumes.isEmpty {
            invocation.console.errorLine("No CSI volumes")
        } else {
            invocation.lines(VolumeLayout.list(volumes, show: invocation.show))
        }
        return 0
    }

    /// The stub of a volume with this id, or the only one whose id starts with it.
    private static func find(_ id: String, _ invocation: Invocation) async throws -> JSON {
        let client = try invocation.client
        let stubs = try await invocation.doing("Error querying volumes") {
            try await client.volumes(QueryOptions(prefix: id))
        }
        if let exact = stubs.first(where: { $0.text("ID") == id }) { return exact }
        guard let first = stubs.first else {
            throw CommandFailure("No volumes(s) with prefix or ID \"\(id)\" found")
        }
        if stubs.count > 1 {
            throw CommandFailure(
                "Prefix matched multiple volumes\n\n"
                    + VolumeLayout.list(stubs, show: invocation.show).joined(separator: "\n"))
        }
        return first
    }

    static let initialize = Command(
        "volume init", "Create an example volume specification file", usage: "<filename>",
        flags: [.bool("json", "As JSON."), .text("type", "type", "Kind of volume.", default: "csi")], asksAgent: false
    ) { invocation in
        let json = invocation.flags.bool("json")
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes no arguments or one: <filename>")
        }
        let path = invocation.arguments.first ?? (json ? "volume.json" : "volume.hcl")
        if LocalFile.exists(path) { throw CommandFailure("Volume specification '\(path)' already exists") }
        try LocalFile.write(path, Array((json ? ExampleVolume.json : ExampleVolume.hcl).utf8))
        invocation.line("Example volume specification written to \(path)")
        return 0
    }

    /// The volume that the command's argument describes, with the id that `-id` wants.
    private static func specification(_ invocation: Invocation) throws -> (volume: JSON, id: String) {
        var volume = try VolumeSpecification.read(path: try invocation.oneArgument("<input>"))
        let wanted = invocation.flags.text("id")
        if !wanted.isEmpty { volume["ID"] = .string(wanted) }
        let id = volume.text("ID")
        if id.isEmpty { throw CommandFailure("The volume has no ID") }
        return (volume, id)
    }

    static let register = Command(
        "volume register", "Create or update a volume that exists in a storage provider", usage: "[options] <input>",
        flags: [.bool("policy-override", "Override soft mandatory policies."), .text("id", "id", "Volume to update.")]
    ) { invocation in
        let client = try invocation.client
        let (volume, id) = try specification(invocation)
        let answer = try await invocation.doing("Error registering volume") {
            try await client.register(volume: volume, id: id)
        }
        if !answer.text("Warnings").isEmpty { invocation.console.errorLine("Warning: " + answer.text("Warnings")) }
        return 0
    }

    static let create = Command(
        "volume create", "Create a volume", usage: "[options] <input>",
        flags: [
            .detach, .verbose, .bool("policy-override", "Override soft mandatory policies."),
            .text("id", "id", "Volume to update."),
        ]
    ) { invocation in
        let client = try invocation.client
        let (volume, id) = try specification(invocation)
        let answer = try await invocation.doing("Error creating volume") {
            try await client.create(volume: volume, id: id)
        }
        for created in answer.list("Volumes") {
            invocation.line("Created external volume \(created.text("ExternalID")) with ID \(created.text("ID"))")
        }
        return 0
    }

    static let deregister = Command(
        "volume deregister", "Remove a volume", usage: "[options] <id>",
        flags: [.bool("force", "Even if allocations use it.")]
    ) { invocation in
        let client = try invocation.client
        let stub = try await find(try invocation.oneArgument("<id>"), invocation)
        let id = stub.text("ID")
        let options = QueryOptions(
            namespace: stub.text("Namespace"), parameters: [("force", "\(invocation.flags.bool("force"))")])
        try await invocation.doing("Error deregistering volume") {
            try await client.deregister(volume: id, options)
        }
        invocation.line("Successfully deregistered volume \"\(id)\"!")
        return 0
    }

    static let delete = Command(
        "volume delete", "Delete a volume", usage: "[options] <vol id>",
        flags: [
            .list("secret", "key=value", "Secret for the plugin; may be repeated."),
            .text("type", "type", "Kind of volume.", default: "csi"),
            .bool("force", "Even if allocations use it."),
        ]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<vol id>")
        try await invocation.doing("Error deleting volume") { try await client.delete(volume: id) }
        invocation.line("Successfully deleted volume \"\(id)\"!")
        return 0
    }

    static let detach = Command(
        "volume detach", "Detach a volume", usage: "[options] <vol id> <node id>"
    ) { invocation in
        let client = try invocation.client
        let (volume, prefix) = try invocation.twoArguments("<vol id> <node id>")
        let node = try await invocation.lookup.node(prefix, doing: "Error detaching volume").text("ID")
        try await invocation.doing("Error detaching volume") { try await client.detach(volume: volume, node: node) }
        return 0
    }

    static let snapshotCreate = Command(
        "volume snapshot create", "Snapshot a volume", usage: "[options] <vol id> <snapshot name>",
        flags: [
            .verbose, .list("parameter", "key=value", "Parameter for the plugin; may be repeated."),
            .list("secret", "key=value", "Secret for the plugin; may be repeated."),
        ]
    ) { invocation in
        let client = try invocation.client
        let (volume, name) = try invocation.twoArguments("<vol id> <snapshot name>")
        let snapshot: JSON = [
            "SourceVolumeID": .string(volume), "Name": .string(name), "Secrets": pairs("secret", invocation),
            "Parameters": pairs("parameter", invocation),
        ]
        let answer = try await invocation.doing("Error snapshotting volume") {
            try await client.createSnapshot(snapshot)
        }
        invocation.lines(VolumeLayout.snapshots(answer.list("Snapshots"), show: invocation.show))
        return 0
    }

    static let snapshotDelete = Command(
        "volume snapshot delete", "Delete a snapshot", usage: "[options] <plugin> <snapshot id>",
        flags: [.list("secret", "key=value", "Secret for the plugin; may be repeated.")]
    ) { invocation in
        let client = try invocation.client
        let (plugin, snapshot) = try invocation.twoArguments("<plugin> <snapshot id>")
        try await invocation.doing("Error deleting volume snapshot") {
            try await client.deleteSnapshot(snapshot, plugin: plugin)
        }
        return 0
    }

    static let snapshotList = Command(
        "volume snapshot list", "Display a list of volume snapshots for plugin", usage: "[options]",
        flags: [
            .text("plugin", "id", "Plugin whose snapshots are listed."), .verbose, .perPage, .pageToken,
            .list("secret", "key=value", "Secret for the plugin; may be repeated."),
        ]
    ) { invocation in
        try invocation.noArguments()
        let client = try invocation.client
        var options = invocation.pageOptions
        options.parameters.append(("plugin_id", invocation.flags.text("plugin")))
        let asked = options
        let answer = try await invocation.doing("Error listing snapshots") { try await client.snapshots(asked) }
        invocation.lines(VolumeLayout.snapshots(answer.list("Snapshots"), show: invocation.show))
        return 0
    }

    /// The values of a flag that is given as `key=value`.
    private static func pairs(_ flag: String, _ invocation: Invocation) -> JSON {
        var object = JSONObject()
        for text in invocation.flags.list(flag) {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            object[String(parts[0])] = .string(parts.count > 1 ? String(parts[1]) : "")
        }
        return .object(object)
    }

    static let pluginStatus = Command(
        "plugin status", "Display status information about plugins", usage: "[options] <plugin>",
        flags: [
            .text("type", "type", "Kind of plugin."), .bool("short", "Leave the allocations out."), .verbose, .json,
            .template,
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes either no arguments or one: <plugin>")
        }
        guard ["", "csi"].contains(invocation.flags.text("type")) else {
            throw CommandFailure("Error unknown plugin type: \(invocation.flags.text("type")); must be csi")
        }
        let client = try invocation.client
        if let id = invocation.arguments.first { return try await plugin(id, invocation) }
        let plugins = try await invocation.doing("Error querying CSI plugins") { try await client.plugins() }
        if try invocation.printFormatted(.array(plugins)) { return 0 }
        invocation.line(invocation.show.title("Container Storage Interface"))
        if plugins.isEmpty {
            invocation.console.errorLine("No CSI plugins")
        } else {
            invocation.lines(VolumeLayout.plugins(plugins))
        }
        return 0
    }

    /// The plugin with this id, or the only one whose id starts with it.
    private static func plugin(_ prefix: String, _ invocation: Invocation) async throws -> Int32 {
        let client = try invocation.client
        let stubs = try await invocation.doing("Error querying plugins") {
            try await client.plugins(QueryOptions(prefix: prefix))
        }
        guard let stub = stubs.first(where: { $0.text("ID") == prefix }) ?? stubs.first else {
            throw CommandFailure("No plugins(s) with prefix or ID \"\(prefix)\" found")
        }
        guard stub.text("ID") == prefix || stubs.count == 1 else {
            throw CommandFailure(
                "Prefix matched multiple plugins\n\n" + VolumeLayout.plugins(stubs).joined(separator: "\n"))
        }
        let id = stub.text("ID")
        let plugin = try await invocation.doing("Error querying plugin") { try await client.plugin(id) }
        if try invocation.printFormatted(plugin) { return 0 }
        let show = invocation.show
        invocation.lines(VolumeLayout.plugin(plugin))
        if invocation.flags.bool("short") { return 0 }
        if show.isVerbose { invocation.lines(VolumeLayout.nodes(ofPlugin: plugin, show: show)) }
        let allocations = plugin.list("Allocations")
        invocation.line("")
        invocation.line(show.title("Allocations"))
        invocation.lines(
            allocations.isEmpty ? ["No allocations placed"] : AllocationLayout.list(allocations, show: show))
        return 0
    }
}

/// What `volume init` writes.
enum ExampleVolume {
    static let hcl = """
        id        = "ebs_prod_db1"
        name      = "database"
        namespace = "default"
        type      = "csi"
        plugin_id = "plugin_id"

        # For 'volume create': the smallest and largest size.
        capacity_min = "10GiB"
        capacity_max = "20GiB"

        # How allocations may use it; repeat the block for each combination.
        capability {
          access_mode     = "single-node-reader-only"
          attachment_mode = "file-system"
        }

        mount_options {
          fs_type     = "ext4"
          mount_flags = ["noatime"]
        }

        # For 'volume register': the id in the storage provider.
        # external_id = "vol-abcd1234"

        # Passed to the plugin as they are.
        secrets {
          example_secret = "xyzzy"
        }

        parameters {
          skuname = "Premium_LRS"
        }

        """

    static let json = """
        {
          "id": "ebs_prod_db1",
          "name": "database",
          "namespace": "default",
          "type": "csi",
          "plugin_id": "plugin_id",
          "capacity_min": "10GiB",
          "capacity_max": "20GiB",
          "capability": [
            {
              "access_mode": "single-node-reader-only",
              "attachment_mode": "file-system"
            }
          ],
          "mount_options": [
            {
              "fs_type": "ext4",
              "mount_flags": ["noatime"]
            }
          ],
          "secrets": [
            {
              "example_secret": "xyzzy"
            }
          ],
          "parameters": [
            {
              "skuname": "Premium_LRS"
            }
          ]
        }

        """
}
