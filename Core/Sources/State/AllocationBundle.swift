public import Base
public import Model

/// Allocations on their way to a node, as bytes: each job version once, then the allocations that run it.
public struct AllocationBundle: Sendable {
    public var allocations: [Allocation]

    public init(_ allocations: [Allocation]) { self.allocations = allocations }

    public func write(to writer: inout BinaryWriter) throws {
        var jobs: [JobVersionName: SharedJob] = [:]
        var last: SharedJob?
        for allocation in allocations where allocation.job !== last {
            jobs[JobVersionName(allocation.job.job)] = allocation.job
            last = allocation.job
        }
        let ordered = jobs.sorted { $0.key < $1.key }
        try writer.encode(ordered.map(\.value.job))
        AllocationRows.write(allocations, to: &writer)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        var jobs = JobVersions(State())
        for job in try reader.decode([Job].self) { jobs.add(SharedJob(job)) }
        allocations = try AllocationRows.read(from: &reader, job: jobs.find)
    }
}
