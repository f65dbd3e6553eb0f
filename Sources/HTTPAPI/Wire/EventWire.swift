import Base
import Model
import Server
import State

/// What the event stream tells of a log entry.
enum EventWire {
    /// One event, its payload not yet made.
    struct Event {
        var topic: String
        var type: String
        var key: String
        var namespace: String
        var filterKeys: [String]?
        var payload: () throws -> JSON
    }

    /// The events of an entry, in the order of its changes. Collecting garbage is told to nobody.
    static func events(of committed: CommittedEntry) -> [Event] {
        if committed.entry.cause == "GarbageCollected" { return [] }
        return committed.touched.compactMap { event(of: $0, committed.entry.cause, committed.state) }
    }

    private static func event(of touched: Touched, _ cause: String, _ state: State) -> Event? {
        switch touched {
        case .job(let key, let deleted):
            let job = state.job(key)?.job
            return Event(
                topic: "Job", type: cause, key: key.id, namespace: key.namespace, filterKeys: nil
            ) {
                guard let job else {
                    return [
                        "Job": ["ID": .string(key.id), "Namespace": .string(key.namespace)], "Deleted": .bool(deleted),
                    ]
                }
                return ["Job": JobWire.stored(job)]
            }
        case .node(let id, let deleted):
            let node = state.node(id)
            return Event(topic: "Node", type: cause, key: id.text, namespace: "", filterKeys: nil) {
                guard let node else { return ["Node": ["ID": .string(id.text)], "Deleted": .bool(deleted)] }
                return ["Node": try NodeWire.tree(node)]
            }
        case .allocation(let id):
            guard let allocation = state.allocation(id) else { return nil }
            return Event(
                topic: "Allocation", type: cause, key: id.text, namespace: allocation.namespace,
                filterKeys: [allocation.jobID, text(allocation.deploymentID)]
            ) {
                ["Allocation": try AllocationWire.tree(allocation, job: nil)]
            }
        case .evaluation(let id):
            guard let evaluation = state.evaluation(id) else { return nil }
            // A plan and the end of its evaluation are one entry here and two steps to those who listen.
            let type = cause == "PlanResult" ? "EvaluationUpdated" : cause
            return Event(
                topic: "Evaluation", type: type, key: id.text, namespace: evaluation.namespace,
                filterKeys: [evaluation.jobID, text(evaluation.deploymentID)]
            ) {
                ["Evaluation": try EvaluationWire.tree(evaluation)]
            }
        case .deployment(let id):
            guard let deployment = state.deployment(id) else { return nil }
            return Event(
                topic: "Deployment", type: cause, key: id.text, namespace: deployment.namespace,
                filterKeys: [deployment.jobID]
            ) {
                ["Deployment": try DeploymentWire.tree(deployment)]
            }
        case .volume(let key, _): return volumeEvent(key, cause, state)
        case .volumeClaim(let key, _): return volumeEvent(key, "CSIVolumeClaim", state)
        case .plugin(let id):
            let plugin = state.plugin(id)
            return Event(topic: "CSIPlugin", type: cause, key: id, namespace: "", filterKeys: [id]) {
                guard let plugin else { return ["Plugin": ["ID": .string(id)]] }
                return ["Plugin": try PluginWire.tree(plugin, [])]
            }
        case .removedAllocation, .other: return nil
        }
    }

    /// Nothing where somebody claims what is not registered.
    private static func volumeEvent(_ key: VolumeKey, _ type: String, _ state: State) -> Event? {
        let volume = state.volume(key)
        if volume == nil, type == "CSIVolumeClaim" { return nil }
        return Event(
            topic: "CSIVolume", type: type, key: key.id, namespace: key.namespace,
            filterKeys: [key.id, volume?.name ?? "", volume?.pluginID ?? ""]
        ) {
            guard let volume else {
                return ["Volume": ["ID": .string(key.id), "Namespace": .string(key.namespace)]]
            }
            return ["Volume": try VolumeWire.tree(volume, state)]
        }
    }

    private static func text<Kind>(_ id: ID<Kind>) -> String { id.isZero ? "" : id.text }

    /// The line of an entry for those of its events that are wanted; nil when none is.
    static func line(_ committed: CommittedEntry, wanted: (Event) -> Bool) throws -> [UInt8]? {
        let events = events(of: committed).filter(wanted)
        guard !events.isEmpty else { return nil }
        let index = JSON.int(Int64(clamping: committed.entry.index))
        let trees = try events.map { event -> JSON in
            [
                "Topic": .string(event.topic), "Type": .string(event.type), "Key": .string(event.key),
                "Namespace": .string(event.namespace),
                "FilterKeys": event.filterKeys.map { .array($0.map { .string($0) }) } ?? .null, "Index": index,
                "Payload": try event.payload(),
            ]
        }
        let line: JSON = ["Events": .array(trees), "Index": index]
        return line.bytes() + [0x0A]
    }
}
