import Base
import Model
import State
import Testing

@Suite struct CodecTests {
    /// A history that touches every kind of change.
    static func history() -> [Entry] {
        // As entry 1 stores it: allocations carry the stored job version.
        var stored = State()
        stored.commit(.job(Sample.job("a", count: 2)), .evaluations([Sample.evaluation(1, Sample.job("a"), .pending)]))
        let job = stored.job(namespace: "default", id: "a")?.job ?? Sample.job("a")
        var deployment = Deployment()
        (deployment.id, deployment.jobID) = (DeploymentID(high: 0xF, low: 1), "a")
        deployment.taskGroups["g"] = DeploymentState()
        var allocation = Sample.allocation(1, of: job)
        allocation.deploymentID = deployment.id
        allocation.metrics = SharedMetric(AllocationMetric())
        var update = AllocationUpdate()
        (update.id, update.clientStatus, update.deploymentHealthy) = (allocation.id, .running, true)
        update.taskStates["main"] = TaskState()
        update.taskStates["main"]?.record(TaskEvent(type: "Started", time: 7, details: ["k": "v"]))
        var namespace = Namespace()
        namespace.name = "apps"
        var event = ScalingEvent()
        (event.count, event.meta) = (3, ["by": "hand"])
        let changes: [[Change]] = [
            [.job(job), .evaluations([Sample.evaluation(1, job, .pending)])],
            [.node(Sample.node(1)), .node(Sample.node(2))],
            [.deployments([deployment]), .allocations([allocation, Sample.allocation(2, of: job, node: 2)])],
            [.allocationUpdates([update])], [.namespace(namespace)],
            [.schedulerConfiguration(SchedulerConfiguration())], [.scalingEvent(job.key, group: "g", event)],
            [.periodicLaunch(job.key, Instant(nanoseconds: 5))],
            [.record(table: "policies", key: "p", ["Rules": "x"]), .record(table: "policies", key: "q", nil)],
            [.job(Sample.job("a", version: 1))], [.evaluations([Sample.evaluation(1, job, .complete)])],
            [.deleteAllocations([AllocationID(high: 0xA, low: 2)]), .deleteNode(NodeID(high: 0xD, low: 2))],
            [.deleteEvaluations([EvaluationID(high: 0xE, low: 1)]), .deleteDeployments([]), .deleteNamespace("apps")],
        ]
        return changes.enumerated().map {
            Entry(
                index: LogIndex($0.offset + 1), time: Instant(nanoseconds: Int64($0.offset) * 1_000_000_007),
                cause: "C\($0.offset)", changes: $0.element)
        }
    }

    /// What counts is that an entry that was read back does the same as the one that was written.
    @Test func entriesThatAreReadBackDoTheSame() throws {
        var (state, replayed) = (State(), State())
        for entry in Self.history() {
            let back = try Entry(encoded: entry.encoded(), following: replayed)
            #expect(back.index == entry.index && back.time == entry.time && back.cause == entry.cause)
            state.apply(entry)
            replayed.apply(back)
            #expect(try replayed.digest() == state.digest(), "entry \(entry.index)")
        }
    }

    @Test func aSnapshotGivesTheSameStateAtEveryIndex() throws {
        var state = State()
        for entry in Self.history() {
            state.apply(entry)
            let bytes = try state.snapshot()
            var copy = try State(snapshot: bytes)
            #expect(try copy.snapshot() == bytes)
            #expect(
                copy.summary(of: JobKey(namespace: "default", id: "a"))
                    == state.summary(of: JobKey(namespace: "default", id: "a")))
            // The copy goes on like the original.
            var next = state
            let later = Entry(index: state.index + 1, time: state.time, cause: "next", changes: [.job(Sample.job("b"))])
            next.apply(later)
            copy.apply(later)
            #expect(try copy.digest() == next.digest())
        }
    }

    /// Damaged bytes give an error, never a crash. (A flipped bit may also give other, valid values: the
    /// journal's checksums are there for that.)
    @Test func damageIsAnErrorWithItsPlace() throws {
        var generator = SeededGenerator(seed: 1)
        let entries = Self.history()
        for entry in entries {
            let bytes = try entry.encoded()
            for _ in 0..<50 {
                var damaged = bytes
                damaged[Int(generator.next() % UInt64(bytes.count))] ^= UInt8(truncatingIfNeeded: generator.next() | 1)
                _ = try? Entry(encoded: damaged, following: State())
            }
            let cut = Array(bytes.dropLast())
            #expect(throws: BinaryError.self) { try Entry(encoded: cut, following: State()) }
            #expect(throws: BinaryError.self) { try Entry(encoded: bytes + [0], following: State()) }
        }
        #expect(throws: BinaryError.self) { try State(snapshot: [99]) }
    }

    @Test func bundlesCarryTheirJobs() throws {
        let (old, new) = (Sample.job("a"), Sample.job("a", version: 1))
        let allocations = [Sample.allocation(1, of: old), Sample.allocation(2, of: new), Sample.allocation(3, of: new)]
        var writer = BinaryWriter()
        try AllocationBundle(allocations).write(to: &writer)
        var reader = BinaryReader(writer.bytes)
        #expect(try AllocationBundle(from: &reader).allocations == allocations)
        #expect(reader.isAtEnd)
    }
}
