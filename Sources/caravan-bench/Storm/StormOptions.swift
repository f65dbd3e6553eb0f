import Foundation

/// How large a storm is and where it runs; read from the command line.
struct StormOptions: Sendable {
    var nodes = 5000
    var jobs = 1000
    /// Instances of each job.
    var count = 1000
    /// Connections that the nodes share.
    var connections = 100
    /// Where the server keeps its data; empty: a new directory below the system's temporary one.
    var directory = ""
    /// The first of three ports that the server takes.
    var port = 22646
    /// The program whose agent is measured; empty: a server of the benchmark's own.
    var program = ""
    /// The whole run gives up after this many seconds.
    var timeout = 900
    /// Leaves the server's directory behind.
    var keeps = false
    /// A flood is of dispatches of one parameterized job, not of jobs of their own.
    var dispatches = false

    var allocations: Int { jobs * count }

    static let usage = """
        caravan-bench c1m [--nodes N] [--jobs N] [--count N] [--connections N] [--port P] [--dir DIR]
                          [--program PATH] [--timeout SECONDS] [--keep]
        caravan-bench flood [--jobs N] [--nodes N] [--dispatch] and the rest as above
        """

    /// - Throws: `BenchmarkFailure` for a name that is not known or a value that is no number.
    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        func number(_ name: String, _ text: String?) throws -> Int {
            guard let text, let value = Int(text), value > 0 else {
                throw BenchmarkFailure("\(name) wants a number above zero\n\(Self.usage)")
            }
            return value
        }
        while let name = rest.popFirst() {
            if name == "--keep" || name == "--dispatch" {
                if name == "--keep" { keeps = true } else { dispatches = true }
                continue
            }
            let value = rest.popFirst()
            switch name {
            case "--nodes": nodes = try number(name, value)
            case "--jobs": jobs = try number(name, value)
            case "--count": count = try number(name, value)
            case "--connections": connections = try number(name, value)
            case "--port": port = try number(name, value)
            case "--timeout": timeout = try number(name, value)
            case "--dir": directory = value ?? ""
            case "--program": program = value ?? ""
            default: throw BenchmarkFailure("unknown option \(name)\n\(Self.usage)")
            }
        }
        connections = min(connections, nodes)
        guard program.isEmpty || FileManager.default.isExecutableFile(atPath: program) else {
            throw BenchmarkFailure("\(program) is not a program; build it, or name it with --program")
        }
    }

    /// The path of a program in the directory of this one.
    static func beside(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: own).deletingLastPathComponent().appending(path: name).path()
    }
}

/// Why a benchmark could not be run to its end.
struct BenchmarkFailure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
