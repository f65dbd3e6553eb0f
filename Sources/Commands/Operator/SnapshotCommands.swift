import Base
import CaravanClient

/// Snapshots of the cluster's state.
enum SnapshotCommands {
    static let all: [Command] = [save, restore]

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
