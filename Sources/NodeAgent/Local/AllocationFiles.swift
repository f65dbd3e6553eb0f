import AgentCore
import Base
import Glibc

/// Looks at the files of one allocation's directory, and never outside of it.
///
/// Paths come from users: they are taken relative to the directory, and what they lead to (through links too)
/// must lie inside. Secrets and private directories can be listed and not read.
struct AllocationFiles: Sendable {
    /// The allocation's directory; absolute.
    let directory: String

    /// Entries of a directory by name.
    func list(_ path: String) async throws(NodeLocalError) -> [FileInfo] {
        try await onThread { try self.listNow(path) }
    }

    /// One file or directory with its content type.
    func stat(_ path: String) async throws(NodeLocalError) -> FileInfo {
        try await onThread { try self.statNow(path) }
    }

    /// A file's bytes from `offset`, at most `limit` of them.
    func read(
        _ path: String, offset: Int64, limit: Int64?, write: @Sendable ([UInt8]) async throws -> Void
    ) async throws(NodeLocalError) {
        let file = try await onThread { try self.openNow(path) }
        defer { file.close() }
        var (position, left) = (offset, limit ?? .max)
        while left > 0 {
            let (at, count) = (position, Int(min(left, Int64(NodeLocalLimits.pieceBytes))))
            let piece = try await onThread { try file.read(at: at, count: count) }
            if piece.isEmpty { return }
            do { try await write(piece) } catch { throw NodeLocalError(.cancelled, "\(error)") }
            position += Int64(piece.count)
            left -= Int64(piece.count)
        }
    }

    /// Blocking calls stay off the cooperative threads, of which there are only as many as processors.
    func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws(NodeLocalError)
        -> Result
    {
        do {
            return try await blocking(work)
        } catch let error as NodeLocalError {
            throw error
        } catch {
            throw NodeLocalError(.failed, "\(error)")
        }
    }
}

// MARK: - Blocking

extension AllocationFiles {
    /// The host's path of a user's path: normalised, inside the directory, links followed.
    /// - Parameter reading: refuses what lies below secrets and private directories.
    func resolve(_ path: String, reading: Bool) throws(NodeLocalError) -> String {
        guard !path.contains("\0") else { throw NodeLocalError(.badRequest, "a path must not contain a zero byte") }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            guard part == ".." else {
                parts.append(part)
                continue
            }
            guard !parts.isEmpty else { throw NodeLocalError(.refused, "Path escapes the alloc directory") }
            parts.removeLast()
        }
        let relative = parts.joined(separator: "/")
        if reading, parts.count > 2, parts[0] != "alloc", parts[1] == "secrets" || parts[1] == "private" {
            throw NodeLocalError(.refused, "Reading secret file prohibited: \(relative)")
        }
        let full = relative.isEmpty ? directory : directory + "/" + relative
        guard let real = Self.realPath(full) else { return full }
        let base = Self.realPath(directory) ?? directory
        guard real == base || real.hasPrefix(base + "/") else {
            throw NodeLocalError(.refused, "Path escapes the alloc directory")
        }
        if reading {
            let inside = real.dropFirst(base.count).split(separator: "/")
            if inside.count > 2, inside[0] != "alloc", inside[1] == "secrets" || inside[1] == "private" {
                throw NodeLocalError(.refused, "Reading secret file prohibited: \(relative)")
            }
        }
        return real
    }

    private static func realPath(_ path: String) -> String? {
        guard let real = Glibc.realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private func listNow(_ path: String) throws(NodeLocalError) -> [FileInfo] {
        let full = try resolve(path, reading: false)
        guard let stream = opendir(full) else { throw Self.missing("open", full) }
        var entries: [FileInfo] = []
        for name in HostPath.names(of: stream) {
            // One that vanished meanwhile is no entry any more.
            if let info = Self.info(full + "/" + name, name: name) { entries.append(info) }
            if entries.count >= NodeLocalLimits.listingMax { break }
        }
        return entries
    }

    private func statNow(_ path: String) throws(NodeLocalError) -> FileInfo {
        let full = try resolve(path, reading: false)
        let name = full.split(separator: "/").last.map(String.init) ?? "/"
        guard var info = Self.info(full, name: name) else { throw Self.missing("stat", full) }
        if !info.isDirectory {
            let head = (try? openNow(path)).map { file in
                defer { file.close() }
                return (try? file.read(at: 0, count: ContentType.headBytes)) ?? []
            }
            info.contentType = ContentType.of(name: name, head: head ?? [])
        }
        return info
    }

    func openNow(_ path: String) throws(NodeLocalError) -> OpenFile {
        let full = try resolve(path, reading: true)
        let descriptor = Glibc.open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.missing("stat", full) }
        let file = OpenFile(descriptor: descriptor, path: full)
        // A task may have put a link in the way since the path was looked at: what counts is what was opened.
        guard Self.realPath("/proc/self/fd/\(descriptor)") == full else {
            file.close()
            throw NodeLocalError(.refused, "Path escapes the alloc directory")
        }
        guard let status = file.status() else {
            file.close()
            throw Self.missing("stat", full)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            file.close()
            let name = full.split(separator: "/").last ?? ""
            throw NodeLocalError(
                .badRequest,
                status.st_mode & S_IFMT == S_IFDIR ? "file \"\(name)\" is a directory" : "\"\(name)\" is not a file")
        }
        return file
    }

    private static func missing(_ call: String, _ path: String) -> NodeLocalError {
        let reason = errno == ENOENT ? "no such file or directory" : String(cString: strerror(errno))
        return NodeLocalError(errno == ENOENT || errno == ENOTDIR ? .noSuchFile : .failed, "\(call) \(path): \(reason)")
    }

    private static func info(_ path: String, name: String) -> FileInfo? {
        var status = Glibc.stat()
        guard lstat(path, &status) == 0 else { return nil }
        let modified = Instant(
            nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
        return FileInfo(
            name: name, isDirectory: status.st_mode & S_IFMT == S_IFDIR, size: Int64(status.st_size),
            mode: mode(status.st_mode), modified: modified)
    }

    /// `drwxr-xr-x`; other kinds the way Go writes them, since clients show the text as it is.
    static func mode(_ mode: mode_t) -> String {
        var text =
            switch mode & S_IFMT {
            case S_IFDIR: "d"
            case S_IFLNK: "L"
            case S_IFIFO: "p"
            case S_IFSOCK: "S"
            case S_IFCHR: "Dc"
            case S_IFBLK: "D"
            default: "-"
            }
        if mode & S_ISVTX != 0 { text = (text == "-" ? "" : text) + "t" }
        for (bit, letter) in zip((0..<9).reversed(), ["r", "w", "x", "r", "w", "x", "r", "w", "x"]) {
            text += mode & (1 << mode_t(bit)) != 0 ? letter : "-"
        }
        return text
    }
}

/// An open file. Reads at positions, so it can be shared.
struct OpenFile: Sendable {
    let descriptor: Int32
    let path: String

    func close() { Glibc.close(descriptor) }

    func status() -> Glibc.stat? {
        var status = Glibc.stat()
        return fstat(descriptor, &status) == 0 ? status : nil
    }

    /// Up to `count` bytes; fewer at the end, none behind it.
    func read(at offset: Int64, count: Int) throws(NodeLocalError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                if got <= 0 { break }
                filled += got
            }
        }
        guard failure == 0 else { throw NodeLocalError(.failed, "read \(path): \(String(cString: strerror(failure)))") }
        return bytes
    }
}
