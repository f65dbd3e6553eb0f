import Base
import Model

/// Random records with every field in use, for round trips.
struct RandomRecords {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
    mutating func number() -> Int {
        [0, 1, -1, 127, 128, 70_000, Int.max, Int.min, Int.random(in: 0...1000, using: &generator)]
            .randomElement(using: &generator) ?? 0
    }
    mutating func index() -> LogIndex { LogIndex.random(in: 0...(chance(90) ? 1 << 20 : .max), using: &generator) }
    mutating func time() -> Timestamp {
        Timestamp(Instant(nanoseconds: chance(20) ? 0 : Int64.random(in: 1...Int64.max, using: &generator)))
    }
    mutating func text() -> String {
        [
            "", "a", "Received", "Tasks are running", "größer ☃ 🐸", String(repeating: "x", count: 300), "message",
            "text \(generator.next() % 5)", "5s", "\u{0}",
        ].randomElement(using: &generator) ?? ""
    }
    mutating func id<Kind>() -> ID<Kind> { chance(30) ? .zero : ID(using: &generator) }
    mutating func list<T>(_ max: Int, _ make: (inout RandomRecords) -> T) -> [T] {
        (0..<Int.random(in: 0...max, using: &generator)).map { _ in make(&self) }
    }
    mutating func map<T>(_ max: Int, _ make: (inout RandomRecords) -> T) -> [String: T] {
        var map: [String: T] = [:]
        for _ in 0..<Int.random(in: 0...max, using: &generator) { map[text()] = make(&self) }
        return map
    }
    mutating func maybe<T>(_ make: (inout RandomRecords) -> T) -> T? { chance(50) ? make(&self) : nil }
    mutating func flag() -> Bool { chance(50) }

    mutating func taskState() -> TaskState {
        var state = TaskState()
        state.state = [.pending, .running, .dead].randomElement(using: &generator) ?? .pending
        (state.failed, state.restarts) = (flag(), number())
        (state.lastRestart, state.startedAt, state.finishedAt) = (
            maybe { $0.time() }, maybe { $0.time() }, maybe { $0.time() }
        )
        state.events = list(10) { random in
            TaskEvent(
                type: random.text(), time: random.time().instant.nanoseconds, message: random.text(),
                displayMessage: random.text(), details: random.map(3) { $0.text() }, failsTask: random.flag())
        }
        return state
    }

    mutating func dns() -> DNSSpec {
        var dns = DNSSpec()
        (dns.servers, dns.searches, dns.options) = (list(2) { $0.text() }, list(2) { $0.text() }, list(2) { $0.text() })
        return dns
    }

    mutating func networkStatus() -> NetworkStatus {
        var status = NetworkStatus()
        (status.interfaceName, status.address, status.addressIPv6) = (text(), text(), text())
        status.dns = maybe { $0.dns() }
        return status
    }

    mutating func update() -> AllocationUpdate {
        var update = AllocationUpdate()
        update.id = id()
        update.clientStatus = ClientStatus.allCases.randomElement(using: &generator) ?? .pending
        update.clientDescription = text()
        update.taskStates = map(3) { $0.taskState() }
        (update.deploymentHealthy, update.deploymentHealthTime) = (maybe { $0.flag() }, time())
        update.networkStatus = maybe { $0.networkStatus() }
        return update
    }

    mutating func port() -> PortSpec {
        var port = PortSpec()
        (port.label, port.value, port.to, port.hostNetwork, port.ignoreCollision) = (
            text(), number(), number(), text(), flag()
        )
        return port
    }

    mutating func network() -> NetworkSpec {
        var network = NetworkSpec()
        (network.mode, network.device, network.cidr, network.ip) = (text(), text(), text(), text())
        (network.hostname, network.mBits, network.dns) = (text(), number(), maybe { $0.dns() })
        network.cni = maybe { ["a": .string($0.text())] }
        (network.reservedPorts, network.dynamicPorts) = (list(2) { $0.port() }, list(2) { $0.port() })
        return network
    }

    mutating func resources() -> AllocatedResources {
        var resources = AllocatedResources()
        resources.tasks = map(3) { random in
            var task = AllocatedTask()
            (task.cpuShares, task.memoryMB, task.memoryMaxMB) = (random.number(), random.number(), random.number())
            task.reservedCores = random.list(3) { $0.number() }
            task.networks = random.list(1) { $0.network() }
            task.devices = random.list(2) { random in
                var device = AllocatedDevice()
                (device.vendor, device.type, device.name) = (random.text(), random.text(), random.text())
                device.deviceIDs = random.list(2) { $0.text() }
                return device
            }
            return task
        }
        resources.diskMB = number()
        resources.networks = list(2) { $0.network() }
        resources.ports = list(3) { random in
            var port = AllocatedPort()
            (port.label, port.value, port.to, port.hostIP) = (
                random.text(), random.number(), random.number(), random.text()
            )
            return port
        }
        return resources
    }

    mutating func metric() -> AllocationMetric {
        var metric = AllocationMetric()
        (metric.nodesEvaluated, metric.nodesFiltered, metric.nodesInPool) = (number(), number(), number())
        (metric.nodePool, metric.nodesExhausted, metric.coalescedFailures) = (text(), number(), number())
        metric.nodesAvailable = map(2) { $0.number() }
        (metric.classFiltered, metric.constraintFiltered) = (map(2) { $0.number() }, map(2) { $0.number() })
        (metric.classExhausted, metric.dimensionExhausted) = (map(2) { $0.number() }, map(2) { $0.number() })
        (metric.quotaExhausted, metric.allocationTime) = (list(2) { $0.text() }, Int64(number()))
        metric.resourcesExhausted = map(1) { random in
            var spec = ResourceSpec()
            (spec.cpu, spec.cores, spec.memoryMB, spec.memoryMaxMB) = (
                random.number(), random.number(), random.number(), random.number()
            )
            (spec.diskMB, spec.iops, spec.secretsMB) = (random.number(), random.number(), random.number())
            (spec.networks, spec.numa) = (random.list(1) { $0.network() }, random.maybe { .string($0.text()) })
            var device = DeviceRequest()
            (device.name, device.count) = (random.text(), random.number())
            device.constraints = random.list(2) {
                Constraint(lTarget: $0.text(), operand: $0.text(), rTarget: $0.text())
            }
            var affinity = Affinity()
            (affinity.lTarget, affinity.rTarget, affinity.weight) = (random.text(), random.text(), random.number())
            device.affinities = [affinity]
            spec.devices = [device]
            return spec
        }
        metric.scores = map(2) { Double($0.number()) / 3 }
        metric.scoreMetaData = list(3) { random in
            var score = NodeScore()
            (score.nodeID, score.normScore) = (random.id(), Double(random.number()) / 7)
            score.scores = random.map(4) { Double($0.number()) / 11 }
            return score
        }
        return metric
    }

    mutating func evaluation() -> Evaluation {
        var evaluation = Evaluation()
        (evaluation.id, evaluation.namespace, evaluation.jobID) = (id(), text(), text())
        evaluation.priority = number()
        evaluation.type = JobType.allCases.randomElement(using: &generator) ?? .service
        evaluation.triggeredBy = EvaluationTrigger.allCases.randomElement(using: &generator) ?? .scheduled
        evaluation.status = EvaluationStatus.allCases.randomElement(using: &generator) ?? .pending
        (evaluation.jobModifyIndex, evaluation.nodeID, evaluation.nodeModifyIndex) = (index(), id(), index())
        (evaluation.deploymentID, evaluation.statusDescription, evaluation.waitUntil) = (
            id(), text(), maybe { $0.time() }
        )
        (evaluation.nextEval, evaluation.previousEval, evaluation.blockedEval) = (id(), id(), id())
        evaluation.failedTGAllocs = map(2) { $0.metric() }
        (evaluation.classEligibility, evaluation.escapedComputedClass) = (map(3) { $0.flag() }, flag())
        (evaluation.quotaLimitReached, evaluation.queuedAllocations) = (text(), map(3) { $0.number() })
        evaluation.planAnnotations = maybe { random in
            var notes = PlanAnnotations()
            notes.desiredTGUpdates = random.map(2) { random in
                var desired = DesiredUpdates()
                (desired.ignore, desired.place, desired.migrate, desired.stop) = (1, random.number(), 3, 4)
                (desired.inPlaceUpdate, desired.destructiveUpdate, desired.canary, desired.preemptions) = (5, 6, 7, 8)
                (desired.disconnect, desired.reconnect, desired.rescheduleNow, desired.rescheduleLater) = (
                    9, 10, 11, 12
                )
                return desired
            }
            notes.preemptedAllocs = random.list(2) { random in
                var stub = AllocationStub()
                (stub.id, stub.jobID, stub.namespace) = (random.id(), random.text(), random.text())
                (stub.taskGroup, stub.jobType) = (random.text(), random.text())
                return stub
            }
            return notes
        }
        (evaluation.snapshotIndex, evaluation.createIndex, evaluation.modifyIndex) = (index(), index(), index())
        (evaluation.createTime, evaluation.modifyTime) = (Int64(number()), Int64(number()))
        return evaluation
    }

    mutating func deployment() -> Deployment {
        var deployment = Deployment()
        (deployment.id, deployment.namespace, deployment.jobID) = (id(), text(), text())
        (deployment.jobVersion, deployment.jobModifyIndex) = (index(), index())
        (deployment.jobSpecModifyIndex, deployment.jobCreateIndex, deployment.isMultiregion) = (
            index(), index(), flag()
        )
        deployment.status = DeploymentStatus.allCases.randomElement(using: &generator) ?? .running
        (deployment.statusDescription, deployment.evalPriority) = (text(), number())
        deployment.taskGroups = map(2) { random in
            var group = DeploymentState()
            (group.autoRevert, group.autoPromote, group.promoted) = (random.flag(), random.flag(), random.flag())
            group.progressDeadline = TimeSpan(nanoseconds: Int64(random.number()))
            group.requireProgressBy = random.time()
            group.placedCanaries = random.list(3) { $0.id() }
            (group.desiredCanaries, group.desiredTotal, group.placedAllocs) = (
                random.number(), random.number(), random.number()
            )
            (group.healthyAllocs, group.unhealthyAllocs) = (random.number(), random.number())
            return group
        }
        (deployment.createIndex, deployment.modifyIndex) = (index(), index())
        (deployment.createTime, deployment.modifyTime) = (Int64(number()), Int64(number()))
        return deployment
    }
}

// MARK: - Allocations

extension RandomRecords {
    /// Allocations as they lie in plans and snapshots: runs that share much, and single ones that share nothing.
    mutating func allocations(of jobs: [SharedJob], _ max: Int) -> [Allocation] {
        var all: [Allocation] = []
        while all.count < max {
            var model = Allocation(job: jobs.randomElement(using: &generator) ?? SharedJob(Job()))
            (model.evalID, model.deploymentID, model.taskGroup) = (id(), id(), text())
            (model.nodeID, model.nodeName) = (id(), text())
            model.metrics = maybe { SharedMetric($0.metric()) }
            model.resources = resources()
            for number in 0..<Int.random(in: 1...40, using: &generator) {
                var one = model
                one.id = AllocationID(using: &generator)
                one.index = number
                if chance(30) { one.index = self.number() }
                if chance(60) { (one.nodeID, one.nodeName) = (NodeID(high: 1, low: generator.next() % 9), text()) }
                if chance(10) { one.metrics = maybe { SharedMetric($0.metric()) } }
                if chance(10) { one.resources = resources() }
                if chance(30) { vary(&one) }
                all.append(one)
            }
        }
        return all
    }

    private mutating func vary(_ one: inout Allocation) {
        one.desiredStatus = DesiredStatus.allCases.randomElement(using: &generator) ?? .run
        one.clientStatus = ClientStatus.allCases.randomElement(using: &generator) ?? .pending
        (one.desiredDescription, one.clientDescription) = (text(), text())
        (one.desiredTransition.migrate, one.desiredTransition.reschedule) = (maybe { $0.flag() }, maybe { $0.flag() })
        one.desiredTransition.forceReschedule = maybe { $0.flag() }
        one.desiredTransition.noShutdownDelay = maybe { $0.flag() }
        one.taskStates = map(2) { $0.taskState() }
        one.deploymentStatus = maybe { random in
            var health = AllocationHealth()
            (health.healthy, health.timestamp) = (random.maybe { $0.flag() }, random.time())
            (health.canary, health.modifyIndex) = (random.flag(), random.index())
            return health
        }
        (one.previousAllocation, one.nextAllocation, one.followupEvalID) = (id(), id(), id())
        one.rescheduleTracker = maybe { random in
            var tracker = RescheduleTracker()
            tracker.lastReschedule = random.text()
            tracker.events = random.list(3) { random in
                var event = RescheduleEvent()
                (event.rescheduleTime, event.prevAllocID) = (Int64(random.number()), random.id())
                (event.prevNodeID, event.delay) = (random.id(), TimeSpan(nanoseconds: Int64(random.number())))
                return event
            }
            return tracker
        }
        (one.preemptedAllocations, one.preemptedByAllocation) = (list(2) { $0.id() }, id())
        one.networkStatus = maybe { $0.networkStatus() }
        one.allocStates = list(2) { random in
            var change = AllocationStateChange()
            (change.field, change.value, change.time) = (random.text(), random.text(), random.time())
            return change
        }
        (one.createIndex, one.modifyIndex, one.allocModifyIndex) = (index(), index(), index())
        (one.createTime, one.modifyTime) = (Int64(number()), Int64(number()))
    }

    mutating func plugin() -> CSIPluginInfo {
        var info = CSIPluginInfo()
        (info.pluginID, info.allocID, info.provider, info.providerVersion) = (text(), text(), text(), text())
        (info.healthy, info.requiresControllerPlugin, info.requiresTopologies) = (flag(), flag(), flag())
        (info.healthDescription, info.updateTime) = (text(), time())
        info.controllerInfo = maybe { random in
            var controller = CSIControllerInfo()
            (controller.supportsAttachDetach, controller.supportsCondition) = (random.flag(), random.flag())
            return controller
        }
        info.nodeInfo = maybe { random in
            var node = CSINodeInfo()
            (node.id, node.maxVolumes) = (random.text(), Int64(random.number()))
            node.accessibleTopology = random.maybe { $0.topology() }
            return node
        }
        return info
    }

    mutating func topology() -> CSITopology { CSITopology(segments: map(2) { $0.text() }) }

    mutating func volumeRequest() -> VolumeRequest {
        var request = VolumeRequest()
        (request.name, request.type, request.source, request.perAlloc) = ("v", "csi", "data", flag())
        (request.readOnly, request.accessMode, request.attachmentMode) = (flag(), text(), text())
        return request
    }

    mutating func volume() -> CSIVolume {
        var volume = CSIVolume()
        (volume.name, volume.externalID, volume.pluginID) = (text(), text(), text())
        (volume.capacity, volume.requestedCapacityMin) = (Int64(number()), Int64(number()))
        volume.requestedCapabilities = list(3) { random in
            CSIVolumeCapability(accessMode: random.text(), attachmentMode: random.text())
        }
        volume.mountOptions = maybe { random in
            var options = CSIMountOptions()
            (options.fsType, options.mountFlags) = (random.text(), random.list(2) { $0.text() })
            return options
        }
        (volume.secrets, volume.parameters, volume.context) = (map(2) { $0.text() }, map(2) { $0.text() }, [:])
        volume.requestedTopologies = maybe { random in
            var request = CSITopologyRequest()
            (request.required, request.preferred) = (random.list(2) { $0.topology() }, [])
            return request
        }
        volume.topologies = list(2) { $0.topology() }
        return volume
    }
}
