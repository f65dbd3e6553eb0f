import Base
import Model
import State
import Testing

/// What is written by hand is read back as it was.
@Suite struct RoundTripTests {
    private static let seeds = (0..<20).map { UInt64($0) }

    private func roundTrip<Value: BinaryForm & Equatable>(_ value: Value) throws {
        var writer = BinaryWriter()
        writer.write(value)
        var reader = BinaryReader(writer.bytes)
        #expect(try reader.value() == value)
        #expect(reader.isAtEnd)
        // Equal values give equal bytes.
        var again = BinaryWriter()
        again.write(try Self.back(writer.bytes) as Value)
        #expect(again.bytes == writer.bytes)
    }

    private static func back<Value: BinaryForm>(_ bytes: [UInt8]) throws -> Value {
        var reader = BinaryReader(bytes)
        return try reader.value()
    }

    @Test(arguments: seeds) func records(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        for _ in 0..<20 {
            try roundTrip(random.evaluation())
            try roundTrip(random.deployment())
            try roundTrip(random.metric())
            try roundTrip(random.resources())
            try roundTrip(random.update())
        }
    }

    @Test(arguments: seeds) func taskStatesArePackedWithoutLoss(seed: UInt64) {
        var random = RandomRecords(seed: seed)
        for _ in 0..<50 {
            let states = random.map(4) { $0.taskState() }
            let packed = PackedTaskStates(states)
            #expect(packed.states == states)
            #expect(packed == PackedTaskStates(packed.states))
            #expect(packed.isEmpty == states.isEmpty)
        }
    }

    @Test(arguments: seeds) func allocationsInRuns(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let jobs = [
            SharedJob(Sample.job("a")), SharedJob(Sample.job("a", version: 1)), SharedJob(Sample.job("b", count: 3)),
        ]
        let list = random.allocations(of: jobs, 200)
        var writer = BinaryWriter()
        try AllocationBundle(list).write(to: &writer)
        var reader = BinaryReader(writer.bytes)
        let back = try AllocationBundle(from: &reader).allocations
        #expect(back == list)
        #expect(reader.isAtEnd)
        // However the parts are shared in memory.
        var again = BinaryWriter()
        try AllocationBundle(back).write(to: &again)
        #expect(again.bytes == writer.bytes)
    }

    /// Damaged bytes are an error or other values, never a crash; what was read can be looked at.
    @Test(arguments: seeds) func damageIsNoCrash(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let list = random.allocations(of: [SharedJob(Sample.job("a"))], 20)
        var writer = BinaryWriter()
        try AllocationBundle(list).write(to: &writer)
        writer.write((0..<5).map { _ in random.update() })
        for _ in 0..<200 {
            var bytes = writer.bytes
            bytes[Int.random(in: 0..<bytes.count, using: &random.generator)] = UInt8(
                truncatingIfNeeded: random.generator.next())
            if random.flag() { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random.generator)) }
            var reader = BinaryReader(bytes)
            guard let bundle = try? AllocationBundle(from: &reader) else { continue }
            for allocation in bundle.allocations { _ = (allocation.taskStates, allocation.name) }
            let updates: [AllocationUpdate] = (try? reader.list()) ?? []
            for update in updates { _ = update.taskStates }
        }
    }

    /// A state of everything, through entries and through snapshots in small pieces.
    @Test(arguments: seeds) func statesInPieces(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        var (state, replayed) = (State(), State())
        func commit(_ changes: Change...) throws {
            let entry = Entry(
                index: state.index + 1, time: state.time + .seconds(1), cause: "Random", changes: changes)
            let back = try Entry(encoded: entry.encoded(), following: replayed)
            state.apply(entry)
            replayed.apply(back)
        }
        for name in ["a", "b"] {
            var mounts = Sample.job(name, version: 1)
            mounts.taskGroups[0].volumes["v"] = random.volumeRequest()
            try commit(.job(Sample.job(name)), .job(mounts))
        }
        for number in 1...4 {
            var node = Sample.node(UInt64(number))
            node.csiNodePlugins = random.map(2) { $0.plugin() }
            node.csiControllerPlugins = random.map(2) { $0.plugin() }
            try commit(.node(node))
        }
        for number in 0..<3 {
            var volume = random.volume()
            (volume.namespace, volume.id) = ("default", "data[\(number)]")
            try commit(.volume(volume))
        }
        try commit(.deleteVolume(VolumeKey(namespace: "default", id: "data[2]")))
        let jobs = ["a", "b"].flatMap { state.versions(of: JobKey(namespace: "default", id: $0)) }
        var deployments = (0..<3).map { _ in random.deployment() }
        for at in deployments.indices {
            deployments[at].id = DeploymentID(high: 0xF, low: UInt64(at) + 1)
            deployments[at].taskGroups = ["": DeploymentState(), "a": DeploymentState()]
        }
        var evaluations = (0..<5).map { _ in random.evaluation() }
        for at in evaluations.indices { evaluations[at].id = EvaluationID(high: 0xE, low: UInt64(at) + 1) }
        try commit(.deployments(deployments), .evaluations(evaluations))
        for _ in 0..<4 {
            var list = random.allocations(of: jobs, 60)
            for at in list.indices {
                // Sums over what they take must not overflow.
                list[at].resources = AllocatedResources()
                list[at].nodeID = NodeID(high: 0xD, low: UInt64(at % 4) + 1)
                if random.chance(20) { list[at].deploymentID = deployments[at % 3].id }
            }
            try commit(.allocations(list))
            // What servers change and nodes report of some that exist.
            var known = state.allAllocations.filter { _ in random.chance(30) }
            for at in known.indices { known[at].desiredStatus = .stop }
            try commit(.allocations(known))
            let reports = known.map { allocation in
                var update = random.update()
                update.id = allocation.id
                return update
            }
            try commit(.allocationUpdates(reports + [random.update()]))
            try commit(.deleteAllocations(known.prefix(10).map(\.id)))
        }
        #expect(try state.digest() == replayed.digest())
        var pieces: [[UInt8]] = []
        try state.writeSnapshot(pieceBytes: 500) { pieces.append($0) }
        #expect(pieces.count > 3)
        var reader = SnapshotReader()
        for piece in pieces { try reader.take(piece) }
        let copy = try reader.finish()
        #expect(try copy.digest() == state.digest())
        for key in state.allJobs().map(\.job.key) {
            #expect(copy.tally(of: key) == state.tally(of: key))
            #expect(copy.allocations(ofJob: key).map(\.id) == state.allocations(ofJob: key).map(\.id))
        }
        #expect(copy.allVolumes() == state.allVolumes() && state.allVolumes().count == 2)
        #expect(copy.allClaims.map(\.claims) == state.allClaims.map(\.claims))
        #expect(copy.pluginIDs == state.pluginIDs)
        for id in state.pluginIDs { #expect(copy.plugin(id) == state.plugin(id)) }
        for node in state.allNodes {
            #expect(copy.use(ofNode: node.id) == state.use(ofNode: node.id))
            #expect(copy.allocations(onNode: node.id).map(\.id) == state.allocations(onNode: node.id).map(\.id))
        }
        // Not in order, or not whole.
        var broken = SnapshotReader()
        #expect(throws: BinaryError.self) { try broken.take(pieces[1]) }
        #expect(throws: BinaryError.self) { _ = try SnapshotReader().finish() }
    }
}
