public import Base
public import Model

/// Allocations on their way to a node, as bytes: each job version once, then the allocations that run it.
public struct AllocationBundle: Sendable {
    public var allocations: [Allocation]

    public init(_ allocations: [Allocation]) { self.allocations = allocations }

    public func write(to writer: inout BinaryWriter) throws {
        var jobs: [JobVersions.Name: SharedJob] = [:]
        for allocation in allocations {
            jobs[.init(allocation.job.job)] = allocation.job
        }
        let ordered = jobs.sorted { $0.key < $1.key }
        try writer.encode(ordered.map(\.value.job))
        writer.write(UInt64(allocations.count))
        for allocation in allocations { try allocation.write(to: &writer) }
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        var jobs = JobVersions(State())
        for job in try reader.decode([Job].self) { jobs.add(SharedJob(job)) }
        allocations = []
        for _ in 0..<(try reader.count()) { allocations.append(try Allocation(from: &reader, jobs: jobs)) }
    }
}
