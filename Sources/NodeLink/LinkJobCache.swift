import Base
import Model
import State
import Synchronization

/// Job versions and their bytes, so that a job is written and read once and not once for every node.
///
/// Safe to share; links of one process may have one together.
public final class LinkJobCache: Sendable {
    private struct Written {
        /// Held, so that no other job gets its place in memory.
        var job: SharedJob
        var bytes: [UInt8]
    }

    private let written = Mutex<[ObjectIdentifier: Written]>([:])
    private let read = Mutex<[[UInt8]: SharedJob]>([:])

    /// Versions that are remembered, each way; beyond it all are forgotten.
    static let versionsMax = 4096

    public init() {}

    func bytes(of job: SharedJob) throws -> [UInt8] {
        if let known = written.withLock({ $0[ObjectIdentifier(job)] }) { return known.bytes }
        let bytes = try AllocationBundle.jobBytes(job)
        written.withLock { written in
            if written.count >= Self.versionsMax { written = [:] }
            written[ObjectIdentifier(job)] = Written(job: job, bytes: bytes)
        }
        return bytes
    }

    func job(of bytes: [UInt8]) throws(BinaryError) -> SharedJob {
        if let known = read.withLock({ $0[bytes] }) { return known }
        let job = try AllocationBundle.job(bytes)
        return read.withLock { read in
            if let known = read[bytes] { return known }
            if read.count >= Self.versionsMax { read = [:] }
            read[bytes] = job
            return job
        }
    }
}
