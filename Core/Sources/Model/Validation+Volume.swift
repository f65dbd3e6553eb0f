import Base

extension Validation {
    static func volumes(_ group: GroupSpec, of job: Job, _ problems: inout Problems) {
        let canaries = group.update?.canary ?? 0
        for (name, volume) in group.volumes.sorted(by: { $0.key < $1.key }) {
            var inner = Problems()
            inner.add(
                if: volume.type != "host" && volume.type != "csi", at: "Type",
                "volume has unrecognized type \"\(volume.type)\"; must be \"host\" or \"csi\"")
            inner.add(if: volume.source.isEmpty, at: "Source", "volume has an empty source")
            if volume.perAlloc {
                inner.add(
                    if: job.kind.isPerNode, at: "PerAlloc", "volume cannot be per_alloc for system or sysbatch jobs")
                inner.add(if: canaries > 0, at: "PerAlloc", "volume cannot be per_alloc when canaries are in use")
                inner.add(
                    if: volume.sticky == true, at: "Sticky", "volume cannot be per_alloc and sticky at the same time")
            }
            if volume.type == "host" { hostVolume(volume, &inner) }
            if volume.type == "csi" { csiVolume(volume, group, &inner) }
            problems.add("Task group volume validation for \(name) failed", inner, at: FieldPath("Volumes", key: name))
        }
        for (number, task) in group.tasks.enumerated() {
            for (at, mount) in task.volumeMounts.enumerated() where group.volumes[mount.volume] == nil {
                problems.add(
                    at: FieldPath("Tasks", number, FieldPath("VolumeMounts", at, "Volume")),
                    mount.volume.isEmpty
                        ? "Task \(task.name) has a volume mount (\(at)) referencing an empty volume"
                        : "Task \(task.name) has a volume mount (\(at)) referencing undefined volume \(mount.volume)")
            }
        }
    }

    private static func hostVolume(_ volume: VolumeRequest, _ problems: inout Problems) {
        problems.add(if: volume.mountOptions != nil, at: "MountOptions", "host volumes cannot have mount options")
        problems.add(
            if: !volume.attachmentMode.isEmpty && volume.attachmentMode != "file-system"
                && volume.attachmentMode != "block-device", at: "AttachmentMode",
            "host volumes have an invalid attachment mode: \"\(volume.attachmentMode)\"")
        let modes = [
            "", "single-node-reader-only", "single-node-writer", "single-node-single-writer",
            "single-node-multi-writer",
        ]
        problems.add(
            if: !modes.contains(volume.accessMode), at: "AccessMode",
            "host volumes cannot be mounted with access mode \"\(volume.accessMode)\"")
        problems.add(
            if: volume.accessMode == "single-node-reader-only" && !volume.readOnly, at: "ReadOnly",
            "\"single-node-reader-only\" volumes must be read-only: set read_only = true")
    }

    private static func csiVolume(_ volume: VolumeRequest, _ group: GroupSpec, _ problems: inout Problems) {
        switch volume.attachmentMode {
        case "":
            problems.add(
                at: "AttachmentMode", "CSI volumes must have an attachment mode: \"file-system\" or \"block-device\"")
        case "block-device":
            problems.add(if: volume.mountOptions != nil, at: "MountOptions", "block devices cannot have mount options")
        case "file-system": break
        default:
            problems.add(
                at: "AttachmentMode", "CSI volumes have an invalid attachment mode: \"\(volume.attachmentMode)\"")
        }
        let isShared = group.count > 1 && !volume.perAlloc
        switch volume.accessMode {
        case "": problems.add(at: "AccessMode", "CSI volumes must have an access mode")
        case "single-node-reader-only":
            problems.add(if: !volume.readOnly, at: "ReadOnly", "\"\(volume.accessMode)\" volumes must be read-only")
            problems.add(if: isShared, at: "AccessMode", single(volume.accessMode))
        case "single-node-writer":
            problems.add(if: isShared, at: "AccessMode", single(volume.accessMode))
        case "multi-node-reader-only":
            problems.add(if: !volume.readOnly, at: "ReadOnly", "\"\(volume.accessMode)\" volumes must be read-only")
        case "multi-node-single-writer":
            problems.add(
                if: isShared && !volume.readOnly, at: "ReadOnly",
                "volume with \(volume.accessMode) access mode allows only one writer; set per_alloc")
        case "multi-node-multi-writer": break
        default: problems.add(at: "AccessMode", "CSI volumes have an invalid access mode: \"\(volume.accessMode)\"")
        }
    }

    private static func single(_ mode: String) -> String {
        "volume with \(mode) access mode allows only one node, but the group's count is greater than 1; set per_alloc"
    }

    static func volumeMounts(_ task: TaskSpec, _ problems: inout Problems) {
        for (at, mount) in task.volumeMounts.enumerated() {
            problems.add(
                if: !["", "private", "host-to-task", "bidirectional"].contains(mount.propagationMode),
                at: FieldPath("VolumeMounts", at, "PropagationMode"),
                "Volume Mount (\(at)) has an invalid propagation mode: \"\(mount.propagationMode)\"; "
                    + "must be private, host-to-task or bidirectional")
            problems.add(
                if: !["", "z", "Z"].contains(mount.seLinuxLabel), at: FieldPath("VolumeMounts", at, "SELinuxLabel"),
                "Volume Mount (\(at)) has an invalid SELinux label: \"\(mount.seLinuxLabel)\"; must be \"z\" or \"Z\"")
        }
    }
}
