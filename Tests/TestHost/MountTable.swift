import Glibc

/// What is mounted on the machine that runs the tests.
public enum MountTable {
    /// Mount points at and below a directory, the deepest last.
    ///
    /// The table is read to its end: the kernel gives it out a page at a time, and a reader that takes the first short
    /// piece for all of it overlooks mounts.
    public static func points(under directory: String) -> [String] {
        let descriptor = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 1, fields[1] == directory || fields[1].hasPrefix(directory + "/") else { return nil }
            return String(fields[1])
        }
    }

    /// Takes away everything that is mounted at and below a directory, also what is still in use.
    public static func detach(under directory: String) {
        for point in points(under: directory).reversed() { umount2(point, Int32(MNT_DETACH)) }
    }
}
