import Base

/// What a job asks for and nothing acts on yet: it is taken, kept and shown, and a registration names it, so that
/// nobody waits for what will not come. Each line goes when the thing begins to work.
extension Validation {
    static func withoutEffect(_ job: Job) -> [String] {
        var notes: [String] = []
        for group in job.taskGroups {
            notes += Effect(place: "Task group \"\(group.name)\"", blocks: blocks(of: group)).notes
            for task in group.tasks {
                notes += Effect(place: "Task \"\(group.name).\(task.name)\"", blocks: blocks(of: task)).notes
            }
        }
        return notes
    }

    /// The blocks of one place, one line for all of them.
    private struct Effect {
        var place: String
        var blocks: [String]

        var notes: [String] {
            guard let last = blocks.last else { return [] }
            let list = blocks.count == 1 ? last : blocks.dropLast().joined(separator: ", ") + " and " + last
            return ["\(place) has \(list), kept but without effect yet."]
        }
    }

    private static func blocks(of group: GroupSpec) -> [String] {
        var blocks: [String] = []
        func note(if isUsed: Bool, _ block: String) { if isUsed { blocks.append(block) } }
        note(if: group.ephemeralDisk.migrate, "ephemeral_disk.migrate")
        note(if: isSet(group.consul, unless: ["Namespace", "Cluster", "Partition"]), "consul")
        note(if: group.volumes.values.contains { $0.type == "csi" }, "the mount of a csi volume")
        services(group.services, &blocks)
        return blocks
    }

    private static func blocks(of task: TaskSpec) -> [String] {
        var blocks: [String] = []
        func note(if isUsed: Bool, _ block: String) { if isUsed { blocks.append(block) } }
        note(if: !task.artifacts.isEmpty, "artifact")
        note(if: !task.templates.isEmpty, "template")
        note(if: task.vault != nil, "vault")
        note(if: isSet(task.consul, unless: ["Namespace", "Cluster", "Partition"]), "consul")
        note(if: task.identity != nil || !task.identities.isEmpty, "identity")
        note(if: !task.secrets.isEmpty, "secret")
        note(if: !task.actions.isEmpty, "action")
        note(if: task.csiPluginConfig != nil, "csi_plugin")
        note(if: !task.scalingPolicies.isEmpty, "scaling")
        let numa = task.resources.numa?["Affinity"]?.stringValue ?? ""
        note(if: !["", "none"].contains(numa), "resources.numa")
        note(if: task.restartPolicy?.renderTemplates ?? false, "restart.render_templates")
        note(if: task.volumeMounts.contains { !$0.seLinuxLabel.isEmpty }, "volume_mount.selinux_label")
        services(task.services, &blocks)
        return blocks
    }

    /// Checks run on the node and decide about health; where a service listens is told to nobody yet.
    private static func services(_ services: [ServiceSpec], _ blocks: inout [String]) {
        if !services.isEmpty { blocks.append("the registration of services") }
        if services.contains(where: { $0.connect != nil }) { blocks.append("connect") }
        if services.flatMap(\.checks).contains(where: { $0.type.lowercased() == "grpc" }) {
            blocks.append("grpc checks")
        }
    }

    /// Whether a block says anything; canonical jobs show it with empty fields.
    private static func isSet(_ block: JSON?, unless names: [String]) -> Bool {
        names.contains { !["", "default"].contains(block?[$0]?.stringValue ?? "") }
    }
}
