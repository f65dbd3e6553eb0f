import Base

/// Columns that `node status` can add to its list.
struct NodeListOptions {
    var showsSystem = false
    /// Running allocations by node id; nil leaves the column out.
    var running: [String: Int]?
}

/// Layouts of nodes.
enum NodeLayout {
    static func list(_ nodes: [JSON], show: Show, options: NodeListOptions) -> [String] {
        var header = ["ID", "DC", "Name", "Class"]
        if options.showsSystem { header.append("OS") }
        if show.isVerbose { header += ["Address", "Version"] }
        header += ["Drain", "Eligibility", "Status"]
        if options.running != nil { header.append("Running Allocs") }
        var table = Table(header)
        for node in nodes.sorted(by: { $0.text("ID") < $1.text("ID") }) {
            var row = [
                show.id(node.text("ID")), node.text("Datacenter"), node.text("Name"), node.text("NodeClass"),
            ]
            if options.showsSystem { row.append(node.child("Attributes").text("os.name")) }
            if show.isVerbose { row += [node.text("Address"), node.text("Version")] }
            row += ["\(node.flag("Drain"))", node.text("SchedulingEligibility"), node.text("Status")]
            if let running = options.running { row.append("\(running[node.text("ID")] ?? 0)") }
            table.add(row)
        }
        return table.lines
    }

    /// The first block of a node; `uptime` is nil for `-short` and where the node doesn't say.
    static func header(_ node: JSON, volumes: [JSON], uptime: TimeSpan?, isShort: Bool, show: Show) -> [String] {
        var block = KeyValues([
            ("ID", node.text("ID")),
            ("Name", node.text("Name")),
            ("Class", node.text("NodeClass")),
            ("DC", node.text("Datacenter")),
            ("Drain", "\(node.has("DrainStrategy") || node.flag("Drain"))"),
            ("Eligibility", node.text("SchedulingEligibility")),
            ("Status", node.text("Status")),
            ("CSI Controllers", plugins(node, "CSIControllerPlugins")),
            ("CSI Drivers", plugins(node, "CSINodePlugins")),
        ])
        if !isShort, let uptime { block.add("Uptime", uptime.text) }
        if !show.isVerbose || isShort {
            block.add("Host Volumes", node.entries("HostVolumes").map(\.name).joined(separator: ","))
            block.add(
                "CSI Volumes", volumes.map { $0.text("ID") }.sorted().joined(separator: ","))
            block.add(isShort ? "Drivers" : "Driver Status", drivers(node))
        }
        return block.lines
    }

    private static func plugins(_ node: JSON, _ member: String) -> String {
        node.entries(member).map { name, plugin in
            plugin.flag("Healthy") ? name : "\(name) (unhealthy)"
        }.joined(separator: ",")
    }

    /// Names of the drivers that were found.
    private static func drivers(_ node: JSON) -> String {
        node.entries("Drivers").filter { $0.value.flag("Detected") }.map { name, driver in
            driver.flag("Healthy") ? name : "\(name) (unhealthy)"
        }.joined(separator: ",")
    }

    /// Host volumes and drivers, which `-verbose` shows as tables.
    static func verboseTables(_ node: JSON, volumes: [JSON], show: Show) -> [String] {
        var lines: [String] = []
        let hostVolumes = node.entries("HostVolumes")
        if !hostVolumes.isEmpty {
            var table = Table("Name", "ReadOnly", "Source")
            for (name, volume) in hostVolumes {
                table.add(name, "\(volume.flag("ReadOnly"))", volume.text("Path"))
            }
            lines += ["", show.title("Host Volumes")] + table.lines
        }
        if !volumes.isEmpty {
            var table = Table("ID", "Name", "Plugin ID", "Schedulable", "Provider", "Access Mode")
            for volume in volumes.sorted(by: { $0.text("ID") < $1.text("ID") }) {
                table.add(
                    volume.text("ID"), volume.text("Name"), volume.text("PluginID"), "\(volume.flag("Schedulable"))",
                    volume.text("Provider"), volume.text("AccessMode"))
            }
            lines += ["", show.title("CSI Volumes")] + table.lines
        }
        var table = Table("Driver", "Detected", "Healthy", "Message", "Time")
        for (name, driver) in node.entries("Drivers") {
            table.add(
                name, "\(driver.flag("Detected"))", "\(driver.flag("Healthy"))", driver.text("HealthDescription"),
                show.time(text: driver.text("UpdateTime"), unset: ""))
        }
        return lines + ["", show.title("Drivers")] + table.lines
    }

    /// What happened to a node, the newest first.
    static func events(_ node: JSON, show: Show) -> [String] {
        var table = Table(
            show.isVerbose
                ? ["Time", "Subsystem", "Message", "Details"] : ["Time", "Subsystem", "Message"])
        for event in node.list("Events").reversed() {
            var message = event.text("Message")
            let details = event.entries("Details")
            if details.contains(where: { $0.name == "driver" }) {
                message = "Driver: \(event.child("Details").text("driver")) - " + message
            }
            var row = [show.time(text: event.text("Timestamp"), unset: ""), event.text("Subsystem"), message]
            if show.isVerbose {
                row.append(details.map { "\($0.name) = \($0.value.stringValue ?? "")" }.joined(separator: ", "))
            }
            table.add(row)
        }
        return ["", show.title("Node Events")] + table.lines
    }

    /// Attributes or metadata.
    static func attributes(_ title: String, _ entries: [(name: String, value: JSON)], show: Show) -> [String] {
        ["", show.title(title)]
            + KeyValues(
                entries.filter { !($0.value.stringValue ?? "").isEmpty }.map {
                    ($0.name, $0.value.stringValue ?? "")
                }
            ).lines
    }
}
