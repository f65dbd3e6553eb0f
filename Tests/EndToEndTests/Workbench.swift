import Base
import Foundation
import TestHost
import Testing

/// A place for agents of the built binary: a temporary directory, processes started in it, all of it gone at the end.
final class Workbench {
    let directory: URL
    private var agents: [Agent] = []
    private var network: HostNetwork?
    private var docker: DockerDaemon?

    /// Whether the tests that start tasks can run here; the reason if not.
    static let obstacle: String? = getuid() == 0 ? nil : "needs root: tasks get cgroups and mounts of their own"

    init() throws {
        directory = URL(filePath: "/tmp/caravan-e2e-\(UInt32.random(in: 0...UInt32.max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    /// Runs a body with a workbench and cleans up after it, also when it failed.
    static func with(_ body: (Workbench) async throws -> Void) async throws {
        let bench = try Workbench()
        do {
            try await body(bench)
        } catch {
            bench.tellLogs()
            await bench.clean()
            throw error
        }
        await bench.clean()
    }

    static var binary: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: ".build/debug/caravan")
    }

    func write(_ name: String, _ text: String) throws -> String {
        let path = directory.appending(path: name)
        try text.write(to: path, atomically: true, encoding: .utf8)
        return path.path()
    }

    /// Starts an agent with a configuration of this text around the ports and directories it gets.
    func agent(
        _ name: String = "node1", extra: String = "", flags: [String] = [], host: HostNetwork.Host? = nil
    ) async throws -> Agent {
        let agent = try prepare(name, extra: extra, flags: flags, host: host)
        try await agent.start()
        return agent
    }

    /// The same without starting it.
    func prepare(
        _ name: String, extra: String = "", flags: [String] = [], host: HostNetwork.Host? = nil
    ) throws -> Agent {
        let agent = try Agent(name: name, bench: self, extra: extra, flags: flags, host: host)
        agents.append(agent)
        return agent
    }

    /// A Docker daemon of its own with the images of the examples; the first call starts it.
    func dockerDaemon() async throws -> DockerDaemon {
        if let docker { return docker }
        let daemon = try DockerDaemon()
        docker = daemon
        try await daemon.start()
        return daemon
    }

    /// Hosts of their own; the first call makes the network.
    func hosts() throws -> HostNetwork {
        if let network { return network }
        let made = try HostNetwork()
        network = made
        return made
    }

    private func tellLogs() {
        for agent in agents {
            print("---- the end of \(agent.name)'s log")
            print(agent.log.suffix(4000))
        }
    }

    func clean() async {
        for agent in agents.reversed() { await agent.end() }
        for agent in agents { agent.endTasks() }
        network?.clean()
        await docker?.clean()
        MountTable.detach(under: directory.path())
        // Empty by now, in each of the hierarchies.
        let groups = "/sys/fs/cgroup"
        for hierarchy in [""] + ((try? FileManager.default.contentsOfDirectory(atPath: groups)) ?? []) {
            rmdir("\(groups)/\(hierarchy)/\(directory.lastPathComponent)")
        }
        remove(directory)
    }
}

/// Removes a directory of a test; that it can't be is a failure of the test.
func remove(_ directory: URL) {
    do {
        try FileManager.default.removeItem(at: directory)
    } catch {
        Issue.record("\(directory.path()) stays behind: \(error)")
    }
}

/// One agent process that can be killed and started again over the same data.
final class Agent {
    let name: String
    let http: Int
    let rpc: Int
    let serf: Int
    let host: HostNetwork.Host?
    let dataDirectory: URL
    private let logFile: URL
    private let arguments: [String]
    private(set) var process: Process?

    /// On a host of its own an agent has the usual ports, else free ones of the loopback interface.
    init(name: String, bench: Workbench, extra: String, flags: [String], host: HostNetwork.Host? = nil) throws {
        self.name = name
        self.host = host
        (http, rpc, serf) =
            host == nil ? (Loopback.freePort(), Loopback.freePort(), Loopback.freePort()) : (4646, 4647, 4648)
        dataDirectory = bench.directory.appending(path: "\(name)-data")
        logFile = bench.directory.appending(path: "\(name).log")
        let configuration = """
            name = "\(name)"
            data_dir = "\(dataDirectory.path())"
            bind_addr = "\(host?.address ?? "127.0.0.1")"
            ports {
              http = \(http)
              rpc  = \(rpc)
              serf = \(serf)
            }
            client {
              cpu_total_compute = 8000
              memory_total_mb   = 8192
              network_interface = "\(host == nil ? "lo" : "eth0")"
              cgroup_parent     = "\(bench.directory.lastPathComponent)"
              options = { "driver.allowlist" = "raw_exec,exec,docker" }
            }
            plugin "raw_exec" {
              config { enabled = true }
            }
            \(extra)
            """
        let path = try bench.write("\(name).hcl", configuration)
        arguments = ["agent", "-config", path] + flags
    }

    /// The arguments of the process, to start it by hand.
    var startArguments: [String] { arguments }
    var address: String { "http://\(host?.address ?? "127.0.0.1"):\(http)" }
    var log: String { (try? String(contentsOf: logFile, encoding: .utf8)) ?? "" }

    /// Starts the process and waits until it answers for the cluster.
    func start() async throws {
        let process = try launch()
        try await eventually("agent \(name) answers") {
            guard process.isRunning else {
                throw Failure("agent \(name) ended with \(process.terminationStatus): \(log.suffix(2000))")
            }
            return try get("/v1/status/leader").text.contains(":")
        }
    }

    /// Starts the process.
    func launch() throws -> Process {
        if !FileManager.default.fileExists(atPath: logFile.path()) {
            _ = FileManager.default.createFile(atPath: logFile.path(), contents: nil)
        }
        let output = try FileHandle(forWritingTo: logFile)
        try output.seekToEnd()
        let process = Process()
        let words = (host?.prefix ?? []) + [Workbench.binary.path()] + arguments
        process.executableURL = URL(filePath: words[0])
        process.arguments = Array(words.dropFirst())
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = process
        return process
    }

    /// Ends what an agent that is gone left running.
    func endTasks() {
        let tasks = dataDirectory.appending(path: "client/drivers/tasks")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: tasks.path())) ?? [] {
            let shim = Workbench.binary.deletingLastPathComponent().appending(path: "caravan-shim").path()
            _ = try? execute(shim, ["clean", tasks.appending(path: name).path()])
        }
    }

    /// Waits until a node of this agent's cluster is ready.
    func untilReady(nodes: Int = 1) async throws {
        try await eventually("\(nodes) ready nodes") {
            try json("/v1/nodes").arrayValue?.filter { $0["Status"]?.stringValue == "ready" }.count == nodes
        }
    }

    /// As the kernel's out-of-memory killer would.
    func kill9() {
        guard let process, process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Stops everything the agent runs, then the agent.
    func end() async {
        guard let process, process.isRunning else { return }
        let jobs = (try? json("/v1/jobs?namespace=*").arrayValue) ?? []
        for job in jobs { _ = try? run("job", "stop", "-purge", "-detach", "-yes", job["ID"]?.stringValue ?? "") }
        _ = try? await eventually("allocations end", seconds: 15) {
            let list = try json("/v1/allocations?namespace=*").arrayValue ?? []
            return list.allSatisfy { !["pending", "running"].contains($0["ClientStatus"]?.stringValue ?? "") }
        }
        process.terminate()
        _ = try? await eventually("agent ends", seconds: 15) { !process.isRunning }
        kill9()
    }
}

struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Tries a condition until it holds. The time is a bound for a broken machine, not a measurement.
func eventually(_ what: String, seconds: Int = 120, _ condition: () throws -> Bool) async throws {
    for _ in 0..<(seconds * 5) {
        if try condition() { return }
        try await Task.sleep(nanoseconds: 200_000_000)
    }
    throw Failure("it did not happen within \(seconds) s: \(what)")
}
