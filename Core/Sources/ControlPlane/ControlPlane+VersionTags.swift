import Base
import Model
import State

/// Names of job versions: a named version is kept beyond the number of versions that are tracked.
extension ControlPlane {
    /// Longest description, in bytes.
    private static let descriptionBytesMax = 1000

    mutating func tagJobVersion(
        _ key: JobKey, _ tag: String, _ version: UInt64?, _ description: String
    ) throws(CommandError) -> Reply {
        guard let current = head.job(key)?.job else { throw CommandError(404, "job \"\(key.id)\" not found") }
        guard !tag.isEmpty else { throw CommandError(400, "a version tag needs a name") }
        guard description.utf8.count <= Self.descriptionBytesMax else {
            throw CommandError(
                400, "the description of a version tag must be under \(Self.descriptionBytesMax) characters")
        }
        let number = version ?? current.version
        let versions = head.versions(of: key).map(\.job)
        guard versions.contains(where: { $0.version == number }) else {
            throw CommandError(404, "job \"\(key.id)\" has no version \(number)")
        }
        if let other = versions.first(where: { Self.name(of: $0) == tag }), other.version != number {
            throw CommandError(
                400, "tag \"\(tag)\" is the name of version \(other.version) already; unset it there first")
        }
        guard versions.count(where: { $0.versionTag != nil && $0.version != number }) < configuration.versionTagsMax
        else {
            throw CommandError(400, "a job may have at most \(configuration.versionTagsMax) tagged versions")
        }
        let value: JSON = [
            "Name": .string(tag), "Description": .string(description), "TaggedTime": .int(now.nanoseconds),
        ]
        var reply = Reply()
        reply.index = commit("JobVersionTag", [.jobVersionTag(key, version: number, value)])
        reply.versionTag = value
        return reply
    }

    mutating func untagJobVersion(_ key: JobKey, _ tag: String) throws(CommandError) -> Reply {
        guard head.job(key) != nil else { throw CommandError(404, "job \"\(key.id)\" not found") }
        guard let tagged = head.versions(of: key).first(where: { Self.name(of: $0.job) == tag }) else {
            throw CommandError(500, "tag \"\(tag)\" not found")
        }
        var reply = Reply()
        reply.index = commit("JobVersionTag", [.jobVersionTag(key, version: tagged.job.version, nil)])
        return reply
    }

    private static func name(of job: Job) -> String? { job.versionTag?["Name"]?.stringValue }
}
