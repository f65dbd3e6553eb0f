import Base
import Model
import State
import Testing

/// Small values with fixed ids.
enum Sample {
    static func job(_ id: String, version: UInt64 = 0, count: Int = 1) -> Job {
        var task = TaskSpec()
        (task.name, task.driver) = ("main", "raw_exec")
        task.config = ["command": "/bin/true", "args": ["a", 1, 2.5]]
        var group = GroupSpec()
        (group.name, group.count, group.tasks) = ("g", count, [task])
        var job = Job()
        (job.id, job.name, job.version, job.datacenters, job.taskGroups) = (id, id, version, ["dc1"], [group])
        return job
    }

    static func allocation(_ number: UInt64, of job: Job, node: UInt64 = 1) -> Allocation {
        var allocation = Allocation(job: SharedJob(job))
        allocation.id = AllocationID(high: 0xA, low: number)
        allocation.evalID = EvaluationID(high: 0xE, low: 1)
        allocation.nodeID = NodeID(high: 0xD, low: node)
        (allocation.taskGroup, allocation.index) = ("g", Int(number))
        var task = AllocatedTask()
        (task.cpuShares, task.memoryMB) = (100, 64)
        allocation.resources.tasks = ["main": task]
        return allocation
    }

    static func node(_ number: UInt64) -> Node {
        var node = Node()
        (node.id, node.name, node.secretID, node.status) = (NodeID(high: 0xD, low: number), "n\(number)", "s", .ready)
        node.attributes = ["kernel.name": "linux"]
        return node
    }

    static func evaluation(_ number: UInt64, _ job: Job, _ status: EvaluationStatus) -> Evaluation {
        var evaluation = Evaluation()
        (evaluation.id, evaluation.jobID, evaluation.status) = (EvaluationID(high: 0xE, low: number), job.id, status)
        return evaluation
    }
}

extension State {
    /// Applies changes as the next entry, one second after the last.
    @discardableResult
    mutating func commit(_ changes: Change...) -> [Touched] {
        apply(Entry(index: index + 1, time: time + .seconds(1), cause: "Test", changes: changes))
    }
}

@Suite struct StateTests {
    /// Pages cut from a list that is longer than what is kept while it is made.
    @Test(arguments: [1, 100, 1500, 9000]) func placesAreCutAsPages(_ limit: Int) {
        var state = State()
        var generator = SeededGenerator(seed: 3)
        let job = Sample.job("a")
        for _ in 0..<8 {
            let list = (0..<1000).map { _ in Sample.allocation(generator.next() >> 8, of: job) }
            state.commit(.allocations(list))
        }
        let all = state.allocationPlaces { _ in true }
        #expect(all == all.sorted())
        #expect(state.allocationPlaces(limit: limit) { _ in true } == Array(all.prefix(limit)))
        let start = all[all.count / 3]
        let rest = all.dropFirst(all.count / 3)
        #expect(state.allocationPlaces(from: start, limit: limit) { _ in true } == Array(rest.prefix(limit)))
        let odd = state.allocationPlaces(limit: limit) { $0.id.low % 2 == 1 }
        #expect(odd == Array(all.filter { $0.id.low % 2 == 1 }.prefix(limit)))
        #expect(state.allocationPlaces(from: start, limit: limit) == Array(rest.prefix(limit)))
    }

    /// What was collected is in no list any more, and a state that was read lists as the one that was written.
    @Test func placesFollowWhatIsDeletedAndRead() throws {
        var state = State()
        var generator = SeededGenerator(seed: 4)
        let job = Sample.job("a")
        state.commit(.job(job))
        for _ in 0..<20 {
            let list = (0..<50).map { _ in Sample.allocation(generator.next() >> 8, of: job) }
            state.commit(.allocations(list))
            // Changed again: no second place.
            state.commit(.allocations(Array(list.prefix(5))))
            let gone = state.allocationPlaces().filter { _ in generator.next() % 3 == 0 }
            state.commit(.deleteAllocations(gone.map(\.id)))
            #expect(state.allocationPlaces().count == state.allocationCount)
            #expect(state.allocationPlaces().map(\.id) == state.allAllocations.map(\.id))
        }
        state.commit(.deleteAllocations(state.allocationPlaces(limit: 3).map(\.id)))
        let read = try State(snapshot: try state.snapshot())
        #expect(read.allocationPlaces() == state.allocationPlaces())
        state.commit(.deleteAllocations(state.allocationPlaces().map(\.id)))
        #expect(state.allocationPlaces().isEmpty)
    }

    @Test func indexesAreStampedByApply() throws {
        var state = State()
        state.commit(.job(Sample.job("a")))
        state.commit(.job(Sample.job("a", version: 1)))
        state.commit(.job(Sample.job("a", version: 1)))
        let job = try #require(state.job(namespace: "default", id: "a")).job
        #expect((job.createIndex, job.jobModifyIndex, job.modifyIndex) == (1, 2, 3))
        #expect(state.versions(of: job.key).map(\.job.version) == [1, 0])
        #expect(state.tableIndex(.jobs) == 3)
        #expect(
            state.tableIndex(.nodes) == 1, "a table that never changed has index 1, so that clients can block on it")
    }

    @Test(arguments: [
        ([ClientStatus.pending], JobStatus.running), ([.running, .complete], .running), ([.complete], .dead),
        ([.failed, .lost], .dead), ([], .dead),
    ])
    func aJobsStatusFollowsItsAllocations(_ statuses: [ClientStatus], _ expected: JobStatus) {
        var state = State()
        let job = Sample.job("a")
        state.commit(.job(job))
        #expect(state.job(job.key)?.job.status == "pending", "nothing has looked at it yet")
        let allocations = statuses.enumerated().map { Sample.allocation(UInt64($0.offset), of: job) }
        state.commit(.allocations(allocations), .evaluations([Sample.evaluation(1, job, .complete)]))
        let updates = zip(allocations, statuses).map { allocation, status in
            var update = AllocationUpdate()
            (update.id, update.clientStatus) = (allocation.id, status)
            return update
        }
        state.commit(.allocationUpdates(updates))
        #expect(state.job(job.key)?.job.status == expected.rawValue)
    }

    @Test func theSummaryCountsByStatus() throws {
        var state = State()
        let job = Sample.job("a", count: 3)
        state.commit(.job(job), .allocations((0..<3).map { Sample.allocation($0, of: job) }))
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (AllocationID(high: 0xA, low: 0), .running)
        state.commit(.allocationUpdates([update]))
        let group = try #require(state.summary(of: job.key)?.summary["g"])
        #expect((group.running, group.starting) == (1, 2))
        state.commit(.deleteAllocations([update.id]))
        #expect(state.allocations(ofJob: job.key).count == 2)
        #expect(state.allocations(onNode: NodeID(high: 0xD, low: 1)).count == 2)
    }

    @Test func snapshotsOfOldStatesStayAsTheyWere() {
        var state = State()
        state.commit(.job(Sample.job("a")))
        let old = state
        state.commit(.deleteJob(JobKey(namespace: "default", id: "a")))
        #expect(old.job(namespace: "default", id: "a") != nil)
        #expect(state.job(namespace: "default", id: "a") == nil)
    }

    @Test func parentsCountTheirChildren() throws {
        var state = State()
        var parent = Sample.job("p")
        parent.type = "batch"
        parent.periodic = PeriodicSpec()
        var child = Sample.job("p/periodic-1")
        child.parentID = "p"
        state.commit(.job(parent), .job(child))
        #expect(state.summary(of: parent.key)?.children?.pending == 1)
        state.commit(.evaluations([Sample.evaluation(1, child, .complete)]))
        #expect(state.job(child.key)?.job.status == "dead")
        #expect(state.summary(of: parent.key)?.children?.dead == 1)
        #expect(state.children(of: parent.key).map(\.job.id) == ["p/periodic-1"])
    }
}
