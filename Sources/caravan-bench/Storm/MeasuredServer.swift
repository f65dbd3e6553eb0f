import Foundation

/// A server in a process of its own, and what it costs.
final class MeasuredServer: Sendable {
    let directory: String
    let address: String
    let linkPort: Int
    private let process: Process
    private let keeps: Bool

    /// Starts the server. It may take a moment until it answers.
    init(_ options: StormOptions) throws {
        directory =
            options.directory.isEmpty
            ? NSTemporaryDirectory() + "caravan-bench-\(ProcessInfo.processInfo.processIdentifier)" : options.directory
        keeps = options.keeps
        (address, linkPort) = ("http://127.0.0.1:\(options.port)", options.port + 1)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let configuration = """
            data_dir  = "\(directory)/data"
            bind_addr = "127.0.0.1"
            log_level = "WARN"
            ports {
              http = \(options.port)
              rpc  = \(options.port + 1)
              serf = \(options.port + 2)
            }
            server {
              enabled                  = true
              max_heartbeats_per_second = \(StormCluster.heartbeatsPerSecondMax)
              heartbeat_grace           = "1s"
            }
            """
        let file = directory + "/agent.hcl"
        try configuration.write(toFile: file, atomically: true, encoding: .utf8)
        let log = directory + "/server.log"
        guard FileManager.default.createFile(atPath: log, contents: nil), let output = FileHandle(forWritingAtPath: log)
        else { throw BenchmarkFailure("can't write \(log)") }
        process = Process()
        let isOwn = options.program.isEmpty
        process.executableURL = URL(filePath: isOwn ? StormOptions.beside("caravan-bench") : options.program)
        process.arguments = isOwn ? ["c1m-server", directory, String(options.port)] : ["agent", "-config", file]
        (process.standardOutput, process.standardError) = (output, output)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    var isRunning: Bool { process.isRunning }

    /// What the server wrote last, for the case that it has ended.
    var lastWords: String {
        let text = (try? String(contentsOfFile: directory + "/server.log", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(8).joined(separator: "\n")
    }

    /// Resident memory in MiB.
    var residentMiB: Double {
        let path = "/proc/\(process.processIdentifier)/statm"
        let pages = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: " ").dropFirst().first
        return Double(pages.flatMap { Int($0) } ?? 0) * 4096 / 1_048_576
    }

    /// Processor time used so far, in seconds.
    var processorSeconds: Double { Self.processorSeconds(of: process.processIdentifier) }

    /// Processor time that a process has used so far, in seconds.
    static func processorSeconds(of process: Int32) -> Double {
        let path = "/proc/\(process)/stat"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8), let end = text.lastIndex(of: ")") else {
            return 0
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        // Fields 14 and 15 of proc(5), in ticks of which there are a hundred a second.
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / 100
    }

    /// What the journal takes on disk, in MiB: every file of the server's directory.
    var journalMiB: Double {
        let folder = directory + "/data/server"
        let files = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
        let bytes = files.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
            return sum
                + ((attributes?[.type] as? FileAttributeType) == .typeRegular ? attributes?[.size] as? Int ?? 0 : 0)
        }
        return Double(bytes) / 1_048_576
    }

    /// Ends the server and takes its directory away.
    func stop() {
        process.end()
        if !keeps { try? FileManager.default.removeItem(atPath: directory) }
    }
}
