public import Base
import HashTreeCollections
import Model

extension State {
    /// The whole state as bytes; equal states give equal bytes.
    public func snapshot() throws -> [UInt8] {
        var writer = BinaryWriter()
        writer.write(journalFormat)
        writer.write(index)
        writer.write(time.nanoseconds)
        try writer.encode(Dictionary(uniqueKeysWithValues: tableIndexes.map { ($0.key.rawValue, $0.value) }))
        try writeJobs(&writer)
        try writer.encode(allNodes)
        let allocations = allocations.values.sorted { $0.id < $1.id }
        AllocationRows.write(allocations, to: &writer)
        writer.write(evaluations.values.sorted { $0.id < $1.id })
        writer.write(deployments.values.sorted { $0.id < $1.id })
        try writer.encode(allNamespaces)
        try writer.encode(schedulerConfiguration)
        for (table, rows) in records.sorted(by: { $0.key < $1.key }) where !rows.isEmpty {
            writer.write(true)
            writer.write(table)
            try writer.encode(Dictionary(uniqueKeysWithValues: rows.map { ($0.key, $0.value) }))
        }
        writer.write(false)
        return writer.bytes
    }

    /// Every job version that is kept or still runs, then per job its current version, history and the rest.
    private func writeJobs(_ writer: inout BinaryWriter) throws {
        var shared: [JobVersions.Name: Job] = [:]
        for history in versions.values { for job in history { shared[.init(job.job)] = job.job } }
        for allocation in allocations.values {
            let name = JobVersions.Name(allocation.job.job)
            guard shared[name] == nil else { continue }
            // Allocations remember what a version was like when they last changed; only what a version always
            // says is written, so that it doesn't matter whose memory it is.
            var job = allocation.job.job
            (job.status, job.statusDescription, job.stable, job.modifyIndex) = ("", "", false, 0)
            shared[name] = job
        }
        let all = shared.sorted { $0.key < $1.key }.map(\.value)
        try writer.encode(all)
        try writer.encode(
            versions.sorted { $0.key < $1.key }.map {
                JobHistory(
                    key: $0.key, createIndex: $0.value.first?.job.createIndex ?? 0,
                    versions: $0.value.map(\.job.version))
            })
        try writer.encode(
            tallies.sorted { $0.key < $1.key }.map {
                TallyRest(
                    key: $0.key, evaluations: $0.value.evaluations, createIndex: $0.value.createIndex,
                    modifyIndex: $0.value.modifyIndex,
                    queued: $0.value.groups.mapValues(\.queued))
            })
        try writer.encode(scalingEvents.sorted { $0.key < $1.key }.map { EventsRow(key: $0.key, groups: $0.value) })
        try writer.encode(allPeriodicLaunches.map { LaunchRow(key: $0.key, launch: $0.launch) })
    }

    /// Reads a snapshot and rebuilds the indexes.
    public init(snapshot bytes: [UInt8]) throws(BinaryError) {
        self.init()
        var reader = BinaryReader(bytes)
        let format = try reader.uint64()
        guard format == journalFormat else {
            throw BinaryError(offset: 0, reason: "format \(format) is not \(journalFormat), the one of this program")
        }
        index = try reader.uint64()
        time = Instant(nanoseconds: try reader.int64())
        for (table, index) in try reader.decode([String: LogIndex].self) {
            if let table = Table(rawValue: table) { tableIndexes[table] = index }
        }
        try readJobs(&reader)
        (touchedNodes, touchedDetail) = ([], 0)
        for evaluation in try reader.list() as [Evaluation] {
            evaluations[evaluation.id] = evaluation
            evaluationsByJob[evaluation.job, default: []].insert(evaluation.id)
            if !evaluation.status.isTerminal { tallies[evaluation.job, default: JobTally()].openEvaluations += 1 }
        }
        for deployment in try reader.list() as [Deployment] {
            deployments[deployment.id] = deployment
            deploymentsByJob[deployment.job, default: []].insert(deployment.id)
            tallies[deployment.job, default: JobTally()].count(deployment, by: 1)
        }
        namespaces = [:]
        for namespace in try reader.decode([Namespace].self) { namespaces[namespace.name] = namespace }
        schedulerConfiguration = try reader.decode(SchedulerConfiguration.self)
        while try reader.bool() {
            let table = try reader.string()
            for (key, value) in try reader.decode([String: JSON].self) { records[table, default: [:]][key] = value }
        }
        guard reader.isAtEnd else {
            throw BinaryError(offset: reader.offset, reason: "the snapshot has a tail that nobody wrote")
        }
    }

    private mutating func readJobs(_ reader: inout BinaryReader) throws(BinaryError) {
        var known = JobVersions(State())
        var all: [JobVersions.Name: SharedJob] = [:]
        for job in try reader.decode([Job].self) {
            let shared = SharedJob(job)
            known.add(shared)
            all[.init(job)] = shared
        }
        for history in try reader.decode([JobHistory].self) {
            let kept = history.versions.compactMap {
                all[.init(key: history.key, createIndex: history.createIndex, version: $0)]
            }
            versions[history.key] = kept
            jobs[history.key] = kept.first
        }
        for row in try reader.decode([TallyRest].self) {
            var tally = JobTally()
            (tally.evaluations, tally.createIndex, tally.modifyIndex) = (
                row.evaluations, row.createIndex, row.modifyIndex
            )
            for (group, queued) in row.queued { tally.groups[group, default: GroupSummary()].queued = queued }
            tallies[row.key] = tally
        }
        for row in try reader.decode([EventsRow].self) { scalingEvents[row.key] = row.groups }
        for row in try reader.decode([LaunchRow].self) { periodicLaunches[row.key] = row.launch }
        for job in jobs.values where !job.job.parentID.isEmpty {
            let parent = JobKey(namespace: job.job.namespace, id: job.job.parentID)
            children[parent, default: []].insert(job.job.key)
            if jobs[parent] != nil { tallies[parent, default: JobTally()].count(child: job.job, by: 1) }
        }
        for node in try reader.decode([Node].self) { nodes[node.id] = node }
        for allocation in try AllocationRows.read(from: &reader, job: known.find) {
            allocations[allocation.id] = allocation
            account(nil, allocation)
            allocationsByJob[allocation.jobKey, default: []].insert(allocation.id)
            allocationsByNode[allocation.nodeID, default: []].insert(allocation.id)
            allocationsByEvaluation[allocation.evalID, default: []].insert(allocation.id)
            if !allocation.deploymentID.isZero {
                allocationsByDeployment[allocation.deploymentID, default: []].insert(allocation.id)
            }
            tallies[allocation.jobKey, default: JobTally()].count(allocation, by: 1)
        }
    }

    /// A number that equal states share, in every process.
    public func digest() throws -> UInt64 {
        var hash = StableHash()
        hash.combine(try snapshot())
        return hash.value
    }
}

private struct JobHistory: Codable {
    var key: JobKey
    var createIndex: LogIndex
    /// Newest first.
    var versions: [UInt64]
}

private struct TallyRest: Codable {
    var key: JobKey
    var evaluations: Int
    var createIndex: LogIndex
    var modifyIndex: LogIndex
    var queued: [String: Int]
}

private struct EventsRow: Codable {
    var key: JobKey
    var groups: [String: [ScalingEvent]]
}

private struct LaunchRow: Codable {
    var key: JobKey
    var launch: Instant
}
