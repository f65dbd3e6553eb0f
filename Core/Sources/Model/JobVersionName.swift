public import Base

/// A version of a job's incarnation: a job that was purged and registered again counts from 0 again.
public struct JobVersionName: Hashable, Comparable, Sendable {
    public var key: JobKey
    public var createIndex: LogIndex
    public var version: UInt64

    public init(_ job: Job) { (key, createIndex, version) = (job.key, job.createIndex, job.version) }
    public init(key: JobKey, createIndex: LogIndex, version: UInt64) {
        (self.key, self.createIndex, self.version) = (key, createIndex, version)
    }

    public static func < (a: JobVersionName, b: JobVersionName) -> Bool {
        if a.key != b.key { return a.key < b.key }
        return a.createIndex != b.createIndex ? a.createIndex < b.createIndex : a.version < b.version
    }
}

extension JobVersionName: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        key.write(to: &writer)
        writer.write(createIndex)
        writer.write(version)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        key = try reader.value()
        createIndex = try reader.uint64()
        version = try reader.uint64()
    }
}

extension JobKey: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(namespace)
        writer.write(id)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        namespace = try reader.string()
        id = try reader.string()
    }
}
