// caravan-bench: how fast the pure parts are, on this machine, in release mode.
//
//     caravan-bench [--nodes N] [--allocations N]
//     caravan-bench --data-path [--nodes N] [--jobs N] [--count N]
//
// Prints one line a measurement and one JSON object at the end. It measures Core only: what a whole agent takes
// is measured by scripts/bench.sh. It must not be used for tests: times depend on the machine.

import Base
import Foundation
import JobSpec
import Model
import Scheduling
import State

/// Runs a body several times and keeps the fastest, in seconds.
func best(of rounds: Int, _ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var best = Double.infinity
    for _ in 0..<rounds {
        let time = try clock.measure(body)
        let (seconds, attoseconds) = time.components
        best = min(best, Double(seconds) + Double(attoseconds) * 1e-18)
    }
    return best
}

/// Prints measurements as they come and keeps them for the last line.
struct Report {
    private(set) var results = JSONObject()

    mutating func tell(_ name: String, _ value: Double, _ unit: String, _ what: String) {
        let shown = value >= 100 ? String(Int(value.rounded())) : String((value * 1000).rounded() / 1000)
        print("\(what): \(shown) \(unit)")
        results[name] = .double(value)
    }
}

/// Resident memory of this process in bytes.
func residentBytes() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst()
        .first
    return (pages.flatMap { Int($0) } ?? 0) * 4096
}

func argument(_ name: String, _ standard: Int) -> Int {
    guard let at = CommandLine.arguments.firstIndex(of: name), at + 1 < CommandLine.arguments.count else {
        return standard
    }
    return Int(CommandLine.arguments[at + 1]) ?? standard
}

// A first word names one of the benchmarks with processes of their own.
if let word = CommandLine.arguments.dropFirst().first, !word.hasPrefix("-") {
    await Subcommand.run(word, Array(CommandLine.arguments.dropFirst(2)))
}

var report = Report()
if CommandLine.arguments.contains("--data-path") {
    var path = DataPath()
    path.nodes = argument("--nodes", path.nodes)
    path.jobs = argument("--jobs", path.jobs)
    path.count = argument("--count", path.count)
    try path.measure(&report)
    print(JSON.object(report.results).text)
    exit(0)
}
let nodeCount = argument("--nodes", 1000)
let allocationCount = argument("--allocations", 10_000)

let text = BenchmarkJob.text
let lines = text.split(separator: "\n", omittingEmptySubsequences: false).count
let parse = try best(of: 20) {
    let file = try JobFile.parse(Array(text.utf8), name: "bench.nomad.hcl")
    let prepared = try JobAdmission.prepare(.object(file.tree), AdmissionDefaults())
    precondition(prepared.report.errors.items.isEmpty, prepared.report.errors.text)
}
report.tell("parse_ms", parse * 1000, "ms", "parse, decode and validate a job file of \(lines) lines")

let tree = try JobFile.parse(Array(text.utf8), name: "bench.nomad.hcl").tree
let body = JSON.object(["Job": .object(tree)]).bytes()
let codec = try best(of: 20) {
    let request = try JSON(parsing: body)
    _ = try JobAdmission.prepare(request["Job"] ?? .null, AdmissionDefaults())
}
report.tell(
    "register_codec_ms", codec * 1000, "ms", "read a register request of \(body.count) bytes into a validated job")

var cluster = State()
cluster.apply(
    Entry(index: 1, time: .zero, cause: "Bench", changes: BenchmarkCluster.nodes(nodeCount).map { .node($0) }))
let job = BenchmarkCluster.job(count: allocationCount)
cluster.apply(Entry(index: 2, time: .zero, cause: "Bench", changes: [.job(job)]))
var evaluation = Evaluation()
(evaluation.id, evaluation.jobID, evaluation.type) = (EvaluationID(high: 1, low: 1), job.id, .service)
var generator = SeededGenerator(seed: 1)
// Before there is a plan: the allocations of plan and state share what is behind their references.
let before = residentBytes()
var plan = Plan(evaluation: evaluation)
let place = best(of: 3) {
    var scheduler = Scheduler()
    plan = scheduler.plan(evaluation, state: cluster, now: .zero, generator: &generator)
}
precondition(plan.allocations.count == allocationCount, "placed \(plan.allocations.count) of \(allocationCount)")
report.tell(
    "placements_per_second", Double(allocationCount) / place, "a second",
    "place \(allocationCount) allocations on \(nodeCount) nodes, exact best fit")

var full = cluster
let apply = best(of: 1) { full.apply(Entry(index: 3, time: .zero, cause: "Bench", changes: plan.changes)) }
report.tell("apply_us", apply / Double(allocationCount) * 1e6, "µs an allocation", "apply the plan to the state")
report.tell(
    "memory_bytes", Double(residentBytes() - before) / Double(allocationCount), "bytes an allocation",
    "memory of allocations in plan and state together")

let entry = Entry(index: 3, time: .zero, cause: "Bench", changes: plan.changes)
var bytes = 0
let encode = try best(of: 3) { bytes = try entry.encoded().count }
report.tell(
    "journal_bytes", Double(bytes) / Double(allocationCount), "bytes an allocation", "journal entry of the plan")
report.tell("journal_encode_us", encode / Double(allocationCount) * 1e6, "µs an allocation", "encode the entry")
print(JSON.object(report.results).text)
