import Glibc
import NIOPosix

/// Runs a call that blocks (files, mounts, SQLite) on a thread of its own kind.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await NIOThreadPool.singleton.runIfActive(body)
}

/// A system call that failed, with what it was about.
struct HostError: Error, Hashable, Sendable, CustomStringConvertible {
    var call: String
    var path: String
    var number: Int32

    init(_ call: String, _ path: String, number: Int32 = errno) {
        self.call = call
        self.path = path
        self.number = number
    }

    /// `stat /a/b: no such file or directory`, in the words that clients look for.
    var description: String { "\(call) \(path): \(Self.text(number))" }
    var isMissing: Bool { number == ENOENT || number == ENOTDIR }

    static func text(_ number: Int32) -> String {
        switch number {
        case ENOENT: return "no such file or directory"
        case ENOTDIR: return "not a directory"
        case EACCES: return "permission denied"
        case EEXIST: return "file exists"
        case ENOSPC: return "no space left on device"
        default: return String(cString: strerror(number)).lowercased()
        }
    }
}

/// The file system calls that the agent needs. All block.
enum HostPath {
    static func makeDirectory(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) != 0 {
            guard errno == EEXIST, isDirectory(path) else { throw HostError("mkdir", path) }
        }
        // What the process' umask took away comes back.
        if chmod(path, mode) != 0 { throw HostError("chmod", path) }
    }

    /// Makes a directory with those above it; what exists stays as it is.
    static func makeDirectories(_ path: String, mode: mode_t = 0o755) throws {
        if mkdir(path, mode) == 0 || (errno == EEXIST && isDirectory(path)) { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw HostError("mkdir", path)
        }
        try makeDirectories(String(path[..<slash]), mode: mode)
        if mkdir(path, mode) != 0, errno != EEXIST { throw HostError("mkdir", path) }
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    /// Names in a directory, in order. Throws if it can't be read.
    static func names(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else { throw HostError("open", path) }
        return names(of: directory)
    }

    /// Names of an open directory, in order; closes it.
    static func names(of directory: OpaquePointer) -> [String] {
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a directory with everything in it. Links are removed, not followed. What isn't
    /// there is no error.
    static func remove(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) != 0 {
            if errno == ENOENT { return }
            throw HostError("remove", path)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try names(path) { try remove(path + "/" + name) }
            if rmdir(path) != 0, errno != ENOENT { throw HostError("remove", path) }
        } else if unlink(path) != 0, errno != ENOENT {
            throw HostError("remove", path)
        }
    }

    /// The whole of a small file.
    static func read(_ path: String, limit: Int = 4 << 20) throws -> [UInt8] {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { throw HostError("open", path) }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < limit {
            let count = Glibc.read(fd, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw HostError("read", path) }
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// The text of a small file, nil if it can't be read.
    static func text(_ path: String) -> String? {
        (try? read(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a file so that it is there whole or not at all.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let temporary = path + ".tmp"
        let fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard fd >= 0 else { throw HostError("open", temporary) }
        defer { close(fd) }
        fchmod(fd, mode)
        var at = 0
        while at < bytes.count {
            let count = bytes[at...].withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw HostError("write", temporary) }
            at += count
        }
        guard fsync(fd) == 0 else { throw HostError("fsync", temporary) }
        guard rename(temporary, path) == 0 else { throw HostError("rename", path) }
    }
}
