import Base
import Glibc
import Model

/// The directory of one allocation: `<alloc dir>/<id>`. All calls block.
struct AllocationDirectory: Hashable, Sendable {
    let path: String

    init(root: String, id: AllocationID) { path = root + "/" + id.text }

    static let nobody: uid_t = 65534
    /// Size of a task's secrets in MiB, unless its job asks for more.
    static let secretsMiB = 1

    var shared: String { path + "/alloc" }
    var logs: String { shared + "/logs" }
    func task(_ name: String) -> String { path + "/" + name }
    func local(_ name: String) -> String { task(name) + "/local" }
    func secrets(_ name: String) -> String { task(name) + "/secrets" }
    private func secret(_ name: String) -> [String] { [secrets(name), task(name) + "/private"] }

    /// Makes what all tasks share. What exists stays.
    func build() throws {
        try HostPath.makeDirectory(path, mode: 0o755)
        for directory in [shared, shared + "/data", logs, shared + "/tmp"] { try makeOpen(directory) }
    }

    /// Makes the directories of a task. What exists stays; secrets that a restart of the machine took away
    /// come back empty.
    func build(task name: String, secretsMiB: Int) throws {
        try makeOpen(task(name))
        try makeOpen(local(name))
        for directory in secret(name) {
            try makeOpen(directory)
            try mountSecrets(directory, sizeMiB: max(secretsMiB, Self.secretsMiB))
        }
        try HostPath.makeDirectory(task(name) + "/tmp", mode: 0o1777)
    }

    /// Takes over the shared data and the tasks' local files of the allocation that this one replaces, which has
    /// ended. What isn't there is left out, and what this one has already stays.
    func adopt(_ previous: AllocationDirectory, tasks: [String]) throws {
        guard HostPath.isDirectory(previous.path) else { return }
        try HostPath.makeDirectory(path, mode: 0o755)
        let moves =
            [(previous.shared, shared, "/data")] + tasks.map { (previous.task($0), task($0), "/local") }
        for (source, target, name) in moves where HostPath.isDirectory(source + name) {
            if HostPath.exists(target + name) { continue }
            try makeOpen(target)
            if rename(source + name, target + name) != 0 { throw HostError("move", source + name) }
        }
    }

    private func makeOpen(_ directory: String) throws {
        if HostPath.isDirectory(directory) { return }
        try HostPath.makeDirectory(directory, mode: 0o777)
        // Only root can give files away; as another user the tasks run as the agent anyway.
        if geteuid() == 0, chown(directory, Self.nobody, Self.nobody) != 0 { throw HostError("chown", directory) }
    }

    private func mountSecrets(_ directory: String, sizeMiB: Int) throws {
        guard geteuid() == 0, !Self.isMountPoint(directory) else { return }
        let flags = UInt(MS_NOEXEC) | UInt(MS_NOSUID) | UInt(MS_NODEV)
        let options = "size=\(sizeMiB)m,mode=0777"
        if mount("tmpfs", directory, "tmpfs", flags, options) != 0 {
            // Without the right to mount (a container without privileges) secrets are plain files.
            if errno == EPERM || errno == EACCES { return }
            throw HostError("mount tmpfs", directory)
        }
        if chown(directory, Self.nobody, Self.nobody) != 0 { throw HostError("chown", directory) }
        try? HostPath.write([], to: directory + "/.nomad-mount", mode: 0o444)
    }

    /// Whether another file system begins at a directory.
    static func isMountPoint(_ directory: String) -> Bool {
        var inside = stat()
        var above = stat()
        guard lstat(directory, &inside) == 0, lstat(directory + "/..", &above) == 0 else { return false }
        return inside.st_dev != above.st_dev
    }

    /// Removes everything, mounts first.
    func remove() throws {
        guard HostPath.exists(path) else { return }
        for name in (try? HostPath.names(path)) ?? [] where name != "alloc" {
            for directory in secret(name) where Self.isMountPoint(directory) {
                if umount2(directory, Int32(MNT_DETACH)) != 0 { throw HostError("umount", directory) }
            }
        }
        try unmountRest()
        try HostPath.remove(path)
    }

    /// What drivers may have mounted below: without this, removing would go through into the host's files.
    private func unmountRest() throws {
        let table = HostPath.text("/proc/self/mounts") ?? ""
        let points = table.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            guard fields.count > 1 else { return nil }
            let point = MountTable.unescape(String(fields[1]))
            return point.hasPrefix(path + "/") ? point : nil
        }
        for point in points.sorted().reversed() {
            if umount2(point, Int32(MNT_DETACH)) != 0, errno != EINVAL { throw HostError("umount", point) }
        }
    }

    /// Writes the payload of a dispatched job, with the directories above it. `file` is relative to `local`.
    func writePayload(_ bytes: [UInt8], task name: String, file: String) throws {
        let parts = file.split(separator: "/")
        guard !parts.isEmpty, !parts.contains("..") else {
            throw PayloadError(message: "dispatch payload file \"\(file)\" escapes the task's local directory")
        }
        var directory = local(name)
        for part in parts.dropLast() {
            directory += "/" + part
            try makeOpen(directory)
        }
        try HostPath.write(bytes, to: local(name) + "/" + parts.joined(separator: "/"), mode: 0o777)
    }
}

struct PayloadError: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
}

/// The form of `/proc/self/mounts`.
enum MountTable {
    /// `\040` is a blank, and so on.
    static func unescape(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "\\"), at + 3 < bytes.count,
                let value = UInt8(String(decoding: bytes[(at + 1)...(at + 3)], as: UTF8.self), radix: 8)
            {
                out.append(value)
                at += 4
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
