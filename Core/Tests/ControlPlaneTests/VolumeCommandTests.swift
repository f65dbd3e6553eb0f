import Base
import Model
import State
import Testing

@testable import ControlPlane

/// What operators say of volumes of storage plugins, and how those who wait for them are woken.
@Suite struct VolumeCommandTests {
    private static let data = VolumeKey(namespace: "default", id: "data")

    private static func node(_ number: UInt64, healthy: Bool? = true) -> Node {
        var node = makeNode(number)
        guard let healthy else { return node }
        var info = CSIPluginInfo()
        (info.pluginID, info.provider, info.healthy) = ("disk", "example.disk", healthy)
        node.csiNodePlugins["disk"] = info
        return node
    }

    private static func volume(_ id: String = "data", _ change: (inout CSIVolume) -> Void = { _ in }) -> CSIVolume {
        var volume = CSIVolume()
        (volume.id, volume.pluginID, volume.externalID) = (id, "disk", "vol-1")
        volume.requestedCapabilities = [
            CSIVolumeCapability(accessMode: "single-node-writer", attachmentMode: "file-system")
        ]
        change(&volume)
        return volume
    }

    private static func job(_ id: String, type: JobType = .service) -> Job {
        var job = makeJob(id, type: type)
        var request = VolumeRequest()
        (request.name, request.type, request.source) = ("v", "csi", "data")
        (request.accessMode, request.attachmentMode) = ("single-node-writer", "file-system")
        job.taskGroups[0].volumes["v"] = request
        return job
    }

    private func places(_ cluster: Cluster, _ id: String) -> [String] {
        cluster.state.allocations(ofJob: key(id)).filter { !$0.isTerminal }.map(\.nodeName)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var words: String
        var change: @Sendable (inout CSIVolume) -> Void
        var testDescription: String { words }
    }

    static let refusals: [Refusal] = [
        Refusal(words: "missing volume ID") { $0.id = "" },
        Refusal(words: "no CSI plugin named: tape could be found") { $0.pluginID = "tape" },
        Refusal(words: "missing plugin ID") { $0.pluginID = "" },
        Refusal(words: "missing external ID") { $0.externalID = "" },
        Refusal(words: "nonexistent namespace \"nowhere\"") { $0.namespace = "nowhere" },
        Refusal(words: "up to 512 bytes") { $0.name = String(repeating: "x", count: 513) },
        Refusal(words: "at least one capability") { $0.requestedCapabilities = [] },
        Refusal(words: "invalid access mode \"all\"") { $0.requestedCapabilities[0].accessMode = "all" },
        Refusal(words: "invalid attachment mode \"\"") { $0.requestedCapabilities[0].attachmentMode = "" },
        Refusal(words: "mount options can't be set") { volume in
            volume.requestedCapabilities[0].attachmentMode = "block-device"
            volume.mountOptions = CSIMountOptions()
        },
        Refusal(words: "capacity_min must not be") { ($0.requestedCapacityMin, $0.requestedCapacityMax) = (2, 1) },
    ]

    @Test(arguments: refusals) func wrongVolumesAreRefused(row: Refusal) throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerNode(Self.node(1)))
        // All or none: the good one before it is not registered either.
        let volumes = [Self.volume("good"), Self.volume("data", row.change)]
        let refusal = cluster.refusal(of: .registerVolumes(volumes))
        let error = try #require(refusal)
        #expect(error.status == 500 && error.message.contains(row.words), "\(error.message)")
        #expect(cluster.state.allVolumes().isEmpty)
    }

    @Test func whatAVolumeIsStays() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerNode(Self.node(1)))
        _ = try cluster.submit(.registerVolumes([Self.volume()]))
        let made = try #require(cluster.state.volume(Self.data))
        let other = cluster.refusal(of: .registerVolumes([Self.volume { $0.externalID = "vol-2" }]))
        #expect(other?.message.contains("volume exists: data") == true)
        let sharing = CSIVolumeCapability(accessMode: "multi-node-multi-writer", attachmentMode: "file-system")
        _ = try cluster.submit(.registerVolumes([Self.volume { $0.requestedCapabilities.append(sharing) }]))
        let changed = try #require(cluster.state.volume(Self.data))
        #expect(changed.createIndex == made.createIndex && changed.modifyIndex > made.modifyIndex)
        // In use, it keeps what its users need.
        _ = try cluster.submit(.registerJob(RegisterJob(job: Self.job("db"))))
        cluster.settle()
        let lost = cluster.refusal(of: .registerVolumes([Self.volume { $0.requestedCapabilities = [sharing] }]))
        #expect(lost?.message.contains("db.g[0] uses it") == true, "\(lost?.message ?? "")")
        let mounted = cluster.refusal(of: .registerVolumes([Self.volume { $0.mountOptions = CSIMountOptions() }]))
        #expect(mounted?.message.contains("can't be changed") == true)
        _ = try cluster.submit(.registerVolumes([Self.volume { $0.secrets["key"] = "new" }]))
        #expect(cluster.state.volume(Self.data)?.secrets == ["key": "new"])
    }

    @Test func usedVolumesAreNotForgotten() throws {
        var cluster = Cluster()
        let node = Self.node(1)
        _ = try cluster.submit(.registerNode(node))
        #expect(cluster.refusal(of: .deregisterVolume(Self.data, force: true))?.message == "volume not found: data")
        _ = try cluster.submit(.registerVolumes([Self.volume()]))
        _ = try cluster.submit(.registerJob(RegisterJob(job: Self.job("db"))))
        cluster.settle()
        let one = try #require(cluster.state.allocations(ofJob: key("db")).first)
        for force in [false, true] {
            let error = cluster.refusal(of: .deregisterVolume(Self.data, force: force))
            #expect(error?.message.hasPrefix("volume in use: data: stop db.g[0]") == true)
        }
        #expect(
            cluster.refusal(of: .detachVolume(Self.data, from: node.id))?.message.hasSuffix("stop it first") == true)
        #expect(cluster.refusal(of: .detachVolume(Self.data, from: makeNode(2).id)) == nil)
        // On its way to its end, it is given up by force only.
        _ = try cluster.submit(.deregisterJob(key("db"), purge: false, evalPriority: nil, noShutdownDelay: false))
        cluster.settle()
        #expect(cluster.refusal(of: .deregisterVolume(Self.data, force: false))?.status == 500)
        #expect(cluster.refusal(of: .deleteNamespace("default"))?.status == 500)
        _ = try cluster.submit(.deregisterVolume(Self.data, force: true))
        #expect(cluster.state.claims(on: Self.data).map(\.allocation) == [one.id])
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (one.id, .complete)
        _ = try cluster.submit(.updateAllocations(node.id, [update]))
        #expect(cluster.state.allClaims.isEmpty)
        #expect(cluster.state.use(ofNode: node.id).volumes.isEmpty)
    }

    @Test func namespacesKeepTheirVolumes() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerNode(Self.node(1)))
        var namespace = Namespace()
        namespace.name = "team"
        _ = try cluster.submit(.putNamespace(namespace))
        _ = try cluster.submit(.registerVolumes([Self.volume { $0.namespace = "team" }]))
        let error = cluster.refusal(of: .deleteNamespace("team"))
        #expect(error?.message.contains("deregister \"data\" first") == true)
        _ = try cluster.submit(.deregisterVolume(VolumeKey(namespace: "team", id: "data"), force: false))
        _ = try cluster.submit(.deleteNamespace("team"))
    }

    @Test func pluginsFollowTheirNodes() throws {
        var cluster = Cluster()
        #expect(cluster.state.plugin("disk") == nil)
        _ = try cluster.submit(.registerNode(Self.node(1)))
        _ = try cluster.submit(.registerNode(Self.node(2, healthy: false)))
        var third = makeNode(3)
        var controller = CSIPluginInfo()
        (controller.pluginID, controller.healthy, controller.requiresControllerPlugin) = ("disk", true, true)
        third.csiControllerPlugins["disk"] = controller
        _ = try cluster.submit(.registerNode(third))
        let plugin = try #require(cluster.state.plugin("disk"))
        #expect(plugin.nodesHealthy == 1 && plugin.nodesExpected == 2)
        #expect(plugin.controllersHealthy == 1 && plugin.controllersExpected == 1 && plugin.isSchedulable)
        #expect(plugin.provider == "example.disk" && plugin.createIndex < plugin.modifyIndex)
        // Who registers a volume of it is told that nobody has looked at it.
        let reply = try cluster.submit(.registerVolumes([Self.volume()]))
        #expect(reply.warnings.contains("was not asked"))
        let state = try State(snapshot: cluster.state.snapshot())
        #expect(state.plugin("disk") == plugin)
        _ = try cluster.submit(.purgeNode(third.id))
        #expect(cluster.state.plugin("disk")?.controllerRequired == false)
        cluster.wait(.seconds(60))
        #expect(cluster.state.plugin("disk")?.isSchedulable == false, "its nodes are down")
        for number in [UInt64(1), 2] { _ = try cluster.submit(.purgeNode(makeNode(number).id)) }
        #expect(cluster.state.plugin("disk") == nil && cluster.state.pluginIDs.isEmpty)
    }

    /// Whoever waits for a volume is woken by whatever may have made it usable, and by nothing else.
    @Test(arguments: [JobType.service, .batch, .system]) func waitingEndsWithTheReason(type: JobType) throws {
        var cluster = Cluster()
        // The node that mounts it, one of another class, and one whose plugin is sick.
        _ = try cluster.submit(.registerNode(Self.node(1)))
        var other = Self.node(2, healthy: nil)
        other.nodeClass = "other"
        _ = try cluster.submit(.registerNode(other))
        _ = try cluster.submit(.registerJob(RegisterJob(job: Self.job("db", type: type))))
        cluster.settle()
        #expect(places(cluster, "db").isEmpty)
        func waits() -> Bool { cluster.state.evaluations(ofJob: key("db")).contains { $0.status == .blocked } }
        #expect(waits())
        _ = try cluster.submit(.registerVolumes([Self.volume("another")]))
        cluster.settle()
        #expect(places(cluster, "db").isEmpty && waits())
        _ = try cluster.submit(.registerVolumes([Self.volume()]))
        cluster.settle()
        #expect(places(cluster, "db") == ["n1"])
        // A second one waits for the end of the first.
        _ = try cluster.submit(.registerJob(RegisterJob(job: Self.job("next"))))
        cluster.settle()
        #expect(places(cluster, "next").isEmpty)
        let first = try #require(cluster.state.allocations(ofJob: key("db")).first)
        _ = try cluster.submit(.deregisterJob(key("db"), purge: false, evalPriority: nil, noShutdownDelay: false))
        cluster.settle()
        #expect(places(cluster, "next").isEmpty)
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (first.id, .complete)
        _ = try cluster.submit(.updateAllocations(first.nodeID, [update]))
        cluster.settle()
        #expect(places(cluster, "next") == ["n1"])
    }

    @Test func aPluginThatBecomesWellWakes() throws {
        var cluster = Cluster()
        _ = try cluster.submit(.registerNode(Self.node(1, healthy: false)))
        _ = try cluster.submit(.registerVolumes([Self.volume()]))
        _ = try cluster.submit(.registerJob(RegisterJob(job: Self.job("db"))))
        cluster.settle()
        #expect(places(cluster, "db").isEmpty)
        _ = try cluster.submit(.registerNode(Self.node(1)))
        cluster.settle()
        #expect(places(cluster, "db") == ["n1"])
        // Looking at it again is no news.
        let index = cluster.state.index
        var again = Self.node(1)
        again.csiNodePlugins["disk"]?.updateTime = Timestamp(cluster.now)
        let reply = try cluster.submit(.registerNode(again))
        #expect(reply.evaluations.isEmpty && cluster.state.index == index + 1)
    }
}
