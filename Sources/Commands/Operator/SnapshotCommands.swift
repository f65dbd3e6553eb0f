import Base
import CaravanClient
import State

/// Snapshots of the cluster's state.
enum SnapshotCommands {
    static let all: [Command] = [save, restore, inspect]

    static let save = Command(
        "operator snapshot save", "Save a snapshot of the servers' state", usage: "[options] <file>",
        flags: [.bool("stale", "Any server may answer."), .bool("redact", "Taken for compatibility.")]
    ) { invocation in
        guard invocation.arguments.count <= 1 else { throw UsageFailure("This command takes one argument: <filename>") }
        let client = try invocation.client
        let stale = invocation.flags.bool("stale")
        let digits = invocation.show.time(invocation.clock.now).filter { $0.isNumber }
        let path = invocation.arguments.first ?? "caravan-state-\(digits).snap"
        if LocalFile.exists(path), invocation.arguments.isEmpty {
            throw CommandFailure("Destination file already exists: \(path)")
        }
        var bytes: [UInt8] = []
        let stream = try await invocation.doing("Failed to get a snapshot") { try await client.snapshot(stale: stale) }
        for try await part in stream {
            bytes += part
            if bytes.count > Client.answerBytesMax {
                throw CommandFailure("The snapshot is larger than \(Size.text(Int64(Client.answerBytesMax)))")
            }
        }
        do {
            try LocalFile.write(path, bytes)
        } catch {
            throw CommandFailure("Failed to create snapshot file: \(error)")
        }
        invocation.line("State file written to \(path)")
        return 0
    }

    static let restore = Command(
        "operator snapshot restore", "Replace the servers' state with a snapshot's", usage: "[options] <file>"
    ) { invocation in
        let client = try invocation.client
        let path = try invocation.oneArgument("<filename>")
        let bytes: [UInt8]
        do {
            bytes = try StandardInput.file(path)
        } catch {
            throw CommandFailure("Error opening snapshot file: \(error)")
        }
        try await invocation.doing("Failed to get restore snapshot") { try await client.restore(snapshot: bytes) }
        invocation.line("Snapshot Restored")
        return 0
    }
}

extension SnapshotCommands {
    static let inspect = Command(
        "operator snapshot inspect", "Display what a snapshot holds", usage: "[options] <file>",
        flags: [.bool("json", "Print JSON.")], asksAgent: false
    ) { invocation in
        let path = try invocation.oneArgument("<filename>")
        let bytes: [UInt8]
        do {
            bytes = try StandardInput.file(path)
        } catch {
            throw CommandFailure("Error opening snapshot file: \(error)")
        }
        let state: State
        do {
            state = try State(snapshot: bytes)
        } catch {
            throw CommandFailure("Error inspecting snapshot: \(path) is no snapshot of this program: \(error)")
        }
        let rows: [(String, JSON)] = [
            ("ID", .string("\(term)-\(state.index)-\(state.time.nanoseconds / 1_000_000)")),
            ("Size", .int(Int64(bytes.count))), ("Index", .int(Int64(clamping: state.index))), ("Term", .int(term)),
            ("Version", .int(1)),
        ]
        if invocation.flags.bool("json") {
            invocation.line(JSON.object(JSONObject(rows)).pretty())
            return 0
        }
        for (key, value) in rows {
            let padding = String(repeating: " ", count: 9 - key.count)
            invocation.line(key + padding + (value.stringValue ?? value.text))
        }
        return 0
    }

    /// The log has one writer at a time and no terms; tools that read the field get a fresh cluster's value.
    private static let term: Int64 = 2
}
