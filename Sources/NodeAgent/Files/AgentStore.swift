import AgentCore
import Base
import GRDB
import Model

/// What the agent writes down: its identity, its allocations, the handles of its tasks. One SQLite file in the
/// client's state directory. All calls run off the cooperative threads.
///
/// A file that can't be read stops the agent's start and stays as it is: with it gone, running tasks would be
/// forgotten.
final class AgentStore: Sendable {
    private let database: DatabaseQueue
    let path: String

    static let formatVersion = "1"

    init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            // A crash of the agent loses nothing; a crash of the machine takes the tasks along anyway.
            try database.execute(sql: "PRAGMA synchronous = NORMAL")
        }
        do {
            database = try DatabaseQueue(path: path, configuration: configuration)
            try database.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
                        CREATE TABLE IF NOT EXISTS allocation (
                            id TEXT PRIMARY KEY, specification TEXT NOT NULL, state TEXT NOT NULL);
                        CREATE TABLE IF NOT EXISTS handle (
                            allocation TEXT NOT NULL, task TEXT NOT NULL, attempt TEXT NOT NULL,
                            started TEXT NOT NULL, PRIMARY KEY (allocation, task));
                        """)
                let version = try String.fetchOne(
                    database, sql: "SELECT value FROM setting WHERE name = 'format'")
                if let version, version != Self.formatVersion {
                    throw AgentStoreError(
                        path: path, reason: "it has the format \(version), this program knows \(Self.formatVersion)")
                }
                try database.execute(
                    sql: "INSERT OR IGNORE INTO setting VALUES ('format', ?)", arguments: [Self.formatVersion])
            }
        } catch let error as AgentStoreError {
            throw error
        } catch {
            throw AgentStoreError(path: path, reason: "\(error)")
        }
    }

    private func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        let database = database
        try await blocking { try database.write(body) }
    }

    // MARK: - Settings

    func setting(_ name: String) async throws -> String? {
        let database = database
        return try await blocking {
            try database.read {
                try String.fetchOne($0, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
            }
        }
    }

    func set(_ name: String, to value: String) async throws {
        try await write {
            try $0.execute(sql: "INSERT OR REPLACE INTO setting VALUES (?, ?)", arguments: [name, value])
        }
    }

    // MARK: - Allocations

    /// Writes allocations, all or none. The second list's specifications are there already.
    func save(whole: [AllocationSnapshot], states: [AllocationSnapshot]) async throws {
        if whole.isEmpty && states.isEmpty { return }
        let whole = try whole.map { snapshot in
            (
                snapshot.specification.id.text, try WireEncoder().encode(snapshot.specification).text,
                try WireEncoder().encode(snapshot.state).text
            )
        }
        let states = try states.map { ($0.specification.id.text, try WireEncoder().encode($0.state).text) }
        try await write { database in
            for (id, specification, state) in whole {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO allocation VALUES (?, ?, ?)", arguments: [id, specification, state])
            }
            for (id, state) in states {
                try database.execute(sql: "UPDATE allocation SET state = ? WHERE id = ?", arguments: [state, id])
            }
        }
    }

    func delete(_ id: AllocationID) async throws {
        try await write {
            try $0.execute(sql: "DELETE FROM allocation WHERE id = ?", arguments: [id.text])
            try $0.execute(sql: "DELETE FROM handle WHERE allocation = ?", arguments: [id.text])
        }
    }

    /// Writes a handle down before anybody believes in its task.
    func save(handle started: StartedInfo, attempt: String, of key: TaskKey) async throws {
        let text = try WireEncoder().encode(started).text
        try await write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO handle VALUES (?, ?, ?, ?)",
                arguments: [key.allocation.text, key.task, attempt, text])
        }
    }

    func deleteHandle(_ key: TaskKey, attempt: String) async throws {
        try await write {
            try $0.execute(
                sql: "DELETE FROM handle WHERE allocation = ? AND task = ? AND attempt = ?",
                arguments: [key.allocation.text, key.task, attempt])
        }
    }

    /// Everything, in order of the ids. A handle that is newer than its task's record is put into it.
    func load() async throws -> [AllocationSnapshot] {
        let database = database
        let path = path
        return try await blocking {
            let (rows, handles) = try database.read { database in
                (
                    try Row.fetchAll(database, sql: "SELECT id, specification, state FROM allocation ORDER BY id"),
                    try Row.fetchAll(database, sql: "SELECT allocation, task, attempt, started FROM handle")
                )
            }
            var snapshots: [AllocationSnapshot] = []
            for row in rows {
                let id: String = row["id"]
                do {
                    var snapshot = AllocationSnapshot(
                        specification: try Self.decode(row["specification"]), state: try Self.decode(row["state"]))
                    for handle in handles where handle["allocation"] == id {
                        let task: String = handle["task"]
                        guard var record = snapshot.state.tasks[task], record.started == nil,
                            record.state.state != .dead
                        else { continue }
                        record.attempt = handle["attempt"]
                        record.started = try Self.decode(handle["started"])
                        snapshot.state.tasks[task] = record
                    }
                    snapshots.append(snapshot)
                } catch {
                    throw AgentStoreError(path: path, reason: "allocation \(id) can't be read: \(error)")
                }
            }
            return snapshots
        }
    }

    private static func decode<T: Decodable>(_ text: String) throws -> T {
        try WireDecoder().decode(T.self, from: JSON(parsing: text))
    }
}

/// The agent's own file is damaged or foreign.
public struct AgentStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public var path: String
    public var reason: String
    public var description: String {
        "the agent's state file \(path) can't be used: \(reason). It was left as it is. "
            + "To start without it, move it away; tasks that still run will then not be known to the agent"
    }
}
