internal import Glibc

/// The few file operations that drivers need. All block: call them through `blocking`.
enum FileTree {
    /// Makes a directory and those above it. One that exists is no error.
    static func make(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw ShimProcess.problem("make directory \(path)")
        }
        try make(String(path[..<slash]), mode: 0o755)
        if mkdir(path, mode) != 0, errno != EEXIST { throw ShimProcess.problem("make directory \(path)") }
    }

    /// Removes a file or a directory with all that is in it, without following links or leaving the file
    /// system it is on. What isn't there is no error.
    static func remove(_ path: String) throws {
        if unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR { return }
        for name in names(path) { try remove(path + "/" + name) }
        if rmdir(path) != 0, errno != ENOENT { throw ShimProcess.problem("remove \(path)") }
    }

    /// Names in a directory, in order; empty if there is none.
    static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
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

    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        if fd < 0 { throw ShimProcess.problem("write \(path)") }
        defer { close(fd) }
        var at = 0
        while at < bytes.count {
            let written = bytes[at...].withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            if written <= 0 { throw ShimProcess.problem("write \(path)") }
            at += written
        }
    }

    /// The whole of a small file; nil if there is none.
    static func read(_ path: String, limit: Int = 1 << 20) throws -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        if fd < 0 && (errno == ENOENT || errno == ENOTDIR) { return nil }
        if fd < 0 { throw ShimProcess.problem("read \(path)") }
        defer { close(fd) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= limit {
            let count = Glibc.read(fd, &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw ShimProcess.problem("read \(path)") }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        throw DriverError(.failed, "\(path) is larger than \(limit) bytes")
    }

    static func exists(_ path: String) async throws -> Bool { try await blocking { access(path, F_OK) == 0 } }

    /// Whether there is a file that can be executed.
    static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
