public import Base

/// A part of a file that a stream brings.
public struct FileFrame: Sendable {
    public var file: String
    /// Where `bytes` end in the file.
    public var offset: Int64
    public var bytes: [UInt8]
    /// What happened to the file, such as `file deleted` or `file truncated`; empty for data.
    public var event: String
}

/// Files and logs of allocations.
extension Client {
    private func path(_ kind: String, _ allocation: String) -> String {
        "/v1/client/fs/\(kind)/" + Escaping.segment(allocation)
    }

    public func list(allocation id: String, path file: String) async throws -> [JSON] {
        try await get(path("ls", id), QueryOptions(parameters: [("path", file)])).json().arrayValue ?? []
    }

    public func stat(allocation id: String, path file: String) async throws -> JSON {
        try await get(path("stat", id), QueryOptions(parameters: [("path", file)])).json()
    }

    /// The bytes of a file, in pieces.
    public func cat(allocation id: String, path file: String) async throws -> ByteStream {
        try await stream(path("cat", id), QueryOptions(parameters: [("path", file)]))
    }

    public func read(allocation id: String, path file: String, offset: Int64, limit: Int64) async throws -> ByteStream {
        try await stream(
            path("readat", id),
            QueryOptions(parameters: [("path", file), ("offset", String(offset)), ("limit", String(limit))]))
    }

    /// Follows a file from `offset` bytes after its start or before its end.
    public func follow(
        allocation id: String, path file: String, origin: String, offset: Int64
    ) async throws -> FileFrames {
        FileFrames(
            objects: JSONLines(
                bytes: try await stream(
                    path("stream", id),
                    QueryOptions(
                        parameters: [
                            ("path", file), ("origin", origin), ("offset", String(offset)), ("follow", "true"),
                        ]
                    ))))
    }

    /// A task's log; `kind` is `stdout` or `stderr`, `origin` is `start` or `end`.
    public func logs(
        allocation id: String, task: String, kind: String, origin: String, offset: Int64, follow: Bool
    ) async throws -> FileFrames {
        FileFrames(
            objects: JSONLines(
                bytes: try await stream(
                    path("logs", id),
                    QueryOptions(parameters: [
                        ("task", task), ("type", kind), ("origin", origin), ("offset", String(offset)),
                        ("follow", follow ? "true" : "false"),
                    ]))))
    }
}

/// Frames as they come.
public struct FileFrames: AsyncSequence, Sendable {
    public typealias Element = FileFrame
    let objects: JSONLines

    public struct AsyncIterator: AsyncIteratorProtocol {
        var source: JSONLines.AsyncIterator

        public mutating func next() async throws -> FileFrame? {
            while let object = try await source.next() {
                guard let members = object.objectValue, !members.isEmpty else { continue }
                return FileFrame(
                    file: object["File"]?.stringValue ?? "", offset: object["Offset"]?.intValue ?? 0,
                    bytes: Base64.bytes(object["Data"]?.stringValue ?? "") ?? [],
                    event: object["FileEvent"]?.stringValue ?? "")
            }
            return nil
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: objects.makeAsyncIterator()) }
}
