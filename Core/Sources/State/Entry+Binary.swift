public import Base
import Model

/// Version of the binary form of entries and snapshots; raised when it changes.
public let journalFormat: UInt64 = 4

extension Entry {
    /// The entry as the journal keeps it.
    /// - Throws: only what a value's own `encode(to:)` throws; ours don't.
    public func encoded() throws -> [UInt8] {
        var writer = BinaryWriter()
        writer.write(journalFormat)
        writer.write(index)
        writer.write(time.nanoseconds)
        writer.write(cause)
        writer.write(UInt64(changes.count))
        for change in changes { try change.write(to: &writer) }
        return writer.bytes
    }

    /// Reads an entry. `state` is the state it follows on: allocations name their job version, which is looked
    /// up among the state's versions and the jobs of this very entry.
    public init(encoded bytes: [UInt8], following state: State) throws(BinaryError) {
        var reader = BinaryReader(bytes)
        let format = try reader.uint64()
        guard format == journalFormat else {
            throw BinaryError(offset: 0, reason: "format \(format) is not \(journalFormat), the one of this program")
        }
        index = try reader.uint64()
        time = Instant(nanoseconds: try reader.int64())
        cause = try reader.string()
        var jobs = JobVersions(state)
        changes = []
        for _ in 0..<(try reader.count()) {
            let change = try Change(from: &reader, jobs: jobs)
            if case .job(let job) = change { jobs.add(SharedJob(job)) }
            changes.append(change)
        }
        guard reader.isAtEnd else {
            throw BinaryError(offset: reader.offset, reason: "the entry has a tail that nobody wrote")
        }
    }
}

extension Change {
    func write(to writer: inout BinaryWriter) throws {
        switch self {
        case .job(let job): try tagged(1, job, &writer)
        case .deleteJob(let key): try tagged(2, key, &writer)
        case .node(let node): try tagged(3, node, &writer)
        case .deleteNode(let id): try tagged(4, id, &writer)
        case .allocations(let list):
            writer.write(UInt64(5))
            AllocationRows.write(list, to: &writer)
        case .allocationUpdates(let list): tagged(6, list: list, &writer)
        case .deleteAllocations(let ids): tagged(7, list: ids, &writer)
        case .evaluations(let list): tagged(8, list: list, &writer)
        case .deleteEvaluations(let ids): tagged(9, list: ids, &writer)
        case .deployments(let list): tagged(10, list: list, &writer)
        case .deleteDeployments(let ids): tagged(11, list: ids, &writer)
        case .namespace(let namespace): try tagged(12, namespace, &writer)
        case .deleteNamespace(let name): try tagged(13, name, &writer)
        case .schedulerConfiguration(let configuration): try tagged(14, configuration, &writer)
        case .scalingEvent(let key, let group, let event):
            try tagged(15, key, &writer)
            writer.write(group)
            try writer.encode(event)
        case .periodicLaunch(let key, let launch):
            try tagged(16, key, &writer)
            writer.write(launch.nanoseconds)
        case .record(let table, let key, let value):
            writer.write(UInt64(17))
            writer.write(table)
            writer.write(key)
            writer.write(value != nil)
            if let value { writer.write(value) }
        case .jobStability(let key, let version, let stable):
            try tagged(18, key, &writer)
            writer.write(version)
            writer.write(stable)
        case .jobVersionTag(let key, let version, let tag):
            try tagged(19, key, &writer)
            writer.write(version)
            writer.write(tag != nil)
            if let tag { writer.write(tag.text) }
        case .volume(let volume): try tagged(20, volume, &writer)
        case .deleteVolume(let key): try tagged(21, key, &writer)
        }
    }

    private func tagged(_ tag: UInt64, _ value: some Encodable, _ writer: inout BinaryWriter) throws {
        writer.write(tag)
        try writer.encode(value)
    }

    private func tagged(_ tag: UInt64, list: [some BinaryForm], _ writer: inout BinaryWriter) {
        writer.write(tag)
        writer.write(list)
    }

    init(from reader: inout BinaryReader, jobs: JobVersions) throws(BinaryError) {
        let tag = try reader.uint64()
        switch tag {
        case 1: self = .job(try reader.decode(Job.self))
        case 2: self = .deleteJob(try reader.decode(JobKey.self))
        case 3: self = .node(try reader.decode(Node.self))
        case 4: self = .deleteNode(try reader.id())
        case 5: self = .allocations(try AllocationRows.read(from: &reader, job: jobs.find))
        case 6: self = .allocationUpdates(try reader.list())
        case 7: self = .deleteAllocations(try reader.list())
        case 8: self = .evaluations(try reader.list())
        case 9: self = .deleteEvaluations(try reader.list())
        case 10: self = .deployments(try reader.list())
        case 11: self = .deleteDeployments(try reader.list())
        case 12: self = .namespace(try reader.decode(Namespace.self))
        case 13: self = .deleteNamespace(try reader.string())
        case 14: self = .schedulerConfiguration(try reader.decode(SchedulerConfiguration.self))
        case 15:
            self = .scalingEvent(
                try reader.decode(JobKey.self), group: try reader.string(), try reader.decode(ScalingEvent.self))
        case 16:
            self = .periodicLaunch(try reader.decode(JobKey.self), Instant(nanoseconds: try reader.int64()))
        case 17:
            let (table, key) = (try reader.string(), try reader.string())
            // Not a conditional expression: there `nil` would be the JSON null, and a deletion a value.
            var value: JSON?
            if try reader.bool() { value = try JSON(from: &reader) }
            self = .record(table: table, key: key, value)
        case 18:
            self = .jobStability(
                try reader.decode(JobKey.self), version: try reader.uint64(), stable: try reader.bool())
        case 19:
            let (key, version) = (try reader.decode(JobKey.self), try reader.uint64())
            var tag: JSON?
            if try reader.bool() { tag = try reader.decode(JSON.self) }
            self = .jobVersionTag(key, version: version, tag)
        case 20: self = .volume(try reader.decode(CSIVolume.self))
        case 21: self = .deleteVolume(try reader.decode(VolumeKey.self))
        default: throw BinaryError(offset: reader.offset, reason: "a change of the unknown kind \(tag)")
        }
    }
}
