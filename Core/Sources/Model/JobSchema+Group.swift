import Base

// The tables of the group block: placement, networks, volumes, policies.

extension JobSchema {
    public static let group = BlockSchema(
        "group", label: BlockLabel("name", json: "Name"),
        [
            .option(nil, "Name", .text),
            .option("count", "Count", .integer),
            .value("constraint", "Constraints", .blocks(constraint)),
            .value("affinity", "Affinities", .blocks(affinity)),
            .value("spread", "Spreads", .blocks(spread)),
            .value("task", "Tasks", .blocks(task)),
            .option("restart", "RestartPolicy", .block(restart)),
            .option("reschedule", "ReschedulePolicy", .block(reschedule)),
            .option("update", "Update", .block(update)),
            .option("migrate", "Migrate", .block(migrate)),
            .option("disconnect", "Disconnect", .block(disconnect)),
            .option("ephemeral_disk", "EphemeralDisk", .block(ephemeralDisk)),
            .value("network", "Networks", .blocks(network)),
            .value("service", "Services", .blocks(service)),
            .value("volume", "Volumes", .labelled(volume)),
            .value("meta", "Meta", .openTextMap),
            .option("scaling", "Scaling", .block(scaling)),
            .option("consul", "Consul", .block(consul)),
            .value("vault", nil, .block(vault)),
            .value("secret", nil, .blocks(secret)),
            .option("shutdown_delay", "ShutdownDelay", .duration),
            .option("stop_after_client_disconnect", "StopAfterClientDisconnect", .duration),
            .option("max_client_disconnect", "MaxClientDisconnect", .duration),
            .option("max_run_duration", "MaxRunDuration", .duration),
            .option("prevent_reschedule_on_lost", "PreventRescheduleOnLost", .flag),
        ])

    public static let disconnect = BlockSchema(
        "disconnect",
        [
            .option("lost_after", "LostAfter", .duration, 0),
            .option("stop_on_client_after", "StopOnClientAfter", .duration),
            .option("replace", "Replace", .flag, true),
            .option("reconcile", "Reconcile", .text, "best_score"),
        ])

    public static let ephemeralDisk = BlockSchema(
        "ephemeral_disk",
        [
            .option("size", "SizeMB", .integer, 300),
            .option("sticky", "Sticky", .flag, false),
            .option("migrate", "Migrate", .flag, false),
        ])

    public static let network = BlockSchema(
        "network",
        [
            .value("mode", "Mode", .text),
            .value("device", "Device", .text),
            .value("cidr", "CIDR", .text),
            .value("ip", "IP", .text),
            .value("hostname", "Hostname", .text),
            .option("mbits", "MBits", .integer),
            .option("dns", "DNS", .block(dns)),
            .option("cni", "CNI", .block(cni)),
            .value("port", "DynamicPorts", .blocks(port)),
            .value("reserved_ports", "ReservedPorts", .blocks(port)),
        ])

    static let dns = BlockSchema(
        "dns",
        [
            .value("servers", "Servers", .texts),
            .value("searches", "Searches", .texts),
            .value("options", "Options", .texts),
        ])

    static let cni = BlockSchema("cni", [.value("args", "Args", .openTextMap)])

    public static let port = BlockSchema(
        "port", label: BlockLabel("label", json: "Label"),
        [
            .value(nil, "Label", .text),
            .value("static", "Value", .integer),
            .value("to", "To", .integer),
            .value("host_network", "HostNetwork", .text),
            .value("ignore_collision", "IgnoreCollision", .flag),
        ])

    public static let volume = BlockSchema(
        "volume", label: BlockLabel("name", json: "Name"),
        [
            .value("name", "Name", .text),
            .value("type", "Type", .text),
            .value("source", "Source", .text),
            .value("read_only", "ReadOnly", .flag),
            .value("sticky", "Sticky", .flag),
            .value("per_alloc", "PerAlloc", .flag),
            .value("access_mode", "AccessMode", .text),
            .value("attachment_mode", "AttachmentMode", .text),
            .option("mount_options", "MountOptions", .block(mountOptions)),
        ])

    static let mountOptions = BlockSchema(
        "mount_options",
        [
            .value("fs_type", "FSType", .text),
            .value("mount_flags", "MountFlags", .texts),
        ])

    public static let consul = BlockSchema(
        "consul",
        [
            .value("namespace", "Namespace", .text),
            .value("cluster", "Cluster", .text),
            .value("partition", "Partition", .text),
        ])

    /// The scaling block of a group; a task's has a label and the same fields.
    public static let scaling = scalingBlock(label: nil)
    public static let taskScaling = scalingBlock(label: BlockLabel("name", json: "Type"))

    private static func scalingBlock(label: BlockLabel?) -> BlockSchema {
        BlockSchema(
            "scaling", label: label,
            [
                .value(nil, "ID", .text),
                .value("type", "Type", .text),
                .value(nil, "Namespace", .text),
                .value(nil, "Target", .textMap),
                .option("min", "Min", .integer),
                .option("max", "Max", .integer, required: true),
                .option("enabled", "Enabled", .flag),
                .value("policy", "Policy", .free),
                .value(nil, "CreateIndex", .integer),
                .value(nil, "ModifyIndex", .integer),
            ])
    }
}
