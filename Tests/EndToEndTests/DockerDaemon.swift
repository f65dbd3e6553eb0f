import Foundation
import TestHost

/// A Docker daemon with data, socket and bridge of its own; nothing of it is left afterwards.
final class DockerDaemon {
    let directory: URL
    private let bridge: String
    private var process: Process?
    var socket: String { directory.appending(path: "docker.sock").path() }

    /// What is missing for a daemon; nil if it is all there.
    static let obstacle: String? = ["/usr/sbin/dockerd", "/usr/local/bin/docker", "/usr/bin/docker"].first {
        $0 != "/usr/local/bin/docker" && !FileManager.default.isExecutableFile(atPath: $0)
            && !($0 == "/usr/bin/docker" && FileManager.default.isExecutableFile(atPath: "/usr/local/bin/docker"))
    }

    /// The agent's `plugin` block for this daemon.
    var block: String { "plugin \"docker\" {\n  config { endpoint = \"unix://\(socket)\" }\n}\n" }

    init() throws {
        // One that no other run has: the bridge is made in one step.
        let free = try (0..<20).lazy.map { _ in Int.random(in: 0..<4000) }.first {
            try execute("/usr/sbin/ip", ["link", "add", "cvd\(String($0, radix: 16))", "type", "bridge"]).status == 0
        }
        guard let number = free else { throw Failure("ip link add fails") }
        bridge = "cvd\(String(number, radix: 16))"
        // Short: the path of a socket may have 107 bytes.
        directory = URL(filePath: "/tmp/caravan-dockerd-\(number)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        for arguments in [
            ["addr", "add", "10.\(216 + number / 250).\(number % 250).1/24", "dev", bridge],
            ["link", "set", bridge, "up"],
        ] { _ = try execute("/usr/sbin/ip", arguments) }
    }

    func start() async throws {
        let log = directory.appending(path: "log")
        _ = FileManager.default.createFile(atPath: log.path(), contents: nil)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/sbin/dockerd")
        process.arguments = [
            "--data-root", directory.appending(path: "data").path(), "--exec-root",
            directory.appending(path: "exec").path(), "--pidfile", directory.appending(path: "pid").path(), "-H",
            "unix://\(socket)", "--bridge", bridge, "--iptables=false", "--ip6tables=false", "--ip-forward=false",
            "--ip-masq=false",
        ]
        let output = try FileHandle(forWritingTo: log)
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        try await eventually("the Docker daemon answers") {
            guard process.isRunning else {
                throw Failure("dockerd ended: \((try? String(contentsOf: log, encoding: .utf8))?.suffix(2000) ?? "")")
            }
            return try docker("version").status == 0
        }
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "scripts/docker-images.sh").path()
        let made = try execute("/bin/bash", [script, "-H", "unix://\(socket)"])
        guard made.status == 0 else { throw Failure("docker-images.sh: \(made.out)\(made.err)") }
    }

    /// Runs a command of the docker program against this daemon.
    func docker(_ arguments: String...) throws -> Output {
        try execute("/usr/bin/env", ["docker", "-H", "unix://\(socket)"] + arguments)
    }

    /// Names of all containers, also of those that have ended.
    func containers() throws -> [String] {
        try docker("ps", "-a", "--format", "{{.Names}}").out.split(separator: "\n").map(String.init).sorted()
    }

    func clean() async {
        for name in (try? containers()) ?? [] { _ = try? docker("rm", "-f", name) }
        process?.terminate()
        process?.waitUntilExit()
        _ = try? execute("/usr/sbin/ip", ["link", "del", bridge])
        MountTable.detach(under: directory.path())
        remove(directory)
    }
}
