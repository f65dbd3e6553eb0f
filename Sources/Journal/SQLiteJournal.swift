import Base
import Dispatch
import Foundation
import GRDB
public import Logging
public import State
import Synchronization

/// Why a journal can't be used, with its place and what to do.
public struct JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file.
    public var path: String
    /// What is wrong, where in the file.
    public var reason: String
    /// What the operator can do.
    public var advice: String

    public init(path: String, reason: String, advice: String) {
        self.path = path
        self.reason = reason
        self.advice = advice
    }

    public var description: String { "journal \(path): \(reason). \(advice)" }
}

/// Entries and snapshots in one SQLite file: WAL mode, full sync, one transaction for a group of entries.
///
/// Every row carries a checksum of its own, so damage is found by row and not only by page. A file that
/// can't be read is left exactly as it is.
public final class SQLiteJournal: Journal {
    private let path: String
    private let database: DatabaseQueue
    /// Where blocking calls run: off the cooperative threads, and to their end even when the caller is cancelled.
    private let queue = DispatchQueue(label: "caravan.journal")
    /// Where snapshots are written, so that appends go on between their pieces.
    private let snapshotQueue = DispatchQueue(label: "caravan.journal.snapshot")
    private let logger: Logger
    private let sinceSnapshot = Mutex<(entries: Int, bytes: Int)>((0, 0))

    /// Entries after which a new snapshot is due, whatever their size.
    static let snapshotEntries = 500_000
    /// Bytes of entries after which a new snapshot is due.
    static let snapshotBytes = 256 << 20
    /// Entries that one transaction deletes once a snapshot has made them superfluous.
    private static let deletedMax: Int64 = 20_000

    private static let advice =
        "The file was left as it is. Restore it from a backup, or move it away and let the server start empty"

    /// Opens or makes the file.
    /// - Throws: `JournalError` when the file is damaged or is not a journal.
    public init(path: String, logger: Logger) throws(JournalError) {
        self.path = path
        self.logger = logger
        var configuration = GRDB.Configuration()
        configuration.label = "caravan.journal"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // Pages of 4 KiB after which the log is copied into the file, which costs syncs of its own.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4096")
        }
        do {
            try Self.refuseForeign(path)
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write { db in
                try db.execute(sql: Self.schema)
            }
            try database.read { db in
                if let fault = try String.fetchOne(db, sql: "PRAGMA quick_check"), fault != "ok" {
                    throw JournalError(path: path, reason: "SQLite finds it damaged: \(fault)", advice: Self.advice)
                }
            }
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError(path: path, reason: "it can't be opened: \(error)", advice: Self.advice)
        }
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS entries (
            idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL, checksum INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS snapshots (
            idx INTEGER NOT NULL, piece INTEGER NOT NULL, pieces INTEGER NOT NULL,
            bytes BLOB NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (idx, piece));
        """

    /// A file that exists and is not a SQLite database must not be touched, not even by opening it for writing.
    private static func refuseForeign(_ path: String) throws(JournalError) {
        guard let handle = FileHandle(forReadingAtPath: path) else { return }
        defer { try? handle.close() }
        let head = (try? handle.read(upToCount: 16)) ?? Data()
        if !head.isEmpty, head != Data("SQLite format 3\0".utf8) {
            throw JournalError(
                path: path, reason: "byte 0: this is not a SQLite file (its first 16 bytes are not the header)",
                advice: advice)
        }
    }

    private static func checksum(_ bytes: [UInt8]) -> Int64 {
        var hash = StableHash()
        hash.combine(bytes)
        return Int64(bitPattern: hash.value)
    }

    private func damaged(_ reason: String) -> JournalError {
        JournalError(path: path, reason: reason, advice: Self.advice)
    }

    private func onQueue<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await Self.on(queue, work)
    }

    private static func on<Result: Sendable>(
        _ queue: DispatchQueue, _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Swift.Result { try work() }) }
        }
    }

    public func load() async throws -> State {
        let state = try await onQueue { [self] in
            try database.read { db in
                var state = try loadSnapshot(db)
                let rows = try Row.fetchCursor(
                    db, sql: "SELECT idx, bytes, checksum FROM entries WHERE idx > ? ORDER BY idx",
                    arguments: [Int64(state.index)])
                while let row = try rows.next() {
                    let (index, bytes): (Int64, Data) = (row[0], row[1])
                    try apply(index: index, bytes: [UInt8](bytes), checksum: row[2], to: &state)
                }
                return state
            }
        }
        let counted = try await onQueue { [self] in
            try database.read { db -> (Int, Int) in
                let covered = try Self.snapshotIndex(db) ?? 0
                let row = try Row.fetchOne(
                    db, sql: "SELECT COUNT(*), COALESCE(SUM(LENGTH(bytes)), 0) FROM entries WHERE idx > ?",
                    arguments: [covered])
                return (row?[0] ?? 0, row?[1] ?? 0)
            }
        }
        sinceSnapshot.withLock { $0 = counted }
        return state
    }

    private func apply(index: Int64, bytes: [UInt8], checksum: Int64, to state: inout State) throws {
        guard Self.checksum(bytes) == checksum else {
            throw damaged("entry \(index): its bytes do not match their checksum")
        }
        guard index == Int64(state.index) + 1 else {
            throw damaged("entry \(state.index + 1) is missing (the next one is \(index))")
        }
        do {
            state.apply(try Entry(encoded: bytes, following: state))
        } catch {
            throw damaged("entry \(index), \(error)")
        }
    }

    /// The newest snapshot that is complete. One whose writing was cut off has not said how many pieces it has.
    private static func snapshotIndex(_ db: Database) throws -> Int64? {
        try Int64.fetchOne(db, sql: "SELECT MAX(idx) FROM snapshots WHERE pieces > 0")
    }

    private func loadSnapshot(_ db: Database) throws -> State {
        guard let index = try Self.snapshotIndex(db) else { return State() }
        let rows = try Row.fetchCursor(
            db, sql: "SELECT piece, pieces, bytes, checksum FROM snapshots WHERE idx = ? ORDER BY piece",
            arguments: [index])
        var (snapshot, taken, pieces) = (SnapshotReader(), 0, 0)
        // One piece is in memory at a time: a snapshot may be larger than what is built from it.
        while let row = try rows.next() {
            let bytes = [UInt8](row[2] as Data)
            pieces = row[1]
            guard row[0] == taken, Self.checksum(bytes) == row[3] else {
                throw damaged("snapshot \(index), piece \(taken): it is missing or does not match its checksum")
            }
            do {
                try snapshot.take(bytes)
            } catch {
                throw damaged("snapshot \(index), piece \(taken), \(error)")
            }
            taken += 1
        }
        guard taken == pieces else { throw damaged("snapshot \(index), piece \(taken): it is missing") }
        do {
            return try snapshot.finish()
        } catch {
            throw damaged("snapshot \(index), \(error)")
        }
    }

    public func append(_ entries: [Entry]) async throws {
        let rows = try entries.map { (index: Int64($0.index), bytes: try $0.encoded()) }
        try await onQueue { [self] in
            try database.write { db in
                let insert = try db.cachedStatement(sql: "INSERT INTO entries (idx, bytes, checksum) VALUES (?, ?, ?)")
                for row in rows {
                    try insert.execute(arguments: [row.index, Data(row.bytes), Self.checksum(row.bytes)])
                }
            }
        }
        sinceSnapshot.withLock { count in
            count.entries += rows.count
            count.bytes += rows.reduce(0) { $0 + $1.bytes.count }
        }
    }

    public var wantsSnapshot: Bool {
        sinceSnapshot.withLock { $0.entries >= Self.snapshotEntries || $0.bytes >= Self.snapshotBytes }
    }

    /// Writes a snapshot a piece at a time, each in a transaction of its own: appends go on in between. It counts when
    /// the last transaction says how many pieces it has; then what it replaces goes, in pieces too.
    public func store(snapshot state: State) async throws {
        let index = Int64(state.index)
        let before = sinceSnapshot.withLock { $0 }
        let size = try await Self.on(snapshotQueue) { [self] in
            var (pieces, size) = (0, 0)
            // Also what is left of one that was cut off.
            try database.write { try $0.execute(sql: "DELETE FROM snapshots WHERE pieces = 0") }
            try state.writeSnapshot { piece in
                try database.write { db in
                    try db.execute(
                        sql:
                            "INSERT OR REPLACE INTO snapshots (idx, piece, pieces, bytes, checksum) VALUES (?, ?, 0, ?, ?)",
                        arguments: [index, pieces, Data(piece), Self.checksum(piece)])
                }
                pieces += 1
                size += piece.count
            }
            try database.write { db in
                try db.execute(sql: "DELETE FROM snapshots WHERE idx = ? AND piece >= ?", arguments: [index, pieces])
                try db.execute(sql: "UPDATE snapshots SET pieces = ? WHERE idx = ?", arguments: [pieces, index])
                try db.execute(sql: "DELETE FROM snapshots WHERE idx < ?", arguments: [index])
            }
            try deleteEntries(upTo: index)
            return size
        }
        sinceSnapshot.withLock { now in
            now = (now.entries - before.entries, now.bytes - before.bytes)
        }
        logger.info("stored a snapshot", metadata: ["index": "\(index)", "bytes": "\(size)"])
    }

    private func deleteEntries(upTo index: Int64) throws {
        var next = try database.read { try Int64.fetchOne($0, sql: "SELECT MIN(idx) FROM entries") } ?? index + 1
        while next <= index {
            next = min(next + Self.deletedMax, index + 1)
            try database.write { [next] db in
                try db.execute(sql: "DELETE FROM entries WHERE idx < ?", arguments: [next])
            }
        }
    }
}
