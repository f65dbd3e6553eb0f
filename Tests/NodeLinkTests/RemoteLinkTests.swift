import AgentCore
import Base
import ControlPlane
import Foundation
import Glibc
import Journal
import Logging
import Model
import NodeLink
import Server
import ServiceLifecycle
import State
import Synchronization
import TestHost
import Testing

/// Certificates of one authority, made with openssl.
private struct Authority {
    let directory: URL

    init(in directory: URL) throws {
        self.directory = directory
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=test-ca", "-keyout", "ca-key.pem", "-out", "ca.pem")
    }

    func security(for name: String, serverName: String? = nil) throws -> LinkSecurity {
        try "subjectAltName=DNS:\(name),IP:127.0.0.1".write(
            to: directory.appending(path: "\(name).ext"), atomically: true, encoding: .utf8)
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            "\(name)-key.pem", "-out", "\(name).csr")
        try openssl(
            "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days",
            "2", "-extfile", "\(name).ext", "-out", "\(name).pem")
        func path(_ file: String) -> String { directory.appending(path: file).path() }
        return LinkSecurity(
            caFile: path("ca.pem"), certificateFile: path("\(name).pem"), keyFile: path("\(name)-key.pem"),
            serverName: serverName)
    }

    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments.joined(separator: " "))")
    }
}

/// The first thing that a node was told.
private final class First: Sendable {
    let desired = Mutex<DesiredAllocations?>(nil)
}

@Suite(.serialized) struct RemoteLinkTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A server with its link service over a temporary journal.
    private static func with(
        security: LinkSecurity?, _ body: @Sendable (ClusterServer, _ port: Int, _ directory: URL) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "link-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let journal = try SQLiteJournal(path: directory.appending(path: "journal.sqlite").path(), logger: quiet)
        let server = try await ClusterServer(
            configuration: .init(seed: 1) { Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) },
            journal: journal,
            logger: quiet)
        let port = Loopback.freePort()
        let service = LinkService(
            gateway: NodeGateway(server: server), host: "127.0.0.1", port: port, security: security, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.run() }
            group.addTask {
                do {
                    try await service.run()
                } catch let error as LinkServiceError where !Task.isCancelled {
                    Issue.record(error)
                } catch {}  // the end of the test
            }
            try await listening(port)
            try await body(server, port, directory)
            group.cancelAll()
        }
    }

    /// Returns when somebody listens on the port: a call of the link doesn't wait for a server that isn't there.
    private static func listening(_ port: Int) async throws {
        for _ in 0..<1200 {
            if Loopback.answers(port) { return }
            try await Task.sleep(nanoseconds: 50_000_000)
        }
        Issue.record("nobody listens on port \(port)")
    }

    private static func node() -> Node {
        var node = Node()
        (node.id, node.secretID, node.name) = (NodeID(high: 0xD, low: 1), "secret", "n1")
        node.attributes["kernel.name"] = "linux"
        return node
    }

    /// On a busy machine the first call may take longer than calls may.
    private static func register(_ link: RemoteLink) async throws -> HeartbeatGrant {
        for _ in 0..<5 { if let grant = try? await link.register(node()) { return grant } }
        return try await link.register(node())
    }

    private func link(_ port: Int, _ security: LinkSecurity?, _ body: @Sendable (RemoteLink) async throws -> Void)
        async throws
    {
        let link = try RemoteLink(servers: [("127.0.0.1", port)], security: security, logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await link.run() }
            try await body(link)
            group.cancelAll()
        }
    }

    @Test func aNodeRegistersBeatsAndIsTold() async throws {
        try await Self.with(security: nil) { server, port, _ in
            try await link(port, nil) { link in
                let node = Self.node()
                #expect(try await Self.register(link).ttl > .zero)
                #expect(try await link.heartbeat(node.id, secretID: "secret").ttl > .zero)
                #expect(server.committed.node(node.id)?.attributes == node.attributes)
                #expect(try await link.status(of: AllocationID(high: 1, low: 1)) == nil)
                let first = First()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try? await link.watch(node.id, secretID: "secret") { desired in
                            first.desired.withLock { $0 = $0 ?? desired }
                        }
                    }
                    for _ in 0..<1200 where first.desired.withLock({ $0 == nil }) {
                        try await Task.sleep(nanoseconds: 50_000_000)
                    }
                    group.cancelAll()
                }
                #expect(first.desired.withLock { $0?.isComplete } == true)
            }
        }
    }

    @Test func strangersAreRefused() async throws {
        try await Self.with(security: nil) { _, port, _ in
            try await link(port, nil) { link in
                let unknown = await #expect(throws: ServerLinkError.self) {
                    try await link.heartbeat(NodeID(high: 9, low: 9), secretID: "x")
                }
                #expect(unknown?.code == .unknownNode)
                _ = try await Self.register(link)
                let impostor = await #expect(throws: ServerLinkError.self) {
                    try await link.heartbeat(Self.node().id, secretID: "guess")
                }
                #expect(impostor?.code == .refused)
            }
        }
    }

    /// An update of an allocation that nobody knows any more: there is nothing to write, and it is acknowledged.
    private static func forgotten(_ low: UInt64) -> AllocationUpdate {
        var update = AllocationUpdate()
        (update.id, update.clientStatus) = (AllocationID(high: 7, low: low), .running)
        return update
    }

    /// Calls of many nodes share the conversation: each gets its own answer, whatever becomes of the others.
    @Test func manyCallsAtOnceGetTheirOwnAnswers() async throws {
        try await Self.with(security: nil) { _, port, _ in
            try await link(port, nil) { link in
                _ = try await Self.register(link)
                let node = Self.node().id
                let answers = await withTaskGroup(of: (Int, ServerLinkError?).self) { group in
                    for number in 0..<300 {
                        group.addTask {
                            do throws(ServerLinkError) {
                                switch number % 3 {
                                case 0: _ = try await link.heartbeat(node, secretID: "secret")
                                case 1:
                                    let updates = (0..<50).map { Self.forgotten(UInt64($0)) }
                                    try await link.report(updates, from: node, secretID: "secret")
                                default: _ = try await link.heartbeat(node, secretID: "guess")
                                }
                                return (number, nil)
                            } catch {
                                return (number, error)
                            }
                        }
                    }
                    return await group.reduce(into: [Int: ServerLinkError?]()) { $0[$1.0] = $1.1 }
                }
                #expect(answers.count == 300)
                for (number, error) in answers {
                    #expect(
                        error?.code == (number % 3 == 2 ? .refused : nil), "call \(number): \(error?.message ?? "")")
                }
            }
        }
    }

    @Test func aCancelledCallEndsAndLeavesTheOthersAlone() async throws {
        try await Self.with(security: nil) { _, port, _ in
            try await link(port, nil) { link in
                _ = try await Self.register(link)
                let call = Task { () -> ServerLinkError? in
                    do throws(ServerLinkError) {
                        while true { _ = try await link.heartbeat(Self.node().id, secretID: "secret") }
                    } catch {
                        return error
                    }
                }
                call.cancel()
                #expect(await call.value?.code == .cancelled)
                #expect(try await link.heartbeat(Self.node().id, secretID: "secret").ttl > .zero)
            }
        }
    }

    /// A server goes and another one with the same journal comes: calls fail meanwhile, and what is said again is heard.
    @Test func theConversationGoesOnWithAServerThatIsBack() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "link-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let port = Loopback.freePort()
        try await link(port, nil) { link in
            for _ in 0..<2 {
                try await Self.serving(directory, port) { server in
                    try await Self.listening(port)
                    try await Self.untilHeard { _ = try await link.register(Self.node()) }
                    try await Self.untilHeard {
                        try await link.report([Self.forgotten(1)], from: Self.node().id, secretID: "secret")
                    }
                    #expect(server.committed.nodeCount == 1)
                }
                let error = await #expect(throws: ServerLinkError.self) {
                    try await link.report([Self.forgotten(2)], from: Self.node().id, secretID: "secret")
                }
                #expect(error?.code == .unreachable)
            }
        }
    }

    /// Says it until it is heard, as nodes do: the first tries meet a connection that was lost or is not there yet.
    private static func untilHeard(_ say: () async throws -> Void) async throws {
        for _ in 0..<300 {
            do {
                return try await say()
            } catch let error as ServerLinkError where error.code == .unreachable {
                try await Task.sleep(nanoseconds: 200_000_000)
            }
        }
        try await say()
    }

    /// A server and its link service, which are gone when the function returns.
    private static func serving(
        _ directory: URL, _ port: Int, _ body: @Sendable (ClusterServer) async throws -> Void
    ) async throws {
        let server = try await ClusterServer(
            configuration: .init(seed: 1) { Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) },
            journal: try SQLiteJournal(path: directory.appending(path: "journal.sqlite").path(), logger: quiet),
            logger: quiet)
        let service = LinkService(
            gateway: NodeGateway(server: server), host: "127.0.0.1", port: port, security: nil, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.run() }
            group.addTask { try? await service.run() }
            try await body(server)
            group.cancelAll()
        }
    }

    @Test func bothSidesProveThemselvesWithCertificates() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "pki-\(UInt64.random(in: 0...UInt64.max))")
        defer { try? FileManager.default.removeItem(at: directory) }
        let ours = try Authority(in: directory.appending(path: "ours"))
        let others = try Authority(in: directory.appending(path: "others"))
        let serving = try ours.security(for: "server.global.nomad")
        let good = try ours.security(for: "client.global.nomad", serverName: "server.global.nomad")
        let foreign = try others.security(for: "client.global.nomad", serverName: "server.global.nomad")
        try await Self.with(security: serving) { server, port, _ in
            try await link(port, good) { link in
                let grant = try await Self.register(link)
                #expect(grant.ttl > .zero)
            }
            try await link(port, foreign) { link in
                let error = await #expect(throws: ServerLinkError.self) {
                    try await link.heartbeat(Self.node().id, secretID: "secret")
                }
                #expect(error?.code == .unreachable)
            }
            #expect(server.committed.nodeCount == 1)
        }
    }

    /// A node watches for as long as there are servers: the shutdown has to end the watch, not wait for it.
    @Test func aServerStopsWhileItsNodesWatch() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "link-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let server = try await ClusterServer(
            configuration: .init(seed: 1) { Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) },
            journal: try SQLiteJournal(path: directory.appending(path: "journal.sqlite").path(), logger: Self.quiet),
            logger: Self.quiet)
        let port = Loopback.freePort()
        let service = LinkService(
            gateway: NodeGateway(server: server), host: "127.0.0.1", port: port, security: nil, logger: Self.quiet)
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: server), .init(service: service)], logger: Self.quiet))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            try await Self.listening(port)
            try await link(port, nil) { link in
                let node = Self.node()
                _ = try await Self.register(link)
                try? await link.watch(node.id, secretID: "secret") { _ in await services.triggerGracefulShutdown() }
            }
            // Without an end of the watch this waits for ever.
            try await group.waitForAll()
        }
        #expect(server.committed.nodeCount == 1)
    }
}
