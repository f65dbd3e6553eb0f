public import Base
public import Model

/// What a node answers about its own allocations and itself, without a word of HTTP: the seam between the
/// HTTP layer and the agent.
///
/// All calls may be made concurrently. Streams are pushed into a closure that is awaited before more is read,
/// so a slow reader slows the source down; a closure that throws, or a cancelled caller, ends the call.
/// Errors thrown before the first push can still become a status; the closure's own errors come back
/// wrapped with the code `.cancelled`.
public protocol NodeLocalAPI: Sendable {
    /// Entries of a directory of the allocation, in order of their names. `path` is relative to the
    /// allocation's directory, with or without a leading slash.
    func list(_ allocation: AllocationID, path: String) async throws(NodeLocalError) -> [FileInfo]

    /// One file or directory, with its content type.
    func stat(_ allocation: AllocationID, path: String) async throws(NodeLocalError) -> FileInfo

    /// A file's bytes from `offset`, at most `limit` of them (nil: to its end), in pieces of at most
    /// `NodeLocalLimits.pieceBytes`.
    func read(
        _ allocation: AllocationID, path: String, offset: Int64, limit: Int64?,
        write: @Sendable ([UInt8]) async throws -> Void
    ) async throws(NodeLocalError)

    /// A file as frames. With `follow` it goes on as the file grows and says so when it is deleted or
    /// truncated; it then ends by cancellation only.
    func stream(
        _ allocation: AllocationID, path: String, from position: StreamPosition, follow: Bool,
        write: @Sendable (FileFrame) async throws -> Void
    ) async throws(NodeLocalError)

    /// A task's log over all its rotated files, oldest first, as frames. `position` counts in the whole log
    /// that is still there. With `follow` it ends once the task is dead for good and everything was sent.
    func logs(
        _ allocation: AllocationID, task: String, stream: LogStream, from position: StreamPosition, follow: Bool,
        write: @Sendable (FileFrame) async throws -> Void
    ) async throws(NodeLocalError)

    /// What the allocation's running tasks use; `task` for only one of them.
    func usage(_ allocation: AllocationID, task: String?) async throws(NodeLocalError) -> AllocationUsage

    /// What the machine uses. CPU shares count since the previous measurement.
    func hostUsage() async throws(NodeLocalError) -> HostUsage

    /// Results of the allocation's checks, in order of their ids.
    func checks(_ allocation: AllocationID) async throws(NodeLocalError) -> [CheckStatus]

    /// Restarts tasks at once; does not count as a failure.
    func restart(_ allocation: AllocationID, _ tasks: RestartSelection) async throws(NodeLocalError)

    /// Sends a signal ("SIGHUP") to a task; nil for all running tasks.
    func signal(_ allocation: AllocationID, task: String?, name: String) async throws(NodeLocalError)

    /// Runs a command in a running task. `input` is read until it ends or the command does. Returns the
    /// command's exit code.
    func execute(
        _ allocation: AllocationID, task: String, command: [String], terminal: TerminalDimensions?,
        input: any AsyncSequence<CommandInput, any Error> & Sendable,
        output: @escaping @Sendable (CommandOutput) async throws -> Void
    ) async throws(NodeLocalError) -> Int

    /// Removes what a terminal allocation left on the node. Does nothing for one that still runs.
    func collect(_ allocation: AllocationID) async throws(NodeLocalError)

    /// Removes what all terminal allocations left on the node.
    func collectAll() async throws(NodeLocalError)
}

/// Bounds of the local services.
public enum NodeLocalLimits {
    /// Bytes of a frame or piece at most.
    public static let pieceBytes = 64 << 10
    /// How long a quiet stream stays without a frame; then a heartbeat goes out.
    public static let heartbeat = TimeSpan.seconds(1)
    /// Entries of a directory listing at most.
    public static let listingMax = 100_000
}

/// Why a local service refused, with the text that clients know.
public struct NodeLocalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of error it is. New codes may be added: switch with a default.
    public struct Code: Hashable, Sendable {
        public var name: String
        /// 404: the allocation, or a log that does not exist yet.
        public static let notFound = Code(name: "not found")
        /// 400: the request makes no sense for what is there.
        public static let badRequest = Code(name: "bad request")
        /// A path that isn't there. 404, or 400 for a stream.
        public static let noSuchFile = Code(name: "no such file")
        /// 500: refused for safety, such as secrets and paths outside of the allocation's directory.
        public static let refused = Code(name: "refused")
        /// 500: everything else.
        public static let failed = Code(name: "failed")
        /// The caller went away.
        public static let cancelled = Code(name: "cancelled")
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }

    public static func unknownAllocation(_ id: AllocationID) -> NodeLocalError {
        NodeLocalError(.notFound, "Unknown allocation \"\(id.text)\"")
    }
}

/// A file or directory of an allocation.
public struct FileInfo: Hashable, Sendable {
    public var name: String
    public var isDirectory: Bool
    /// Bytes.
    public var size: Int64
    /// As `ls -l` shows it: `drwxr-xr-x`.
    public var mode: String
    public var modified: Instant
    /// Guessed from name and first bytes; only `stat` fills it.
    public var contentType: String?

    public init(
        name: String, isDirectory: Bool, size: Int64, mode: String, modified: Instant, contentType: String? = nil
    ) {
        self.name = name
        self.isDirectory = isDirectory
        self.size = size
        self.mode = mode
        self.modified = modified
        self.contentType = contentType
    }
}

/// Where a stream begins.
public enum StreamPosition: Hashable, Sendable {
    /// That many bytes after the first.
    case fromStart(Int64)
    /// That many bytes before the end.
    case fromEnd(Int64)
}

public enum LogStream: String, Hashable, Sendable {
    case stdout, stderr
}

/// A piece of a streamed file. All empty: a heartbeat.
public struct FileFrame: Hashable, Sendable {
    public var data: [UInt8]
    /// Path relative to the allocation's directory.
    public var file: String
    /// `file deleted`, `file truncated`, or empty.
    public var event: String
    /// Position in the file after the data.
    public var offset: Int64

    public init(data: [UInt8] = [], file: String = "", event: String = "", offset: Int64 = 0) {
        self.data = data
        self.file = file
        self.event = event
        self.offset = offset
    }

    public static let heartbeat = FileFrame()
    public var isHeartbeat: Bool { data.isEmpty && file.isEmpty && event.isEmpty }
}

/// Which tasks to restart.
public enum RestartSelection: Hashable, Sendable {
    case task(String)
    /// All that run now.
    case running
    /// All, also those that have ended, from prestart on.
    case all
}

/// Size of a terminal in characters.
public struct TerminalDimensions: Hashable, Sendable {
    public var rows: Int
    public var columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}

/// What goes to a command that runs in a task.
public enum CommandInput: Hashable, Sendable {
    case standardInput([UInt8])
    case closeStandardInput
    case resize(TerminalDimensions)
}

/// What comes from it.
public enum CommandOutput: Hashable, Sendable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}
