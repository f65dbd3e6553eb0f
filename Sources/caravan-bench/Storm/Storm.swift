import Base
import CaravanClient
import Foundation

/// `caravan-bench c1m`: a server with its journal on disk, thousands of simulated nodes in a second process, and
/// jobs through the HTTP API until everything runs; then a node fails. Figures come from the API, the file
/// system and the process table: nothing is read out of the server from inside.
struct Storm {
    let options: StormOptions
    let server: MeasuredServer
    let nodes: NodeProcess
    let client: Client

    private static let jobPrefix = "storm-"
    /// Jobs whose names begin alike. A block that runs as a whole is not asked for again, so that looking costs the
    /// server little beside its work.
    private static let blockSize = 50
    private static func prefix(ofBlock block: Int) -> String { "\(jobPrefix)\(block)-" }
    /// Jobs that are on their way at once.
    private static let submitters = 4
    static let samplePause = Duration.milliseconds(400)
    /// Between two urgent jobs.
    static let urgentPause = Duration.milliseconds(300)
    /// Urgent jobs that are shown by themselves, the slowest.
    private static let slowestShown = 5

    /// What became of one urgent job.
    private struct UrgentJob: Sendable {
        /// Seconds after the storm's begin.
        var start: Double
        /// From sending it to placed and durable.
        var milliseconds: Double
        /// From sending it to the answer that it is registered.
        var takenMilliseconds: Double
    }

    static func run(_ arguments: [String]) async throws {
        let options = try StormOptions(arguments)
        let server = try MeasuredServer(options)
        defer { server.stop() }
        let client = try Client(ClientConfiguration(address: server.address))
        try await ready(server, client)
        let nodes = try NodeProcess(options, linkPort: server.linkPort)
        let storm = Storm(options: options, server: server, nodes: nodes, client: client)
        let result: JSONObject
        do {
            result = try await storm.measure()
        } catch {
            await nodes.stop()
            await client.shutdown()
            if !server.isRunning {
                throw BenchmarkFailure("\(error)\nthe server ended:\n\(server.lastWords)")
            }
            throw error
        }
        await nodes.stop()
        await client.shutdown()
        print(JSON.object(result).text)
    }

    static func ready(_ server: MeasuredServer, _ client: Client) async throws {
        for _ in 0..<600 {
            if !server.isRunning { throw BenchmarkFailure("the server ended:\n\(server.lastWords)") }
            if (try? await client.get("/v1/status/leader")) != nil { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchmarkFailure("the server does not answer:\n\(server.lastWords)")
    }

    private func measure() async throws -> JSONObject {
        let clock = ContinuousClock()
        let start = clock.now
        _ = try await nodes.answer()
        print("\(options.nodes) nodes registered in \(tenths(seconds(clock.now - start))) s")
        let idle = server.residentMiB

        let (progress, urgentJobs) = try await storm()
        progress.chart.forEach { print($0) }
        for job in urgentJobs.sorted(by: { $0.milliseconds > $1.milliseconds }).prefix(Self.slowestShown) {
            print(
                "urgent at \(tenths(job.start)) s: \(Int(job.milliseconds)) ms, of them \(Int(job.takenMilliseconds)) "
                    + "until the job was taken")
        }
        let urgent = urgentJobs.map(\.milliseconds).sorted()

        var result = JSONObject()
        func tell(_ name: String, _ value: Double?) {
            result[name] = value.map { .double(($0 * 1000).rounded() / 1000) } ?? .null
        }
        let tenth = max(1, options.allocations / 10)
        tell("placed_s", progress.time(of: options.allocations, \.placed))
        tell("running_s", progress.time(of: options.allocations, \.running))
        let (first, last) = (
            progress.rate(from: 0, to: tenth),
            progress.rate(from: options.allocations - tenth, to: options.allocations)
        )
        tell("rate_first_100k", first)
        tell("rate_last_100k", last)
        tell("rate_last_over_first", first > 0 ? last / first : nil)
        tell("server_rss_mib", server.residentMiB)
        tell("server_rss_idle_mib", idle)
        tell("journal_mib", server.journalMiB)
        tell("server_cpu_s", server.processorSeconds)
        tell("generator_cpu_s", await nodes.processorSeconds)
        tell("client_cpu_s", MeasuredServer.processorSeconds(of: ProcessInfo.processInfo.processIdentifier))
        tell("priority_job_p50_ms", percentile(urgent, 0.5))
        tell("priority_job_p99_ms", percentile(urgent, 0.99))
        result["priority_jobs"] = .int(Int64(urgent.count))
        let words = try await nodes.ask("tell")
        print(
            "the generator: \(words.dropFirst().joined(separator: " ")) (messages, reports, acknowledged, trouble)"
        )

        let list = try await listing()
        tell("list_s", list.seconds)
        tell("list_growth_mib", list.growthMiB)
        result["listed"] = .int(Int64(list.count))
        let replaced = try await nodeLoss()
        tell("node_loss_replaced_s", replaced.seconds)
        result["node_loss_allocations"] = .int(Int64(replaced.count))
        result["nodes"] = .int(Int64(options.nodes))
        result["allocations"] = .int(Int64(options.allocations))
        return result
    }

    private func percentile(_ sorted: [Double], _ share: Double) -> Double? {
        sorted.isEmpty ? nil : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    /// What a part of the storm found.
    private enum Finding: Sendable {
        case sent
        case urgent([UrgentJob])
        case progress(StormProgress)
    }

    /// Sends all jobs and waits until everything runs; urgent ones go in between.
    private func storm() async throws -> (StormProgress, [UrgentJob]) {
        let start = ContinuousClock.now
        return try await withThrowingTaskGroup(of: Finding.self) { group in
            let (turns, handOut) = AsyncStream.makeStream(of: Int.self)
            for number in 0..<options.jobs { handOut.yield(number) }
            handOut.finish()
            for _ in 0..<Self.submitters {
                group.addTask {
                    for await number in turns {
                        let id = Self.prefix(ofBlock: number / Self.blockSize) + String(number)
                        _ = try await client.put("/v1/jobs", StormCluster.request(id: id, count: options.count))
                    }
                    return .sent
                }
            }
            group.addTask { .urgent(try await urgentJobs(since: start)) }
            group.addTask { .progress(try await watch(since: start)) }
            var (progress, urgent) = (StormProgress(total: options.allocations), [UrgentJob]())
            for try await finding in group {
                switch finding {
                case .sent: break
                case .urgent(let times): urgent = times
                case .progress(let samples):
                    progress = samples
                    group.cancelAll()
                }
            }
            return (progress, urgent)
        }
    }

    /// Takes samples until everything runs.
    private func watch(since start: ContinuousClock.Instant) async throws -> StormProgress {
        var progress = StormProgress(total: options.allocations)
        var told = 0.0
        var settled: [Int: Int] = [:]
        while true {
            try await Task.sleep(for: Self.samplePause)
            let sample = try await sample(since: start, settled: &settled)
            progress.add(sample)
            if sample.running >= options.allocations { return progress }
            if sample.time - told >= 2 {
                told = sample.time
                print(
                    "\(tenths(sample.time)) s: placed \(sample.placed), running \(sample.running), server "
                        + "\(Int(sample.serverMiB)) MiB, journal \(Int(sample.journalMiB)) MiB")
                fflush(nil)
            }
            if sample.time > Double(options.timeout) {
                throw BenchmarkFailure(
                    "gave up after \(options.timeout) s: placed \(sample.placed), running \(sample.running)")
            }
        }
    }

    /// What the API says of the storm's jobs now.
    /// - Parameter settled: blocks that run as a whole, which are taken as they are, and how many allocations they have.
    func sample(since start: ContinuousClock.Instant, settled: inout [Int: Int]) async throws -> StormSample {
        var sample = StormSample(time: 0, placed: 0, running: 0, lost: 0, serverMiB: 0, journalMiB: 0)
        for block in 0...(options.jobs - 1) / Self.blockSize {
            if let running = settled[block] {
                (sample.placed, sample.running) = (sample.placed + running, sample.running + running)
                continue
            }
            let running = try await add(Self.prefix(ofBlock: block), to: &sample)
            let jobs = min(Self.blockSize, options.jobs - block * Self.blockSize)
            if running == jobs * options.count { settled[block] = running }
        }
        sample.time = seconds(ContinuousClock.now - start)
        (sample.serverMiB, sample.journalMiB) = (server.residentMiB, server.journalMiB)
        return sample
    }

    /// How many allocations of all jobs, the urgent ones too, are placed and lost now.
    func totals() async throws -> StormSample {
        var sample = StormSample(time: 0, placed: 0, running: 0, lost: 0, serverMiB: 0, journalMiB: 0)
        try await add("", to: &sample)
        return sample
    }

    /// Adds the jobs whose names begin so to a sample.
    /// - Returns: how many of their allocations run.
    @discardableResult
    private func add(_ prefix: String, to sample: inout StormSample) async throws -> Int {
        let list = try await client.get("/v1/jobs", QueryOptions(prefix: prefix)).json()
        var added = 0
        for job in list.arrayValue ?? [] {
            let group = job["JobSummary"]?["Summary"]?["web"]
            func count(_ name: String) -> Int { Int(group?[name]?.intValue ?? 0) }
            added += count("Running")
            sample.placed += count("Running") + count("Starting")
            sample.lost += count("Lost")
        }
        sample.running += added
        return added
    }

    /// Sends a job of one instance and high priority again and again until it is cancelled.
    private func urgentJobs(since storm: ContinuousClock.Instant) async throws -> [UrgentJob] {
        let clock = ContinuousClock()
        var jobs: [UrgentJob] = []
        var number = 0
        while !Task.isCancelled {
            number += 1
            let start = clock.now
            let taken: ContinuousClock.Instant
            do {
                taken = try await Self.placed(
                    StormCluster.request(id: "urgent-\(number)", count: 1, priority: 80), client)
            } catch  where Task.isCancelled {
                break
            }
            jobs.append(
                UrgentJob(
                    start: seconds(start - storm), milliseconds: seconds(clock.now - start) * 1000,
                    takenMilliseconds: seconds(taken - start) * 1000))
            try? await Task.sleep(for: Self.urgentPause)
        }
        return jobs
    }

    /// Registers a job and waits until its evaluation is complete.
    /// - Returns: when the registration was answered.
    @discardableResult
    static func placed(_ request: JSON, _ client: Client) async throws -> ContinuousClock.Instant {
        let reply = try await client.put("/v1/jobs", request).json()
        let taken = ContinuousClock.now
        let path = "/v1/evaluation/" + (reply["EvalID"]?.stringValue ?? "")
        var index: UInt64 = 1
        while true {
            let answer = try await client.get(path, QueryOptions(index: index, wait: .seconds(60)))
            let status = try answer.json()["Status"]?.stringValue ?? ""
            if status == "complete" { return taken }
            guard status == "pending" else {
                throw BenchmarkFailure("the evaluation of a job of one instance is \(status)")
            }
            index = max(answer.index, 1)
        }
    }
}

func seconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds) * 1e-18
}
