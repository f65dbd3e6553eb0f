import Base
import Foundation

/// What a program printed and how it ended.
struct Output {
    let status: Int32
    let out: String
    let err: String
}

/// Runs a program to its end.
func execute(_ program: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil) throws
    -> Output
{
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.filter {
        !$0.key.hasPrefix("NOMAD_") && !$0.key.hasPrefix("CARAVAN_")
    }
    .merging(environment) { $1 }
    let directory = FileManager.default.temporaryDirectory.appending(path: "out-\(UInt64.random(in: 0...UInt64.max))")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    func file(_ name: String, _ text: String = "") throws -> FileHandle {
        let path = directory.appending(path: name)
        try text.write(to: path, atomically: true, encoding: .utf8)
        return try FileHandle(forUpdating: path)
    }
    // Files instead of pipes: a background process that inherits one can't keep us waiting.
    process.standardOutput = try file("out")
    process.standardError = try file("err")
    process.standardInput = try input.map { try file("in", $0) } ?? FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Output(
        status: process.terminationStatus,
        out: try String(contentsOf: directory.appending(path: "out"), encoding: .utf8),
        err: try String(contentsOf: directory.appending(path: "err"), encoding: .utf8))
}

extension Agent {
    /// Runs a command of the built binary against this agent.
    func run(_ arguments: String..., input: String? = nil) throws -> Output {
        // A bound for a command that hangs: it then fails with status 124 instead of holding up all tests.
        try execute(
            "/usr/bin/timeout", ["120", Workbench.binary.path()] + arguments,
            environment: ["NOMAD_ADDR": address, "NOMAD_CLI_NO_COLOR": "1", "TZ": "UTC"], input: input)
    }

    /// A request; the status and the body.
    func call(_ method: String, _ path: String, body: String? = nil) throws -> (status: Int, text: String) {
        var arguments = ["-s", "-S", "-g", "-X", method, "--max-time", "60", "-w", "\n%{http_code}", address + path]
        if body != nil { arguments += ["--data-binary", "@-", "-H", "Content-Type: application/json"] }
        let output = try execute("/usr/bin/curl", arguments, input: body)
        guard let cut = output.out.lastIndex(of: "\n") else { return (0, output.err) }
        return (Int(output.out[output.out.index(after: cut)...]) ?? 0, String(output.out[..<cut]))
    }

    func get(_ path: String) throws -> (status: Int, text: String) { try call("GET", path) }

    func json(_ path: String) throws -> JSON {
        let answer = try get(path)
        guard answer.status == 200 else { throw Failure("GET \(path): \(answer.status) \(answer.text)") }
        return try JSON(parsing: answer.text)
    }

    /// The allocations of a job, oldest first.
    func allocations(_ job: String) throws -> [JSON] {
        (try json("/v1/job/\(job)/allocations").arrayValue ?? [])
            .sorted { ($0["CreateIndex"]?.intValue ?? 0) < ($1["CreateIndex"]?.intValue ?? 0) }
    }

    /// Waits until so many allocations of a job have a client status.
    func until(_ job: String, _ status: String, count: Int = 1) async throws {
        try await eventually("\(count) \(status) allocations of \(job)") {
            try allocations(job).filter { $0["ClientStatus"]?.stringValue == status }.count == count
        }
    }

    func logs(_ allocation: String, task: String, stream: String = "stdout") throws -> String {
        try get("/v1/client/fs/logs/\(allocation)?task=\(task)&type=\(stream)&plain=true").text
    }
}

extension JSON {
    /// A text at a path of member names, or "".
    func text(_ path: String...) -> String {
        var value = self
        for name in path { value = value[name] ?? .null }
        return value.stringValue ?? value.intValue.map(String.init) ?? ""
    }
}
