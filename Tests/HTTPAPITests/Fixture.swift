import AgentCore
import Base
import ControlPlane
import Foundation
import Journal
import Logging
import Model
import Server
import ServiceLifecycle
import State
import Testing

@testable import HTTPAPI

/// A real server over a journal in a directory of its own, asked through the dispatcher, without sockets.
struct Fixture: Sendable {
    let server: ClusterServer
    let dispatcher: Dispatcher

    /// Runs a body against a server and takes everything away afterwards.
    static func run(
        _ configure: @Sendable (inout HTTPAPIContext) -> Void = { _ in },
        settings: @Sendable (inout ControlPlaneConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (Fixture) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "caravan-api-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let journal = try SQLiteJournal(path: directory.appending(path: "journal.sqlite").path, logger: logger)
        var configuration = Self.configuration()
        settings(&configuration.controlPlane)
        let server = try await ClusterServer(configuration: configuration, journal: journal, logger: logger)
        var context = HTTPAPIContext()
        context.server = server
        context.agent.name = "node1"
        context.agent.advertisedAddress = "127.0.0.1:4647"
        context.members = {
            [
                ClusterMember(
                    name: "node1.global", address: "127.0.0.1", port: 4648,
                    tags: ["rpc_addr": "127.0.0.1", "port": "4647", "dc": "dc1"], isLeader: true)
            ]
        }
        configure(&context)
        let fixture = Fixture(server: server, dispatcher: Dispatcher(context))
        try await during(server, logger) { try await body(fixture) }
    }

    static func configuration() -> ClusterServer.Configuration {
        var configuration = ClusterServer.Configuration(seed: 7) {
            Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9))
        }
        // Its nodes never beat, and shall not be missed however slow the machine is.
        configuration.controlPlane.heartbeatGrace = .seconds(3600)
        return configuration
    }

    /// Runs a service while a body runs, and shuts it down afterwards.
    static func during(
        _ service: any Service, _ logger: Logger, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let services = ServiceGroup(configuration: .init(services: [service], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body())
            } catch {
                result = .failure(error)
            }
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            try result.get()
        }
    }

    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSON { (try? JSON(parsing: body)) ?? .null }
    }

    func send(_ method: String, _ target: String, _ body: JSON? = nil) async throws -> Answer {
        try await send(method, target, bytes: body.map { $0.bytes() } ?? [])
    }

    /// The same with a token.
    func send(_ method: String, _ target: String, _ body: JSON? = nil, token: String) async throws -> Answer {
        try await send(method, target, bytes: body.map { $0.bytes() } ?? [], headers: ["x-nomad-token": token])
    }

    func send(
        _ method: String, _ target: String, bytes: [UInt8], headers: [String: String] = [:]
    ) async throws -> Answer {
        let output = CollectingOutput()
        let request = APIRequest(method: method, target: target, headers: headers, body: bytes)
        try await dispatcher.deliver(await dispatcher.respond(to: request), to: output)
        return await output.answer
    }

    func get(_ target: String) async throws -> Answer { try await send("GET", target) }

    /// Registers a node that is ready.
    func addNode(_ number: UInt64 = 1, _ configure: (inout Node) -> Void = { _ in }) async throws -> NodeID {
        var node = Node()
        node.id = NodeID(high: 0x1111_1111_2222_3333, low: 0x4444_5555_5555_0000 + number)
        node.secretID = "s3cret"
        node.name = "node\(number)"
        node.nodeClass = "edge"
        node.status = .ready
        node.attributes = [
            "kernel.name": "linux", "driver.raw_exec": "1", "nomad.version": "1.1.2", "os.name": "debian",
        ]
        node.httpAddr = "127.0.0.1:4646"
        node.nodeResources.cpu.cpuShares = 4000
        node.nodeResources.memory.memoryMB = 4096
        node.nodeResources.disk.diskMB = 10000
        node.drivers["raw_exec"] = {
            var driver = DriverInfo()
            (driver.detected, driver.healthy) = (true, true)
            return driver
        }()
        configure(&node)
        _ = try await server.submit(.registerNode(node))
        return node.id
    }

    /// A job as clients send it.
    static func job(
        _ id: String, count: Int64 = 1, extra: [(String, JSON)] = [], groupExtra: [(String, JSON)] = []
    ) -> JSON {
        var group: JSON = [
            "Name": "web", "Count": .int(count),
            "Tasks": [
                [
                    "Name": "server", "Driver": "raw_exec", "Config": ["command": "/bin/sleep", "args": ["9"]],
                    "Resources": ["CPU": 40, "MemoryMB": 24],
                ]
            ],
        ]
        for (name, value) in groupExtra { group[name] = value }
        var job: JSON = [
            "ID": .string(id), "Name": .string(id), "Type": "service", "Datacenters": ["dc1"], "TaskGroups": [group],
        ]
        for (name, value) in extra { job[name] = value }
        return job
    }

    /// Asks until an answer is as wanted, or for a minute.
    func eventually(_ target: String, _ wanted: (Answer) -> Bool) async throws -> Answer {
        var answer = try await get(target)
        for _ in 0..<3000 where !wanted(answer) {
            try await Task.sleep(nanoseconds: 20_000_000)
            answer = try await get(target)
        }
        return answer
    }
}

/// Keeps an answer.
actor CollectingOutput: ResponseOutput {
    private(set) var answer = Fixture.Answer(status: 0, headers: [:], body: [])
    private(set) var hasEnded = false

    func begin(status: Int, headers: [(name: String, value: String)]) {
        answer.status = status
        for (name, value) in headers { answer.headers[name] = value }
    }
    func write(_ bytes: [UInt8]) { answer.body += bytes }
    func end() { hasEnded = true }
}
