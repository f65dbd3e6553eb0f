import Base
import Model
import State

extension ControlPlane {
    mutating func putNamespace(_ namespace: Namespace) throws(CommandError) -> Reply {
        let name = namespace.name
        let isValid =
            (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        guard isValid else {
            throw CommandError(
                500,
                "Invalid namespace \"\(name)\": "
                    + ControlPlane.list(["invalid name \"\(name)\". Must match regex ^[a-zA-Z0-9-]{1,128}$"]))
        }
        guard namespace.description.utf8.count <= 256 else {
            throw CommandError(
                500, "Invalid namespace \"\(name)\": " + ControlPlane.list(["description longer than 256"]))
        }
        var reply = Reply()
        reply.index = commit("NamespaceUpserted", [.namespace(namespace)])
        return reply
    }

    /// Several errors in the form that clients know.
    static func list(_ errors: [String]) -> String {
        let head = errors.count == 1 ? "1 error occurred:" : "\(errors.count) errors occurred:"
        return head + errors.map { "\n\t* \($0)" }.joined() + "\n\n"
    }

    mutating func deleteNamespace(_ name: String) throws(CommandError) -> Reply {
        guard name != Namespace.defaultName else { throw CommandError(500, "can not delete default namespace") }
        guard head.namespace(name) != nil else { return Reply() }
        if head.allJobs(namespace: name).contains(where: { $0.job.status != JobStatus.dead.rawValue }) {
            throw CommandError(
                500, ControlPlane.list(["namespace \"\(name)\" has non-terminal jobs in regions: [global]"]))
        }
        if let volume = head.allVolumes(namespace: name).first {
            throw CommandError(
                500, ControlPlane.list(["namespace \"\(name)\" has CSI volumes: deregister \"\(volume.id)\" first"]))
        }
        var reply = Reply()
        reply.index = commit("NamespaceDeleted", [.deleteNamespace(name)])
        return reply
    }

    mutating func setSchedulerConfiguration(
        _ configuration: SchedulerConfiguration, checkIndex: LogIndex?
    ) throws(CommandError) -> Reply {
        guard ["binpack", "spread"].contains(configuration.schedulerAlgorithm) else {
            throw CommandError(400, "invalid scheduler algorithm: \(configuration.schedulerAlgorithm)")
        }
        var reply = Reply()
        if let checkIndex, checkIndex != head.schedulerConfiguration.modifyIndex {
            reply.updated = false
            return reply
        }
        reply.index = commit("SchedulerConfiguration", [.schedulerConfiguration(configuration)])
        return reply
    }

    mutating func putRecord(table: String, key: String, _ value: JSON?) -> Reply {
        var reply = Reply()
        reply.index = commit("RecordUpserted", [.record(table: table, key: key, value)])
        return reply
    }
}
