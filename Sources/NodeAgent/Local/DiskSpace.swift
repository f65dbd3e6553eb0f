import Glibc

/// The room of the file system that a path is on.
struct DiskSpace: Hashable, Sendable {
    /// Bytes.
    var size: UInt64
    /// For ordinary users.
    var available: UInt64
    var used: UInt64
    var inodes: UInt64
    var inodesFree: UInt64

    init?(path: String) {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let block = UInt64(status.f_frsize)
        size = UInt64(status.f_blocks) * block
        available = UInt64(status.f_bavail) * block
        used = size - min(size, UInt64(status.f_bfree) * block)
        inodes = UInt64(status.f_files)
        inodesFree = UInt64(status.f_ffree)
    }

    var usedPercent: Double {
        let room = used + available
        return room == 0 ? 0 : Double(used) / Double(room) * 100
    }
    var inodesUsedPercent: Double {
        inodes == 0 ? 0 : Double(inodes - min(inodes, inodesFree)) / Double(inodes) * 100
    }
}

/// A mounted disk.
struct MountedDisk: Hashable, Sendable {
    var device: String
    var mountPoint: String

    /// Those of `/proc/self/mounts` that are backed by a device, each device once, in order of their mount points.
    static func all(mounts: String) -> [MountedDisk] {
        var seen: Set<Substring> = []
        var disks: [MountedDisk] = []
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[0].hasPrefix("/dev/"), seen.insert(fields[0]).inserted else { continue }
            disks.append(
                MountedDisk(device: String(fields[0]), mountPoint: MountTable.unescape(String(fields[1]))))
        }
        return disks.sorted { $0.mountPoint < $1.mountPoint }
    }

    /// The one that a path is on: the mount point that is the longest beginning of it.
    static func of(path: String) -> MountedDisk? {
        var best: MountedDisk?
        for line in (HostPath.text("/proc/self/mounts") ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 2 else { continue }
            let point = MountTable.unescape(String(fields[1]))
            let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
            if isAbove, point.utf8.count >= best?.mountPoint.utf8.count ?? 0 {
                best = MountedDisk(device: String(fields[0]), mountPoint: point)
            }
        }
        return best
    }
}
