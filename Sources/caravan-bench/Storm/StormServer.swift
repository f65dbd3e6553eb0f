import Base
import ControlPlane
import Foundation
import HTTPAPI
import Journal
import Logging
import NodeLink
import Server
import ServiceLifecycle

/// A server in this process, wired as the agent wires it: journal in SQLite, node link, HTTP API.
///
/// It is here so that the benchmark needs no second program; `--program` measures one.
enum StormServer {
    static func run(_ arguments: [String]) async throws {
        ProcessMemory.returnWhatIsFree()
        guard arguments.count == 2, let port = Int(arguments[1]) else {
            throw BenchmarkFailure("c1m-server DIRECTORY PORT")
        }
        let directory = arguments[0] + "/data/server"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        var logger = Logger(label: "server")
        logger.logLevel = .warning
        let journal = try SQLiteJournal(path: directory + "/journal.sqlite", logger: logger)
        var configuration = ClusterServer.Configuration(seed: 1) {
            Instant(nanoseconds: Int64(clamping: WallClockReading.nanoseconds()))
        }
        configuration.controlPlane.heartbeatsPerSecondMax = StormCluster.heartbeatsPerSecondMax
        configuration.controlPlane.heartbeatGrace = .seconds(1)
        let server = try await ClusterServer(configuration: configuration, journal: journal, logger: logger)
        var context = HTTPAPIContext()
        context.server = server
        let link = LinkService(
            gateway: NodeGateway(server: server), host: "127.0.0.1", port: port + 1, security: nil, logger: logger)
        let http = HTTPServer(addresses: [.tcp(host: "127.0.0.1", port: port)], context: context, logger: logger)
        try await ServiceGroup(
            services: [server, link, http], logger: logger
        ).run()
    }
}
