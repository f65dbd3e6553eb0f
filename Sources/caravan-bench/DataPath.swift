import Base
import Foundation
import Model
import Scheduling
import State

/// What an allocation costs from its plan to the running report of its node and back from a snapshot: time, bytes of
/// journal, bytes of memory.
struct DataPath {
    var nodes = 5000
    var jobs = 100
    var count = 1000

    /// Sums over all entries, in seconds and bytes.
    private struct Sums {
        var (plan, encode, decode, apply) = (0.0, 0.0, 0.0, 0.0)
        var bytes = 0
    }

    private func seconds(_ body: () throws -> Void) rethrows -> Double { try best(of: 1, body) }

    func measure(_ report: inout Report) throws {
        var state = State()
        state.apply(
            Entry(index: 1, time: start, cause: "Bench", changes: BenchmarkCluster.nodes(nodes).map { .node($0) }))
        let before = residentBytes()
        let total = Double(jobs * count)
        let placed = try place(&state)
        tell(&report, placed, total, "placement", "place")
        let memory = Double(residentBytes() - before) / total
        report.tell("placed_memory_bytes", memory, "bytes an allocation", "memory of \(jobs * count) placed ones")
        let reported = try self.report(&state)
        tell(&report, reported, total, "running report", "report")
        let running = Double(residentBytes() - before) / total
        report.tell("running_memory_bytes", running, "bytes an allocation", "memory of them running")
        report.tell("rss_mib", Double(residentBytes()) / 1_048_576, "MiB", "resident memory of the process")
        try snapshot(state, &report, total)
    }

    private var start: Instant { Instant(nanoseconds: 1_795_000_000_000_000_000) }

    private func tell(_ report: inout Report, _ sums: Sums, _ total: Double, _ what: String, _ name: String) {
        let each = 1e6 / total
        if sums.plan > 0 { report.tell(name + "_plan_us", sums.plan * each, "µs an allocation", what + ": plan") }
        report.tell(name + "_encode_us", sums.encode * each, "µs an allocation", what + ": encode the entry")
        report.tell(name + "_decode_us", sums.decode * each, "µs an allocation", what + ": decode the entry")
        report.tell(name + "_apply_us", sums.apply * each, "µs an allocation", what + ": apply the entry")
        report.tell(name + "_bytes", Double(sums.bytes) / total, "bytes an allocation", what + ": journal entry")
    }

    /// One evaluation a job, as the control plane works them off.
    private func place(_ state: inout State) throws -> Sums {
        var sums = Sums()
        var scheduler = Scheduler()
        var generator = SeededGenerator(seed: 1)
        for number in 0..<jobs {
            var job = BenchmarkCluster.job(count: count)
            (job.id, job.name) = ("bench-\(number)", "bench-\(number)")
            state.apply(Entry(index: state.index + 1, time: state.time, cause: "JobRegistered", changes: [.job(job)]))
            var evaluation = Evaluation()
            evaluation.id = EvaluationID(using: &generator)
            (evaluation.jobID, evaluation.type) = (job.id, .service)
            var plan = Plan(evaluation: evaluation)
            sums.plan += seconds {
                plan = scheduler.plan(evaluation, state: state, now: state.time, generator: &generator)
            }
            precondition(plan.allocations.count == count, "placed \(plan.allocations.count) of \(count)")
            try commit(plan.changes, "PlanResult", &state, &sums)
        }
        return sums
    }

    private func commit(_ changes: [Change], _ cause: String, _ state: inout State, _ sums: inout Sums) throws {
        let entry = Entry(
            index: state.index + 1, time: state.time + .milliseconds(40), cause: cause, changes: changes)
        var bytes: [UInt8] = []
        sums.encode += try seconds { bytes = try entry.encoded() }
        sums.decode += try seconds { _ = try Entry(encoded: bytes, following: state) }
        sums.bytes += bytes.count
        // As the control plane does it: the state before is still held by others.
        let held = state
        sums.apply += seconds { state.apply(entry) }
        precondition(held.index + 1 == state.index)
    }

    /// Every node reports once that its allocations run; a few nodes' reports share an entry.
    private func report(_ state: inout State) throws -> Sums {
        var sums = Sums()
        var waiting: [AllocationUpdate] = []
        let all = state.allNodes.map(\.id)
        for (number, node) in all.enumerated() {
            for allocation in state.allocations(onNode: node) { waiting.append(running(allocation)) }
            guard waiting.count >= 1000 || number == all.count - 1, !waiting.isEmpty else { continue }
            try commit([.allocationUpdates(waiting)], "AllocationUpdated", &state, &sums)
            waiting = []
        }
        return sums
    }

    private func running(_ allocation: Allocation) -> AllocationUpdate {
        var update = AllocationUpdate()
        (update.id, update.clientStatus, update.clientDescription) = (allocation.id, .running, "Tasks are running")
        let time = allocation.createTime + Int64(allocation.id.low % 1_000_000_007)
        var task = TaskState()
        task.state = .running
        task.startedAt = Timestamp(Instant(nanoseconds: time + 61_000_003))
        task.record(TaskEvent(type: "Received", time: time, displayMessage: "Task received by client"))
        let setup = "Building Task Directory"
        task.record(
            TaskEvent(
                type: "Task Setup", time: time + 1_000_001, message: setup, displayMessage: setup,
                details: ["message": setup]))
        task.record(TaskEvent(type: "Started", time: time + 61_000_003, displayMessage: "Task started by client"))
        update.taskStates = ["main": task]
        return update
    }

    private func snapshot(_ state: State, _ report: inout Report, _ total: Double) throws {
        var bytes: [UInt8] = []
        let write = try seconds { bytes = try state.snapshot() }
        report.tell("snapshot_write_s", write, "s", "write a snapshot")
        report.tell("snapshot_bytes", Double(bytes.count) / total, "bytes an allocation", "its size")
        var copy = State()
        let read = try seconds { copy = try State(snapshot: bytes) }
        report.tell("snapshot_read_s", read, "s", "read it")
        let (before, after) = (try state.digest(), try copy.digest())
        precondition(before == after, "the snapshot gives another state")
    }
}
