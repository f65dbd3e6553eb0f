import Base
import Foundation
import Logging
import Model
import NodeLink
import Synchronization

/// The current time of the machine.
enum WallClockReading {
    static func nanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}

/// The process that plays all nodes. It takes commands on its standard input, one a line, and answers on its
/// standard output; it ends with its input.
///
///     fail     the fullest node falls silent; answers `failed ID COUNT`
///     tell     answers `tally MESSAGES REPORTS ACKNOWLEDGED TROUBLE`
enum NodeGenerator {
    static func run(_ arguments: [String]) async throws {
        guard arguments.count == 3, let port = Int(arguments[0]), let count = Int(arguments[1]),
            let connections = Int(arguments[2])
        else { throw BenchmarkFailure("c1m-nodes PORT NODES CONNECTIONS") }
        var logger = Logger(label: "nodes")
        logger.logLevel = .critical
        let log = logger
        let tally = NodeTally()
        let jobs = LinkJobCache()
        let links = try (0..<connections).map { _ in
            try RemoteLink(servers: [("127.0.0.1", port)], security: nil, logger: log, jobs: jobs)
        }
        let nodes = (0..<count).map {
            SimulatedNode(StormCluster.node($0), link: links[$0 % connections], tally: tally)
        }
        await withTaskGroup { group in
            for link in links { group.addTask { try? await link.run() } }
            for node in nodes { group.addTask { await node.run() } }
            group.addTask { await announce(tally, count) }
            group.addTask {
                await obey(nodes, tally)
                // Whoever started this process is done with it, or gone.
                exit(0)
            }
            await group.waitForAll()
        }
    }

    private static func announce(_ tally: NodeTally, _ count: Int) async {
        while tally.registered.load(ordering: .relaxed) < count, !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(50))
        }
        say("registered \(count)")
    }

    private static func obey(_ nodes: [SimulatedNode], _ tally: NodeTally) async {
        for await line in Lines.of(.standardInput) {
            switch line {
            case "fail":
                guard let node = nodes.max(by: { $0.held < $1.held }) else { break }
                let held = node.held
                node.fail()
                say("failed \(node.node.id.text) \(held)")
            case "tell":
                say("tally \(tally.text)")
            default: say("unknown command \(line)")
            }
        }
    }

    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
