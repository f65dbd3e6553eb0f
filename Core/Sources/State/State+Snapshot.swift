public import Base
import HashTreeCollections
import Model

/// What a piece of a snapshot goes on with. The sections come in this order.
enum SnapshotSection: UInt64 {
    case head, jobs, histories, tallies, scalingEvents, launches, nodes, allocations, evaluations, deployments,
        namespaces, records, volumes, plugins
}

extension State {
    /// Bytes after which a piece of a snapshot is closed; one may be a few times longer when records are large.
    public static let snapshotPieceBytes = 4 << 20
    /// Allocations that are sorted and written together.
    static let snapshotAllocations = 1 << 16
    /// Records of another kind that are written together.
    static let snapshotRecords = 256

    /// Writes the whole state in pieces, one after the other, so that no more than one of them is in memory. Each is
    /// complete in itself: `SnapshotReader` takes them in the same order. Equal states give equal pieces.
    /// - Throws: what `sink` throws.
    public func writeSnapshot(
        pieceBytes: Int = State.snapshotPieceBytes, to sink: ([UInt8]) throws -> Void
    ) throws {
        try withoutActuallyEscaping(sink) { try write(SnapshotWriter($0, pieceBytes: pieceBytes)) }
    }

    private func write(_ writer: SnapshotWriter) throws {
        var writer = writer
        try writer.section(.head) { writer in
            writer.write(journalFormat)
            writer.write(index)
            writer.write(time.nanoseconds)
            writer.write(Dictionary(uniqueKeysWithValues: tableIndexes.map { ($0.key.rawValue, $0.value) }))
            try writer.encode(schedulerConfiguration)
        }
        try writer.records(.jobs, jobVersions) { try $1.encode($0) }
        try writer.records(.histories, versions.sorted { $0.key < $1.key }) { row, writer in
            writer.write(row.key)
            writer.write(row.value.first?.job.createIndex ?? 0)
            writer.write(row.value.map(\.job.version))
        }
        try writer.records(.tallies, tallies.sorted { $0.key < $1.key }) { row, writer in
            writer.write(row.key)
            writer.write(row.value.evaluations)
            writer.write(row.value.createIndex)
            writer.write(row.value.modifyIndex)
            writer.write(row.value.groups.mapValues(\.queued))
        }
        try writer.records(.scalingEvents, scalingEvents.sorted { $0.key < $1.key }) { row, writer in
            writer.write(row.key)
            try writer.encode(row.value)
        }
        try writer.records(.launches, allPeriodicLaunches) { row, writer in
            writer.write(row.key)
            writer.write(row.launch)
        }
        try writer.records(.nodes, allNodes) { try $1.encode($0) }
        try writeAllocations(&writer)
        try writer.records(.evaluations, evaluations.values.sorted { $0.id < $1.id }) { $1.write($0) }
        try writer.records(.deployments, deployments.values.sorted { $0.id < $1.id }) { $1.write($0) }
        try writer.records(.namespaces, allNamespaces) { try $1.encode($0) }
        for (table, rows) in records.sorted(by: { $0.key < $1.key }) {
            try writer.records(.records, rows.sorted { $0.key < $1.key }) { row, writer in
                writer.write(table)
                writer.write(row.key)
                writer.write(row.value)
            }
        }
        try writer.records(.volumes, allVolumes()) { try $1.encode($0) }
        try writer.records(.plugins, plugins.sorted { $0.key < $1.key }) { row, writer in
            writer.write(row.key)
            writer.write(row.value.createIndex)
            writer.write(row.value.modifyIndex)
        }
        try writer.finish()
    }

    /// Job by job, so that what the allocations of a job share is written once.
    private func writeAllocations(_ writer: inout SnapshotWriter) throws {
        var waiting: [Allocation] = []
        for key in allocationsByJob.keys.sorted() {
            waiting += allocations(ofJob: key)
            guard waiting.count >= Self.snapshotAllocations else { continue }
            try writer.section(.allocations) { AllocationRows.write(waiting, to: &$0) }
            waiting = []
        }
        if !waiting.isEmpty { try writer.section(.allocations) { AllocationRows.write(waiting, to: &$0) } }
    }

    /// Every job version that is kept or still runs.
    private var jobVersions: [Job] {
        var all: [JobVersionName: Job] = [:]
        for history in versions.values { for job in history { all[JobVersionName(job.job)] = job.job } }
        var seen: Set<ObjectIdentifier> = []
        for allocation in allocations.values where seen.insert(ObjectIdentifier(allocation.job)).inserted {
            let name = JobVersionName(allocation.job.job)
            guard all[name] == nil else { continue }
            // Allocations remember what a version was like when they last changed; only what a version always
            // says is written, so that it doesn't matter whose memory it is.
            var job = allocation.job.job
            (job.status, job.statusDescription, job.stable, job.modifyIndex) = ("", "", false, 0)
            all[name] = job
        }
        return all.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The whole state in one piece of memory: for small states and for comparing. Equal states give equal bytes.
    public func snapshot() throws -> [UInt8] {
        var writer = BinaryWriter()
        try writeSnapshot { writer.write($0) }
        return writer.bytes
    }

    /// Reads what `snapshot()` gave.
    public init(snapshot bytes: [UInt8]) throws(BinaryError) {
        var (reader, snapshot) = (BinaryReader(bytes), SnapshotReader())
        while !reader.isAtEnd { try snapshot.take(try reader.blob()) }
        self = try snapshot.finish()
    }

    /// A number that equal states share, in every process.
    public func digest() throws -> UInt64 {
        var hash = StableHash()
        try writeSnapshot { hash.combine($0) }
        return hash.value
    }
}

/// Collects sections into pieces.
private struct SnapshotWriter {
    private let sink: ([UInt8]) throws -> Void
    private let pieceBytes: Int
    private var writer = BinaryWriter()

    init(_ sink: @escaping ([UInt8]) throws -> Void, pieceBytes: Int) {
        self.sink = sink
        self.pieceBytes = pieceBytes
    }

    mutating func section(_ section: SnapshotSection, _ body: (inout BinaryWriter) throws -> Void) throws {
        writer.write(section.rawValue)
        try body(&writer)
        if writer.bytes.count >= pieceBytes { try sink(writer.take()) }
    }

    mutating func records<Record>(
        _ section: SnapshotSection, _ all: [Record], _ write: (Record, inout BinaryWriter) throws -> Void
    ) throws {
        var rest = all[...]
        while !rest.isEmpty {
            let some = rest.prefix(State.snapshotRecords)
            rest = rest.dropFirst(some.count)
            try self.section(section) { writer in
                writer.write(UInt64(some.count))
                for record in some { try write(record, &writer) }
            }
        }
    }

    mutating func finish() throws { if !writer.bytes.isEmpty { try sink(writer.take()) } }
}
