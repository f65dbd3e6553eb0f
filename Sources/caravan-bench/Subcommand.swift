import Foundation

/// The benchmarks that are not about Core alone.
enum Subcommand {
    /// Runs one to its end, and the program with it.
    static func run(_ name: String, _ arguments: [String]) async -> Never {
        signal(SIGPIPE, SIG_IGN)
        do {
            switch name {
            case "c1m": try await Storm.run(arguments)
            case "flood": try await Flood.run(arguments)
            case "curves": try Curves.run(arguments)
            case "c1m-server": try await StormServer.run(arguments)
            case "c1m-nodes": try await NodeGenerator.run(arguments)
            default:
                throw BenchmarkFailure("no benchmark is called \(name): c1m, flood, curves, or none for the pure parts")
            }
            exit(0)
        } catch {
            FileHandle.standardError.write(Data("caravan-bench: \(error)\n".utf8))
            exit(1)
        }
    }
}
