import Base
import Model
import State
import Testing

@testable import ControlPlane

@Suite struct NodeTests {
    private func messages(_ cluster: Cluster, _ node: Node) -> [String] {
        cluster.state.node(node.id)?.events.map(\.message) ?? []
    }

    @Test func heartbeatsWriteNothing() throws {
        var cluster = Cluster()
        let node = makeNode(1)
        let reply = try cluster.submit(.registerNode(node))
        #expect(reply.heartbeatTTL >= .seconds(10) && reply.heartbeatTTL <= .seconds(20))
        let index = cluster.state.index
        for _ in 0..<20 {
            cluster.wait(.seconds(9))
            _ = try cluster.submit(.heartbeat(node.id))
        }
        #expect(cluster.state.index == index)
        #expect(cluster.state.node(node.id)?.status == .ready)
    }

    @Test func aMissedNodeGoesDownAndComesBack() throws {
        var cluster = Cluster()
        let node = makeNode(1)
        _ = try cluster.submit(.registerNode(node))
        cluster.wait(.seconds(31))
        #expect(cluster.state.node(node.id)?.status == .down)
        _ = try cluster.submit(.heartbeat(node.id))
        #expect(cluster.state.node(node.id)?.status == .ready)
        #expect(
            messages(cluster, node) == [
                "Node registered", "Node heartbeat missed", "Node reregistered by heartbeat",
            ])
        #expect(cluster.refusal(of: .heartbeat(makeNode(9).id)) == CommandError(404, "node not found"))
    }

    @Test func registeringAgainChangesNothing() throws {
        var cluster = Cluster()
        let node = makeNode(1)
        _ = try cluster.submit(.registerNode(node))
        let index = cluster.state.index
        _ = try cluster.submit(.registerNode(node))
        #expect(cluster.state.index == index)
        var stranger = node
        stranger.secretID = "other"
        #expect(cluster.refusal(of: .registerNode(stranger))?.status == 403)
    }

    @Test func anInitializingNodeIsReadyWithItsFirstBeat() throws {
        var cluster = Cluster()
        var node = makeNode(1)
        node.status = .initializing
        _ = try cluster.submit(.registerNode(node))
        #expect(cluster.state.node(node.id)?.status == .initializing)
        _ = try cluster.submit(.heartbeat(node.id))
        #expect(cluster.state.node(node.id)?.status == .ready)
        #expect(messages(cluster, node) == ["Node registered"])
    }

    @Test func eligibility() throws {
        var cluster = Cluster()
        let node = makeNode(1)
        _ = try cluster.submit(.registerNode(node))
        _ = try cluster.submit(.setEligibility(node.id, eligible: false))
        _ = try cluster.submit(.setEligibility(node.id, eligible: false))
        _ = try cluster.submit(.setEligibility(node.id, eligible: true))
        #expect(
            messages(cluster, node) == [
                "Node registered", "Node marked as ineligible for scheduling",
                "Node marked as eligible for scheduling",
            ])
        _ = try cluster.submit(.drainNode(node.id, DrainStrategy(), markEligible: false, meta: nil))
        #expect(
            cluster.refusal(of: .setEligibility(node.id, eligible: true))?.message
                == "can not set node's scheduling eligibility to eligible while it is draining")
        #expect(
            cluster.refusal(of: .setEligibility(makeNode(9).id, eligible: true))
                == CommandError(500, "node not found"))
    }

    @Test func anEmptyNodeIsDrainedAtOnce() throws {
        var cluster = Cluster()
        let node = makeNode(1)
        _ = try cluster.submit(.registerNode(node))
        let reply = try cluster.submit(
            .drainNode(node.id, DrainStrategy(), markEligible: false, meta: ["why": "test"]))
        #expect(reply.evaluations.isEmpty)
        cluster.settle()
        let drained = try #require(cluster.state.node(node.id))
        #expect(drained.drainStrategy == nil)
        #expect(drained.schedulingEligibility == .ineligible)
        #expect(drained.lastDrain?["Status"] == "complete")
        #expect(drained.lastDrain?["Meta"] == ["why": "test"])
        #expect(
            messages(cluster, node) == ["Node registered", "Node drain strategy set", "Node drain complete"])
    }

    @Test func aNewLeaderGivesNodesTime() throws {
        var cluster = Cluster()
        let node = makeNode(1)
        _ = try cluster.submit(.registerNode(node))
        var next = ControlPlane(state: cluster.state, seed: 9)
        _ = next.step(.lead, now: cluster.now)
        _ = next.step(.tick, now: cluster.now + .minutes(4))
        #expect(next.head.node(node.id)?.status == .ready)
        _ = next.step(.tick, now: cluster.now + .minutes(6))
        #expect(next.head.node(node.id)?.status == .down)
    }
}

@Suite struct SettingsTests {
    @Test func namespaces() throws {
        var cluster = Cluster()
        var namespace = Namespace()
        namespace.name = "white space!"
        #expect(
            cluster.refusal(of: .putNamespace(namespace))?.message
                == "Invalid namespace \"white space!\": 1 error occurred:\n\t* invalid name \"white space!\". "
                + "Must match regex ^[a-zA-Z0-9-]{1,128}$\n\n")
        namespace.name = "prod"
        _ = try cluster.submit(.putNamespace(namespace))
        var job = makeJob("a")
        job.namespace = "prod"
        _ = try cluster.submit(.registerJob(RegisterJob(job: job)))
        #expect(
            cluster.refusal(of: .deleteNamespace("prod"))?.message
                == "1 error occurred:\n\t* namespace \"prod\" has non-terminal jobs in regions: [global]\n\n")
        _ = try cluster.submit(.deregisterJob(job.key, purge: true, evalPriority: nil, noShutdownDelay: false))
        _ = try cluster.submit(.deleteNamespace("prod"))
        _ = try cluster.submit(.deleteNamespace("prod"))
        #expect(
            cluster.refusal(of: .deleteNamespace("default"))
                == CommandError(500, "can not delete default namespace"))
        #expect(cluster.refusal(of: .registerJob(RegisterJob(job: job)))?.status == 500)
    }

    @Test func schedulerConfiguration() throws {
        var cluster = Cluster()
        var settings = SchedulerConfiguration()
        settings.schedulerAlgorithm = "dice"
        #expect(
            cluster.refusal(of: .setSchedulerConfiguration(settings, checkIndex: nil))
                == CommandError(400, "invalid scheduler algorithm: dice"))
        settings.schedulerAlgorithm = "spread"
        let reply = try cluster.submit(.setSchedulerConfiguration(settings, checkIndex: nil))
        #expect(try cluster.submit(.setSchedulerConfiguration(settings, checkIndex: reply.index + 1)).updated == false)
        #expect(try cluster.submit(.setSchedulerConfiguration(settings, checkIndex: reply.index)).updated)
    }
}
