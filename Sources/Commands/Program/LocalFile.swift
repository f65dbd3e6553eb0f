internal import Foundation
internal import Glibc

/// Files and directories of whoever runs a command.
enum LocalFile {
    /// What a path leads to, over links.
    enum Kind { case file, directory, other }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Nil where there is nothing.
    static func kind(_ path: String) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .directory
        default: .other
        }
    }

    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// What a directory holds, in order.
    static func names(in directory: String) throws(FileFailure) -> [String] {
        guard let handle = opendir(directory) else {
            throw FileFailure(doing: "open", path: directory, number: errno)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Writes a file; an existing one is replaced.
    static func write(_ path: String, _ bytes: [UInt8]) throws(FileFailure) {
        try write(path, bytes, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode: 0o644)
    }

    /// Replaces the text of an existing file in one step, so that an interruption leaves the old or the new one.
    /// Mode and owner stay; what a link points to is replaced, not the link.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(FileFailure) {
        guard let real = realpath(path, nil) else { throw FileFailure(doing: "open", path: path, number: errno) }
        defer { free(real) }
        let target = String(cString: real)
        var status = stat()
        guard stat(target, &status) == 0 else { throw FileFailure(doing: "open", path: path, number: errno) }
        let temporary = target + ".caravan-\(getpid())"
        do throws(FileFailure) {
            try write(temporary, bytes, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode: 0o600)
            // Only root may give files away; for others the owner is the same already.
            _ = chown(temporary, status.st_uid, status.st_gid)
            guard chmod(temporary, status.st_mode & 0o7777) == 0, rename(temporary, target) == 0 else {
                throw FileFailure(doing: "replace", path: path, number: errno)
            }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func write(
        _ path: String, _ bytes: [UInt8], _ flags: Int32, mode: mode_t
    ) throws(FileFailure) {
        let descriptor = open(path, flags, mode)
        guard descriptor >= 0 else { throw FileFailure(doing: "open", path: path, number: errno) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure(doing: "write", path: path, number: errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}
