import AgentCore
import Base
import Glibc

extension AllocationFiles {
    /// How often a followed file is looked at.
    private static let pollNanoseconds: UInt64 = 100_000_000

    /// A file as frames; with `follow` until the caller is cancelled or the file is gone.
    func stream(
        _ path: String, from position: StreamPosition, follow: Bool,
        write: @Sendable (FileFrame) async throws -> Void
    ) async throws(NodeLocalError) {
        let file = try await onThread { try self.openNow(path) }
        defer { file.close() }
        let name = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        var offset = try await onThread { Self.start(position, of: file) }
        var quiet: UInt64 = 0
        do {
            while true {
                let at = offset
                let piece = try await onThread { try file.read(at: at, count: NodeLocalLimits.pieceBytes) }
                if !piece.isEmpty {
                    offset += Int64(piece.count)
                    try await write(FileFrame(data: piece, file: name, offset: offset))
                    quiet = 0
                    continue
                }
                guard follow else { return }
                switch try await onThread({ Self.fate(of: file, read: at) }) {
                case .deleted:
                    try await write(FileFrame(file: name, event: "file deleted", offset: offset))
                    return
                case .truncated:
                    offset = 0
                    try await write(FileFrame(file: name, event: "file truncated", offset: 0))
                case .unchanged:
                    try await Task.sleep(nanoseconds: Self.pollNanoseconds)
                    quiet += Self.pollNanoseconds
                    if quiet >= UInt64(NodeLocalLimits.heartbeat.nanoseconds) {
                        quiet = 0
                        try await write(.heartbeat)
                    }
                }
            }
        } catch let error as NodeLocalError {
            throw error
        } catch {
            throw NodeLocalError(.cancelled, "\(error)")
        }
    }

    private enum Fate: Sendable { case unchanged, deleted, truncated }

    private static func fate(of file: OpenFile, read offset: Int64) -> Fate {
        guard let status = file.status(), status.st_nlink > 0 else { return .deleted }
        return Int64(status.st_size) < offset ? .truncated : .unchanged
    }

    private static func start(_ position: StreamPosition, of file: OpenFile) -> Int64 {
        let size = Int64(file.status()?.st_size ?? 0)
        switch position {
        case .fromStart(let offset): return max(0, offset)
        case .fromEnd(let offset): return max(0, size - max(0, offset))
        }
    }

    /// A task's log over its rotated files, oldest first. With `follow` it goes on into new files and ends
    /// when `isOver` says that nothing more will come and everything was sent.
    func logs(
        task: String, stream: LogStream, from position: StreamPosition, follow: Bool,
        isOver: @Sendable () async -> Bool, write: @Sendable (FileFrame) async throws -> Void
    ) async throws(NodeLocalError) {
        let prefix = "\(task).\(stream.rawValue)."
        var cursor = try await onThread { try self.start(position, prefix: prefix) }
        var quiet: UInt64 = 0
        do {
            while true {
                // Asked before reading: what was written until the end is then surely read.
                let over = await isOver()
                let now = cursor
                let (piece, next) = try await onThread { try self.piece(at: now, prefix: prefix) }
                cursor = next
                if !piece.isEmpty {
                    try await write(
                        FileFrame(data: piece, file: "alloc/logs/\(prefix)\(cursor.number)", offset: cursor.offset))
                    quiet = 0
                    continue
                }
                // The next file was begun: go on there at once.
                if cursor.number != now.number { continue }
                if !follow || over { return }
                try await Task.sleep(nanoseconds: Self.pollNanoseconds)
                quiet += Self.pollNanoseconds
                if quiet >= UInt64(NodeLocalLimits.heartbeat.nanoseconds) {
                    quiet = 0
                    try await write(.heartbeat)
                }
            }
        } catch let error as NodeLocalError {
            throw error
        } catch {
            throw NodeLocalError(.cancelled, "\(error)")
        }
    }

    /// A place in the log.
    private struct LogCursor: Sendable {
        var number: Int
        var offset: Int64
    }

    /// Numbers of the log's files that are there, ascending, with their sizes.
    private func logFiles(_ prefix: String) -> [(number: Int, size: Int64)] {
        var files: [(number: Int, size: Int64)] = []
        for name in (try? HostPath.names(directory + "/alloc/logs")) ?? [] {
            guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)) else { continue }
            var status = Glibc.stat()
            if lstat(directory + "/alloc/logs/" + name, &status) == 0 {
                files.append((number, Int64(status.st_size)))
            }
        }
        return files.sorted { $0.number < $1.number }
    }

    private func start(_ position: StreamPosition, prefix: String) throws(NodeLocalError) -> LogCursor {
        let files = logFiles(prefix)
        guard let first = files.first else { return LogCursor(number: 0, offset: 0) }
        let total = files.reduce(0) { $0 + $1.size }
        var skip: Int64 =
            switch position {
            case .fromStart(let offset): max(0, offset)
            case .fromEnd(let offset): max(0, total - max(0, offset))
            }
        for file in files {
            if skip <= file.size { return LogCursor(number: file.number, offset: skip) }
            skip -= file.size
        }
        return LogCursor(number: files.last?.number ?? first.number, offset: files.last?.size ?? 0)
    }

    /// The next bytes and the place behind them. An empty piece with another file number means: go on there.
    private func piece(at cursor: LogCursor, prefix: String) throws(NodeLocalError) -> ([UInt8], LogCursor) {
        let numbers = logFiles(prefix).map(\.number)
        guard let oldest = numbers.first else { return ([], cursor) }
        // The file was rotated away before it was read to its end: go on with the oldest there is.
        if cursor.number < oldest { return ([], LogCursor(number: oldest, offset: 0)) }
        let file: OpenFile
        do {
            file = try openNow("alloc/logs/\(prefix)\(cursor.number)")
        } catch  where error.code == .noSuchFile {
            return ([], cursor)
        }
        defer { file.close() }
        let bytes = try file.read(at: cursor.offset, count: NodeLocalLimits.pieceBytes)
        if bytes.isEmpty, let next = numbers.first(where: { $0 > cursor.number }) {
            return ([], LogCursor(number: next, offset: 0))
        }
        return (bytes, LogCursor(number: cursor.number, offset: cursor.offset + Int64(bytes.count)))
    }
}
