import Base

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
        var block = KeyValues([
            ("ID", volume.text("ID")), ("Name", volume.text("Name")), ("External ID", volume.text("ExternalID")),
            ("Plugin ID", volume.text("PluginID")), ("Provider", volume.text("Provider")),
            ("Version", volume.text("ProviderVersion")), ("Schedulable", "\(volume.flag("Schedulable"))"),
            ("Controllers Healthy", "\(volume.int("ControllersHealthy"))"),
            ("Controllers Expected", "\(volume.int("ControllersExpected"))"),
            ("Nodes Healthy", "\(volume.int("NodesHealthy"))"), ("Nodes Expected", "\(volume.int("NodesExpected"))"),
            ("Access Mode", volume.text("AccessMode")), ("Attachment Mode", volume.text("AttachmentMode")),
            ("Mount Options", mountOptions(volume.child("MountOptions"))),
            ("Namespace", volume.text("Namespace")),
        ])
        if volume.int("Capacity") > 0 { block.add("Capacity", Size.text(volume.int("Capacity"))) }
        return block.lines
    }

    /// `fs_type: ext4 flags: noatime, ro`.
    private static func mountOptions(_ options: JSON) -> String {
        var parts: [String] = []
        if !options.text("FSType").isEmpty { parts.append("fs_type: " + options.text("FSType")) }
        let flags = options.texts("MountFlags")
        if !flags.isEmpty { parts.append("flags: " + flags.joined(separator: ", ")) }
        return parts.joined(separator: " ")
    }

    /// What `-verbose` adds: how a volume may be used, and from where.
    static func details(_ volume: JSON, show: Show) -> [String] {
        var lines = ["", show.title("Capabilities")]
        var capabilities = Table("Access Mode", "Attachment Mode")
        for one in volume.list("RequestedCapabilities") {
            capabilities.add(one.text("AccessMode"), one.text("AttachmentMode"))
        }
        lines += capabilities.lines
        let places = volume.list("Topologies")
        guard !places.isEmpty else { return lines }
        var table = Table("Topology", "Segments")
        for (at, place) in places.enumerated() { table.add("\(at)", segments(place)) }
        return lines + ["", show.title("Topologies")] + table.lines
    }

    private static func segments(_ place: JSON) -> String {
        place.entries("Segments").map { "\($0.name)=\($0.value.stringValue ?? "")" }.joined(separator: " ")
    }

    static func snapshots(_ snapshots: [JSON], show: Show) -> [String] {
        var table = Table("Snapshot ID", "External ID", "Size", "Create Time", "Ready?")
        for snapshot in snapshots {
            table.add(
                snapshot.text("ID"), snapshot.text("ExternalSourceVolumeID"), Size.text(snapshot.int("SizeBytes")),
                show.moment(Instant(nanoseconds: snapshot.int("CreateTime") &* 1_000_000_000)),
                "\(snapshot.flag("IsReady"))")
        }
        return table.lines
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

    /// What `-verbose` adds: the plugin on each node.
    static func nodes(ofPlugin plugin: JSON, show: Show) -> [String] {
        var lines: [String] = []
        let controllers = plugin.entries("Controllers")
        if !controllers.isEmpty {
            var table = Table("Node ID", "Healthy", "Description")
            for (node, info) in controllers {
                table.add(show.id(node), "\(info.flag("Healthy"))", info.text("HealthDescription"))
            }
            lines += ["", show.title("Controllers")] + table.lines
        }
        let nodes = plugin.entries("Nodes")
        if !nodes.isEmpty {
            var table = Table("Node ID", "Healthy", "Max Volumes", "Topology", "Description")
            for (node, info) in nodes {
                let facts = info.child("NodeInfo")
                let most = facts.int("MaxVolumes")
                table.add(
                    show.id(node), "\(info.flag("Healthy"))", most > 0 && most < Int64.max ? "\(most)" : "unlimited",
                    segments(facts.child("AccessibleTopology")), info.text("HealthDescription"))
            }
            lines += ["", show.title("Nodes")] + table.lines
        }
        return lines
    }
}
