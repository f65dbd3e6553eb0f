public import Base
public import Model

/// Allocations on their way to a node, as bytes: each job version once, then the allocations that run it.
public struct AllocationBundle: Sendable {
    public var allocations: [Allocation]

    public init(_ allocations: [Allocation]) { self.allocations = allocations }

    /// - Parameter encoded: the bytes of a job version, as `jobBytes` gives them; a place to keep them.
    public func write(
        to writer: inout BinaryWriter, encoded: (SharedJob) throws -> [UInt8] = { try AllocationBundle.jobBytes($0) }
    ) throws {
        var jobs: [JobVersionName: SharedJob] = [:]
        var last: SharedJob?
        for allocation in allocations where allocation.job !== last {
            jobs[JobVersionName(allocation.job.job)] = allocation.job
            last = allocation.job
        }
        writer.write(UInt64(jobs.count))
        for (_, job) in jobs.sorted(by: { $0.key < $1.key }) { writer.write(try encoded(job)) }
        AllocationRows.write(allocations, to: &writer)
    }

    /// - Parameter decoded: the job version of such bytes, as `job` gives it; a place to keep them.
    public init(
        from reader: inout BinaryReader,
        decoded: ([UInt8]) throws(BinaryError) -> SharedJob = { bytes throws(BinaryError) in
            try AllocationBundle.job(bytes)
        }
    ) throws(BinaryError) {
        var jobs = JobVersions(State())
        for _ in 0..<(try reader.count()) { jobs.add(try decoded(try reader.blob())) }
        allocations = try AllocationRows.read(from: &reader, job: jobs.find)
    }

    public static func jobBytes(_ job: SharedJob) throws -> [UInt8] {
        var writer = BinaryWriter()
        try writer.encode(job.job)
        return writer.bytes
    }

    public static func job(_ bytes: [UInt8]) throws(BinaryError) -> SharedJob {
        var reader = BinaryReader(bytes)
        return SharedJob(try reader.decode(Job.self))
    }
}
