import Base
import Foundation
import Logging
import Synchronization
import Testing

@testable import HTTPAPI

/// TLS and compression, as curl sees them.
@Suite(.serialized) struct EncryptedServerTests {
    private func run(_ program: String, _ arguments: [String], in directory: URL) async throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/\(program)")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let output = directory.appending(path: "out-\(UUID().uuidString)")
        #expect(FileManager.default.createFile(atPath: output.path, contents: nil))
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        let status = try await withCheckedThrowingContinuation { (done: CheckedContinuation<Int32, any Error>) in
            process.terminationHandler = { done.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                done.resume(throwing: error)
            }
        }
        return (status, String(decoding: try Data(contentsOf: output), as: UTF8.self))
    }

    /// An authority with a certificate for `agent` and one for `user`.
    private func certificates(in directory: URL) async throws {
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        let made = try await run(
            "openssl",
            ["req", "-x509"] + curve + ["-days", "2", "-subj", "/CN=ca", "-keyout", "ca-key.pem", "-out", "ca.pem"],
            in: directory)
        try #require(made.0 == 0)
        for name in ["agent", "user"] {
            try Data("subjectAltName=DNS:\(name),IP:127.0.0.1".utf8)
                .write(to: directory.appending(path: "\(name).ext"))
            let asked = try await run(
                "openssl",
                ["req"] + curve + ["-subj", "/CN=\(name)", "-keyout", "\(name)-key.pem", "-out", "\(name).csr"],
                in: directory)
            let signed = try await run(
                "openssl",
                [
                    "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial",
                    "-days", "2", "-extfile", "\(name).ext", "-out", "\(name).pem",
                ], in: directory)
            try #require(asked.0 == 0 && signed.0 == 0)
        }
    }

    /// Serves over TLS while the body runs.
    private func serve(
        verifiesClients: Bool, _ body: @escaping @Sendable (_ port: Int, _ directory: URL) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "caravan-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await certificates(in: directory)
        let tls = ServerTLS(
            authorityFile: directory.appending(path: "ca.pem").path,
            certificateFile: directory.appending(path: "agent.pem").path,
            keyFile: directory.appending(path: "agent-key.pem").path, verifiesClients: verifiesClients)
        let current = try CurrentTLS(tls)
        try await Fixture.run { api in
            let (ready, continuation) = AsyncStream.makeStream(of: Int.self)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let server = HTTPServer(
                addresses: [.tcp(host: "127.0.0.1", port: 0)], context: api.dispatcher.context, tls: current,
                logger: logger
            ) { if case .tcp(_, let port) = $0 { continuation.yield(port) } }
            try await Fixture.during(server, logger) {
                var ports = ready.makeAsyncIterator()
                try await body(try #require(await ports.next()), directory)
            }
        }
    }

    @Test func theAuthorityIsEnoughToAsk() async throws {
        try await serve(verifiesClients: false) { port, directory in
            let address = "https://127.0.0.1:\(port)/v1/regions"
            let answer = try await run("curl", ["-sm", "30", "--cacert", "ca.pem", address], in: directory)
            #expect(answer == (0, "[\"global\"]"))
            // Without the authority curl trusts nobody, and plain HTTP is no TLS.
            #expect(try await run("curl", ["-sm", "30", address], in: directory).0 != 0)
            let plain = "http://127.0.0.1:\(port)/v1/regions"
            #expect(try await run("curl", ["-sm", "30", plain], in: directory).0 != 0)
        }
    }

    @Test func clientsAreAskedForTheirCertificate() async throws {
        try await serve(verifiesClients: true) { port, directory in
            let address = "https://127.0.0.1:\(port)/v1/regions"
            #expect(try await run("curl", ["-sm", "30", "--cacert", "ca.pem", address], in: directory).0 != 0)
            let own = ["--cert", "user.pem", "--key", "user-key.pem"]
            let answer = try await run("curl", ["-sm", "30", "--cacert", "ca.pem"] + own + [address], in: directory)
            #expect(answer == (0, "[\"global\"]"))
        }
    }

    @Test func longAnswersAreCompressedForThoseWhoTakeIt() async throws {
        try await serve(verifiesClients: false) { port, directory in
            let page = ["-sm", "30", "-D", "-", "--cacert", "ca.pem", "https://127.0.0.1:\(port)/v1/metrics"]
            let plain = try await run("curl", page, in: directory).1
            let packed = try await run("curl", page + ["--compressed"], in: directory).1
            #expect(!plain.lowercased().contains("content-encoding"))
            #expect(packed.lowercased().contains("content-encoding: gzip"))
            #expect(packed.hasSuffix("}"))
            let short = ["-sm", "30", "-D", "-", "--cacert", "ca.pem", "--compressed"]
            let regions = try await run(
                "curl", short + ["https://127.0.0.1:\(port)/v1/regions"], in: directory
            ).1
            #expect(!regions.lowercased().contains("content-encoding"))
        }
    }
}
