import Base
import CaravanClient
import Foundation

extension Storm {
    /// Allocations in the list that is asked for.
    private static let listed = 100_000
    /// How long a silent node may take to be missed, at most.
    private static let missedWithin = 300.0

    /// Lists allocations in one answer.
    func listing() async throws -> (seconds: Double, growthMiB: Double, count: Int) {
        let count = min(Self.listed, options.allocations)
        let idle = server.residentMiB
        let (server, client) = (server, client)
        return try await withThrowingTaskGroup(of: Double.self) { group in
            group.addTask {
                var highest = 0.0
                while !Task.isCancelled {
                    highest = max(highest, server.residentMiB)
                    try? await Task.sleep(for: .milliseconds(5))
                }
                return highest
            }
            let clock = ContinuousClock()
            let start = clock.now
            var options = QueryOptions()
            options.perPage = count
            var (bytes, last) = (0, UInt8(0))
            for try await piece in try await client.stream("/v1/allocations", options) {
                bytes += piece.count
                last = piece.last ?? last
            }
            let time = seconds(clock.now - start)
            group.cancelAll()
            let highest = try await group.next() ?? idle
            guard last == UInt8(ascii: "]") else { throw BenchmarkFailure("the list of allocations is cut") }
            print("\(count) allocations listed in \(tenths(time * 1000)) ms, \(bytes >> 20) MiB")
            return (time, highest - idle, count)
        }
    }

    /// Lets the fullest node fall silent.
    /// - Returns: seconds from the moment at which the servers missed it until everything that it ran is replaced and durable.
    func nodeLoss() async throws -> (seconds: Double, count: Int) {
        let clock = ContinuousClock()
        let before = try await totals()
        let words = try await nodes.ask("fail")
        guard words.count == 3, words[0] == "failed", let count = Int(words[2]) else {
            throw BenchmarkFailure("the generator answered \(words)")
        }
        let silent = clock.now
        var index: UInt64 = 1
        while true {
            let answer = try await client.get("/v1/node/\(words[1])", QueryOptions(index: index, wait: .seconds(30)))
            if try answer.json()["Status"]?.stringValue == "down" { break }
            index = answer.index
            if seconds(clock.now - silent) > Self.missedWithin {
                throw BenchmarkFailure("the failed node was not missed within \(Self.missedWithin) s")
            }
        }
        let missed = clock.now
        print("the node with \(count) allocations was missed after \(tenths(seconds(missed - silent))) s")
        while true {
            let now = try await totals()
            let (time, lost) = (seconds(clock.now - missed), now.lost - before.lost)
            if lost >= count - 1, now.placed >= before.placed { return (time, lost) }
            if time > 60 {
                throw BenchmarkFailure("60 s after the node failed \(lost) of \(count) are lost, not replaced")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
