import Base
import CaravanClient
import Foundation
import Synchronization

/// `caravan-bench flood`: registrations of jobs that fit nowhere (or dispatches of one that fits nowhere), as fast as
/// the server answers, and in between service jobs that do fit. What is watched: the server's memory, the answers, and how long a service job takes.
struct Flood {
    private let options: StormOptions
    private let server: MeasuredServer
    private let client: Client
    private let answers = FloodAnswers()

    /// Requests that are on their way at once.
    private static let senders = 32
    /// Memory that no node of the storm has, and that a task may ask for.
    private static let impossibleMemoryMB = 1 << 29

    static func run(_ arguments: [String]) async throws {
        var arguments = arguments
        // A flood is of many jobs; the storm's own numbers stay what the command line says.
        if !arguments.contains("--jobs") { arguments += ["--jobs", "100000"] }
        if !arguments.contains("--nodes") { arguments += ["--nodes", "100"] }
        let options = try StormOptions(arguments)
        let server = try MeasuredServer(options)
        defer { server.stop() }
        let client = try Client(ClientConfiguration(address: server.address))
        try await Storm.ready(server, client)
        let nodes = try NodeProcess(options, linkPort: server.linkPort)
        let flood = Flood(options: options, server: server, client: client)
        let result: Result<JSON, any Error>
        do {
            _ = try await nodes.answer()
            result = .success(try await flood.measure())
        } catch {
            result = .failure(error)
        }
        await nodes.stop()
        await client.shutdown()
        print(try result.get().text)
    }

    private enum Finding: Sendable {
        case sent
        case placed([Double])
    }

    private static let parameterized = "flood"

    private func measure() async throws -> JSON {
        if options.dispatches {
            let job = StormCluster.request(
                id: Self.parameterized, count: 1, memoryMB: Self.impossibleMemoryMB, isParameterized: true)
            _ = try await client.put("/v1/jobs", job)
        }
        let idle = server.residentMiB
        let start = ContinuousClock.now
        var times: [Double] = []
        try await withThrowingTaskGroup(of: Finding.self) { group in
            for _ in 0..<Self.senders {
                group.addTask {
                    try await flood()
                    return .sent
                }
            }
            group.addTask { .placed(try await services()) }
            var left = Self.senders
            for try await finding in group {
                switch finding {
                case .sent:
                    left -= 1
                    if left == 0 { group.cancelAll() }
                case .placed(let found): times = found.sorted()
                }
            }
        }
        let span = seconds(ContinuousClock.now - start)
        func at(_ share: Double) -> JSON {
            times.isEmpty ? .null : .double(times[min(times.count - 1, Int(Double(times.count) * share))].rounded())
        }
        return [
            "requests": .int(Int64(options.jobs)), "seconds": .double((span * 10).rounded() / 10),
            "taken": .int(Int64(answers.taken.load(ordering: .relaxed))),
            "refused_429": .int(Int64(answers.refused.load(ordering: .relaxed))),
            "service_jobs": .int(Int64(times.count)), "service_job_p50_ms": at(0.5), "service_job_p99_ms": at(0.99),
            "server_cpu_s": .double(server.processorSeconds.rounded()),
            "server_rss_idle_mib": .double(idle.rounded()), "server_rss_mib": .double(server.residentMiB.rounded()),
        ]
    }

    /// Sends infeasible jobs until all have been sent.
    private func flood() async throws {
        while true {
            let number = answers.next.add(1, ordering: .relaxed).newValue
            if number > options.jobs { return }
            do {
                if options.dispatches {
                    _ = try await client.put("/v1/job/\(Self.parameterized)/dispatch", ["Payload": .null])
                } else {
                    let id = "flood-\(number)"
                    _ = try await client.put(
                        "/v1/jobs", StormCluster.request(id: id, count: 1, memoryMB: Self.impossibleMemoryMB))
                }
                answers.taken.add(1, ordering: .relaxed)
            } catch let error as ClientError where error.status == 429 {
                answers.refused.add(1, ordering: .relaxed)
            }
            if number % 10_000 == 0 {
                print(
                    "\(number) sent: \(answers.refused.load(ordering: .relaxed)) refused with 429, server "
                        + "\(Int(server.residentMiB)) MiB")
                fflush(nil)
            }
        }
    }

    /// Sends service jobs that fit, one after another, until it is cancelled.
    /// - Returns: milliseconds from sending to placed and durable, refusals and further tries included.
    private func services() async throws -> [Double] {
        var times: [Double] = []
        var start = ContinuousClock.now
        while !Task.isCancelled {
            let job = StormCluster.request(id: "service-\(times.count)", count: 1)
            do {
                try await Storm.placed(job, client)
            } catch let error as ClientError where error.status == 429 {
                try? await Task.sleep(for: .milliseconds(100))
                continue
            } catch  where Task.isCancelled {
                break
            }
            times.append(seconds(ContinuousClock.now - start) * 1000)
            try? await Task.sleep(for: Storm.urgentPause)
            start = ContinuousClock.now
        }
        return times
    }
}

/// What became of the requests of a flood.
private final class FloodAnswers: Sendable {
    let next = Atomic<Int>(0)
    let taken = Atomic<Int>(0)
    let refused = Atomic<Int>(0)
}
