import Base
import CaravanClient

/// Volumes and storage plugins.
enum VolumeCommands {
    static let all: [Command] = [status, initialize, register, create, deregister, delete, detach, pluginStatus]

    static let status = Command(
        "volume status", "Display status information about volumes", usage: "[options] <id>",
        flags: [
            .text("type", "type", "Kind of volume: csi or host."), .bool("short", "Leave the allocations out."),
            .verbose, .json, .template,
            .text("node", "id", "Only volumes on this node."), .text("node-pool", "name", "Only volumes in this pool."),
        ]
    ) { invocation in
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes either no arguments or one: <id>")
        }
        guard let id = invocation.arguments.first else { return try await list(invocation) }
        let client = try invocation.client
        let name = try await find(id, invocation).text("ID")
        let volume = try await invocation.doing("Error querying volume") { try await client.volume(name) }
        if try invocation.printFormatted(volume) { return 0 }
        invocation.lines(VolumeLayout.status(volume, show: invocation.show))
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
        let volumes = try await invocation.doing("Error querying CSI volumes") { try await client.volumes() }
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

    /// A volume specification; HCL ones need a parser that is not built into the commands yet.
    private static func specification(_ invocation: Invocation) throws -> (volume: JSON, id: String) {
        let path = try invocation.oneArgument("<input>")
        let text: String
        do {
            text = String(decoding: try StandardInput.file(path), as: UTF8.self)
        } catch {
            throw CommandFailure("Failed to read volume file: \(error)")
        }
        guard let volume = try? JSON(parsing: text) else {
            throw CommandFailure("Volume files are taken as JSON in the API's form only for now: \(path) is not JSON")
        }
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
        try await invocation.doing("Error registering volume") { try await client.register(volume: volume, id: id) }
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
        let id = try await find(try invocation.oneArgument("<id>"), invocation).text("ID")
        let force = invocation.flags.bool("force")
        try await invocation.doing("Error deregistering volume") {
            try await client.deregister(volume: id, force: force)
        }
        invocation.line("Successfully deregistered volume \"\(id)\"!")
        return 0
    }

    static let delete = Command(
        "volume delete", "Delete a volume", usage: "[options] <vol id>",
        flags: [
            .list("secret", "key=value", "Secret for the plugin; may be repeated."),
            .text("type", "type", "Kind of volume.", default: "csi"), .bool("force", "Even if allocations use it."),
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
        let client = try invocation.client
        if let id = invocation.arguments.first {
            let plugin = try await invocation.doing("Error querying plugin") { try await client.plugin(id) }
            if try invocation.printFormatted(plugin) { return 0 }
            invocation.lines(VolumeLayout.plugin(plugin))
            return 0
        }
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
}

/// Layouts of volumes and storage plugins.
enum VolumeLayout {
    static func list(_ volumes: [JSON], show: Show) -> [String] {
        var table = Table("ID", "Name", "Namespace", "Plugin ID", "Schedulable", "Access Mode")
        for volume in volumes.sorted(by: {
            ($0.text("Namespace"), $0.text("ID")) < ($1.text("Namespace"), $1.text("ID"))
        }) {
            table.add(
                volume.text("ID"), volume.text("Name"), volume.text("Namespace"), volume.text("PluginID"),
                "\(volume.flag("Schedulable"))", volume.text("AccessMode"))
        }
        return table.lines
    }

    static func status(_ volume: JSON, show: Show) -> [String] {
        KeyValues([
            ("ID", volume.text("ID")), ("Name", volume.text("Name")), ("External ID", volume.text("ExternalID")),
            ("Plugin ID", volume.text("PluginID")), ("Provider", volume.text("Provider")),
            ("Version", volume.text("ProviderVersion")), ("Schedulable", "\(volume.flag("Schedulable"))"),
            ("Controllers Healthy", "\(volume.int("ControllersHealthy"))"),
            ("Controllers Expected", "\(volume.int("ControllersExpected"))"),
            ("Nodes Healthy", "\(volume.int("NodesHealthy"))"), ("Nodes Expected", "\(volume.int("NodesExpected"))"),
            ("Access Mode", volume.text("AccessMode")), ("Attachment Mode", volume.text("AttachmentMode")),
            ("Namespace", volume.text("Namespace")),
        ]).lines
    }

    static func plugins(_ plugins: [JSON]) -> [String] {
        var table = Table("ID", "Provider", "Controllers Healthy/Expected", "Nodes Healthy/Expected")
        for plugin in plugins.sorted(by: { $0.text("ID") < $1.text("ID") }) {
            table.add(
                plugin.text("ID"), plugin.text("Provider"),
                "\(plugin.int("ControllersHealthy"))/\(plugin.int("ControllersExpected"))",
                "\(plugin.int("NodesHealthy"))/\(plugin.int("NodesExpected"))")
        }
        return table.lines
    }

    static func plugin(_ plugin: JSON) -> [String] {
        KeyValues([
            ("ID", plugin.text("ID")), ("Provider", plugin.text("Provider")), ("Version", plugin.text("Version")),
            ("Controllers Healthy", "\(plugin.int("ControllersHealthy"))"),
            ("Controllers Expected", "\(plugin.int("ControllersExpected"))"),
            ("Nodes Healthy", "\(plugin.int("NodesHealthy"))"), ("Nodes Expected", "\(plugin.int("NodesExpected"))"),
        ]).lines
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
