internal import Glibc

/// The kernel's log as a witness of what happened to a container.
///
/// The daemon begins to watch a container's memory a moment after it has started it, and hears of killings by another
/// way than of the end: a container that eats its memory at once may end without being known as out of memory. The
/// kernel writes down each such killing, with the cgroup, before it kills.
/// Source: Documentation/ABI/testing/dev-kmsg and `dump_oom_victim` of the kernel's `mm/oom_kill.c` for the line's form.
enum KernelLog {
    /// Records are at most this long, in bytes (`PRINTK_MESSAGE_MAX` and room to spare).
    private static let recordMax = 8192
    /// So many records are read at most, so that a kernel that writes without end holds up nobody.
    private static let recordsMax = 1 << 18

    /// Whether the log says that a process in a cgroup of this container was killed for lack of memory. False also
    /// where the log can't be read. Blocks for some milliseconds.
    static func tellsOfOutOfMemory(container: String) -> Bool {
        let fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        var record = [UInt8](repeating: 0, count: recordMax)
        for _ in 0..<recordsMax {
            let count = read(fd, &record, record.count)
            // A record that was overwritten while being read is passed over (EPIPE).
            if count < 0 && (errno == EPIPE || errno == EINTR) { continue }
            if count <= 0 { return false }
            if isOutOfMemory(record[..<count], container: container) { return true }
        }
        return false
    }

    /// `4,17,2256124,-;oom-kill:constraint=CONSTRAINT_MEMCG,…,oom_memcg=/docker/ID,task_memcg=/docker/ID,task=sh,…`
    static func isOutOfMemory(_ record: ArraySlice<UInt8>, container: String) -> Bool {
        guard let text = record.firstIndex(of: UInt8(ascii: ";")) else { return false }
        let message = record[(text + 1)...]
        guard message.starts(with: "oom-kill:".utf8), !container.isEmpty else { return false }
        let fields = String(decoding: message, as: UTF8.self).split(separator: ",")
        return fields.contains { $0.hasPrefix("oom_memcg=") && $0.contains(container) }
    }
}
