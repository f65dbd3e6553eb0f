import Base
import Model
import State
import Testing

@testable import Scheduling

/// Volumes of storage plugins: which nodes can give them, who may have them, and what is said when nobody can.
struct VolumeTests {
    static func plugin(
        healthy: Bool = true, most: Int64 = 0, place: [String: String]? = nil, needsController: Bool = false
    ) -> CSIPluginInfo {
        var info = CSIPluginInfo()
        (info.pluginID, info.provider, info.healthy) = ("disk", "example.disk", healthy)
        info.requiresControllerPlugin = needsController
        info.nodeInfo = CSINodeInfo()
        info.nodeInfo?.maxVolumes = most
        info.nodeInfo?.accessibleTopology = place.map { CSITopology(segments: $0) }
        return info
    }

    static func node(_ number: Int, _ plugin: CSIPluginInfo? = VolumeTests.plugin()) -> Node {
        var node = makeNode(number)
        node.csiNodePlugins["disk"] = plugin
        return node
    }

    static func volume(
        _ id: String, _ modes: [VolumeAccessMode] = [.singleNodeWriter], places: [[String: String]] = [],
        namespace: String = "default"
    ) -> Change {
        var volume = CSIVolume()
        (volume.id, volume.namespace, volume.pluginID, volume.externalID) = (id, namespace, "disk", "vol-\(id)")
        volume.requestedCapabilities = modes.map {
            CSIVolumeCapability(accessMode: $0.rawValue, attachmentMode: "file-system")
        }
        volume.topologies = places.map { CSITopology(segments: $0) }
        return .volume(volume)
    }

    static func group(
        _ source: String = "data", _ mode: VolumeAccessMode = .singleNodeWriter, readOnly: Bool? = nil,
        count: Int = 1, perAlloc: Bool = false, name: String = "g", update: UpdatePolicy? = nil
    ) -> GroupSpec {
        var group = makeGroup(name, count: count, update: update)
        var request = VolumeRequest()
        (request.name, request.type, request.source, request.perAlloc) = ("v", "csi", source, perAlloc)
        (request.accessMode, request.attachmentMode) = (mode.rawValue, "file-system")
        request.readOnly = readOnly ?? !mode.allowsWriting
        group.volumes["v"] = request
        return group
    }

    // MARK: - Which nodes

    struct Row: Sendable, CustomTestStringConvertible {
        var what: String
        var node: Node = VolumeTests.node(1)
        var volume: Change? = VolumeTests.volume("data")
        var group = VolumeTests.group()
        /// Nil: it is placed.
        var reason: String?
        /// The advice, where there is one that helps.
        var advice: RemedyKind?
        var testDescription: String { what }
    }

    static let client = "client 00000000-0000-0000-0000-000000000001"

    static let rows: [Row] = [
        Row(what: "all is well"),
        Row(what: "not registered", volume: nil, reason: "missing CSI Volume data", advice: .csiVolume),
        Row(
            what: "in another namespace", volume: volume("data", namespace: "other"),
            reason: "missing CSI Volume data", advice: .csiVolume),
        Row(
            what: "no plugin", node: node(1, nil), reason: "CSI plugin disk is missing from \(client)",
            advice: .csiPlugin),
        Row(
            what: "sick plugin", node: node(1, plugin(healthy: false)),
            reason: "CSI plugin disk is unhealthy on \(client)", advice: .csiPlugin),
        Row(
            what: "no controller", node: node(1, plugin(needsController: true)),
            reason: "CSI volume data is unschedulable: plugin disk has no healthy controller", advice: .csiController),
        Row(
            what: "in its place", node: node(1, plugin(place: ["zone": "a", "rack": "1"])),
            volume: volume("data", places: [["zone": "b"], ["zone": "a"]])),
        Row(
            what: "elsewhere", node: node(1, plugin(place: ["zone": "a"])),
            volume: volume("data", places: [["zone": "b"]]), reason: "did not meet topology requirement",
            advice: .csiTopology),
        Row(
            what: "nowhere", volume: volume("data", places: [["zone": "b"]]),
            reason: "did not meet topology requirement", advice: .csiTopology),
        Row(
            what: "another mode", group: group("data", .multiNodeMultiWriter),
            reason: "CSI volume data has no capability multi-node-multi-writer with file-system",
            advice: .csiCapability),
        Row(what: "room for one", node: node(1, plugin(most: 1))),
        Row(what: "per instance", volume: volume("data[0]"), group: group("data", perAlloc: true)),
        Row(
            what: "per instance, but not its own", volume: volume("data[1]"), group: group("data", perAlloc: true),
            reason: "missing CSI Volume data[0]", advice: .csiVolume),
    ]

    @Test(arguments: rows) func nodesGiveVolumes(row: Row) throws {
        for type in [JobType.service, .batch, .system]
        where type != .system || row.group.volumes["v"]?.perAlloc == false {
            var world = World(nodes: [row.node])
            if let volume = row.volume { world.apply([volume]) }
            let plan = world.register(makeJob("web", type, groups: [row.group]))
            #expect(world.live("web").count == (row.reason == nil ? 1 : 0), "\(type)")
            let metric = plan.evaluation.failedTGAllocs["g"]
            #expect(metric?.constraintFiltered == row.reason.map { [$0: 1] }, "\(type)")
            #expect(metric?.nodesExhausted ?? 0 == 0)
            // Whoever waits for a volume waits for it on whatever node.
            let blocked = plan.evaluations.filter { $0.status == .blocked }
            #expect(blocked.count == (row.reason == nil ? 0 : 1), "\(type)")
            #expect(blocked.allSatisfy { $0.nodeID.isZero })
            guard let advice = row.advice else { continue }
            let key = JobKey(namespace: "default", id: "web")
            let explained = world.scheduler.explain(key, state: world.state, now: world.now)
            let explanation = try #require(explained)
            let remedy = try #require(explanation.groups.first?.remedies.first, "\(type)")
            #expect(remedy.changes.map(\.kind) == [advice], "\(remedy.text)")
            #expect(remedy.places == 1)
        }
    }

    @Test func aNodeHasItsMaximumOfVolumes() throws {
        var world = World(nodes: [Self.node(1, Self.plugin(most: 2))])
        world.apply((0..<4).map { Self.volume("data[\($0)]") })
        let plan = world.register(makeJob("web", groups: [Self.group("data", count: 3, perAlloc: true)]))
        #expect(world.places("web") == ["0@n1", "1@n1"])
        let reason = "CSI plugin disk has the maximum number of volumes on \(Self.client)"
        #expect(plan.evaluation.failedTGAllocs["g"]?.constraintFiltered == [reason: 1])
        let key = JobKey(namespace: "default", id: "web")
        let explained = world.scheduler.explain(key, state: world.state, now: world.now)
        let explanation = try #require(explained)
        #expect(explanation.groups.first?.remedies.first?.changes.first?.kind == .csiVolumeLimit)
        // A volume that the node has already counts once.
        world.apply([Self.volume("shared", [.multiNodeMultiWriter])])
        world.change(NodeID(high: 0, low: 1)) { $0.csiNodePlugins["disk"]?.nodeInfo?.maxVolumes = 3 }
        world.register(makeJob("many", groups: [Self.group("shared", .multiNodeMultiWriter, count: 5)]))
        #expect(world.live("many").count == 5)
    }

    // MARK: - Who may have it

    struct Sharing: Sendable, CustomTestStringConvertible {
        var first: VolumeAccessMode
        var firstReads = false
        var second: VolumeAccessMode
        var secondReads = false
        /// On a node beside the first one, and anywhere else; nil: there is a place.
        var here: String?
        var there: String?
        var testDescription: String { "\(first) \(firstReads) then \(second) \(secondReads)" }
    }

    private static let taken = "CSI volume data has exhausted its available writer claims"
    private static let elsewhere = "CSI volume data is in use on another node"

    static let sharings: [Sharing] = [
        Sharing(first: .singleNodeWriter, second: .singleNodeWriter, here: taken, there: taken),
        Sharing(first: .singleNodeWriter, second: .singleNodeWriter, secondReads: true, there: elsewhere),
        Sharing(first: .singleNodeWriter, firstReads: true, second: .singleNodeWriter, there: elsewhere),
        Sharing(first: .singleNodeReader, second: .singleNodeReader, there: elsewhere),
        Sharing(first: .multiNodeReader, second: .multiNodeReader),
        Sharing(first: .multiNodeReader, second: .singleNodeWriter, there: elsewhere),
        Sharing(first: .multiNodeSingleWriter, second: .multiNodeSingleWriter, here: taken, there: taken),
        Sharing(first: .multiNodeSingleWriter, second: .multiNodeSingleWriter, secondReads: true),
        Sharing(first: .multiNodeSingleWriter, second: .multiNodeMultiWriter, here: taken, there: taken),
        Sharing(first: .multiNodeMultiWriter, second: .multiNodeMultiWriter),
        Sharing(first: .multiNodeMultiWriter, second: .multiNodeSingleWriter, here: taken, there: taken),
    ]

    @Test(arguments: sharings) func modesDecideWhoElse(row: Sharing) throws {
        for (isHere, reason) in [(true, row.here), (false, row.there)] {
            var world = World(nodes: [Self.node(1), Self.node(2)])
            world.apply([Self.volume("data", VolumeAccessMode.allCases)])
            func register(_ id: String, _ mode: VolumeAccessMode, reads: Bool, on node: Int) -> Plan {
                var group = Self.group("data", mode, readOnly: reads ? true : nil)
                let name = Constraint(lTarget: "${node.unique.name}", operand: "=", rTarget: "n\(node)")
                group.constraints = [name]
                return world.register(makeJob(id, groups: [group]))
            }
            _ = register("first", row.first, reads: row.firstReads, on: 1)
            #expect(world.live("first").count == 1)
            let plan = register("second", row.second, reads: row.secondReads, on: isHere ? 1 : 2)
            #expect(world.live("second").count == (reason == nil ? 1 : 0), "here: \(isHere)")
            let filtered = plan.evaluation.failedTGAllocs["g"]?.constraintFiltered ?? [:]
            #expect(filtered[reason ?? ""] == reason.map { _ in 1 }, "\(filtered)")
            guard reason != nil else { continue }
            // The claim ends with the allocation, not with the wish that it ended.
            let key = JobKey(namespace: "default", id: "second")
            world.stop(JobKey(namespace: "default", id: "first"))
            world.evaluate(key, .queuedAllocs)
            #expect(world.live("second").isEmpty)
            world.report(world.allocations("first"), .complete)
            world.evaluate(key, .queuedAllocs)
            #expect(world.live("second").count == 1)
        }
    }

    @Test func onePlanGivesAWriterOnce() {
        var world = World(nodes: [Self.node(1), Self.node(2)])
        world.apply([Self.volume("data", [.multiNodeSingleWriter])])
        let groups = ["a", "b"].map { Self.group("data", .multiNodeSingleWriter, name: $0) }
        let plan = world.register(makeJob("web", groups: groups))
        #expect(world.live("web").map(\.taskGroup) == ["a"])
        #expect(plan.evaluation.failedTGAllocs["b"]?.constraintFiltered == [Self.taken: 2])
        #expect(world.state.claims(on: VolumeKey(namespace: "default", id: "data")).count == 1)
    }

    @Test func replacementsWaitForTheirPredecessor() {
        var world = World(nodes: [Self.node(1), Self.node(2)])
        world.apply([Self.volume("data")])
        var job = makeJob("db", groups: [Self.group("data", update: update(parallel: 1))])
        world.register(job)
        world.settle("db")
        let key = VolumeKey(namespace: "default", id: "data")
        // The new version waits for the old one's end, and has the volume after it.
        job.taskGroups[0].tasks[0].env["V"] = "2"
        world.register(job)
        #expect(world.live("db").count == 1)
        #expect(world.state.claims(on: key).count == 2)
        // Others don't get in between.
        let plan = world.register(makeJob("other", groups: [Self.group("data")]))
        #expect(plan.evaluation.failedTGAllocs["g"]?.constraintFiltered == [Self.taken: 2])
        world.settle("db")
        #expect(world.state.claims(on: key).map(\.allocation) == world.live("db").map(\.id))
        // One that is out of reach may be writing still.
        world.change(world.live("db")[0]) { $0.clientStatus = .unknown }
        world.evaluate(JobKey(namespace: "default", id: "other"), .queuedAllocs)
        #expect(world.live("other").isEmpty)
        // A lost one doesn't.
        world.change(world.live("db")[0]) { $0.clientStatus = .lost }
        world.evaluate(JobKey(namespace: "default", id: "other"), .queuedAllocs)
        #expect(world.live("other").count == 1)
    }

    @Test func theWriterInTheWayIsNamed() throws {
        var world = World(nodes: [Self.node(1)])
        world.apply([Self.volume("data")])
        world.register(makeJob("first", groups: [Self.group()]))
        world.register(makeJob("second", groups: [Self.group()]))
        let key = JobKey(namespace: "default", id: "second")
        let explained = world.scheduler.explain(key, state: world.state, now: world.now)
        let explanation = try #require(explained)
        let remedy = try #require(explanation.groups.first?.remedies.first)
        #expect(remedy.text == "Stop first.g[0], which uses the CSI volume \"data\"")
        #expect(remedy.places == 1)
    }

    @Test func manyNodesAreNotNamed() {
        var world = World(nodes: (1...80).map { Self.node($0, $0 == 80 ? Self.plugin(healthy: false) : nil) })
        world.apply([Self.volume("data")])
        let plan = world.register(makeJob("web", groups: [Self.group()]))
        let filtered = plan.evaluation.failedTGAllocs["g"]?.constraintFiltered ?? [:]
        #expect(
            filtered == ["CSI plugin disk is missing from clients": 79, "CSI plugin disk is unhealthy on clients": 1])
    }

    /// System jobs are where the volume is, and wait for it where it is not.
    @Test func systemJobsFollowTheVolume() {
        var world = World(nodes: [Self.node(1), Self.node(2, nil)])
        world.apply([Self.volume("data", [.multiNodeMultiWriter])])
        let job = makeJob("agent", .system, groups: [Self.group("data", .multiNodeMultiWriter)])
        let plan = world.register(job)
        #expect(world.places("agent") == ["0@n1"])
        #expect(plan.evaluation.failedTGAllocs.isEmpty)
        #expect(plan.evaluations.count { $0.status == .blocked } == 1)
        world.change(NodeID(high: 0, low: 2)) { $0.csiNodePlugins["disk"] = Self.plugin() }
        let next = world.evaluate(job.key, .queuedAllocs)
        #expect(world.places("agent").sorted() == ["0@n1", "0@n2"])
        #expect(next.evaluations.allSatisfy { $0.status == .canceled })
    }
}
