import Foundation

/// The generator of nodes as a child process; see `NodeGenerator`. Asked by one task at a time.
actor NodeProcess {
    private let process: Process
    private let input: FileHandle
    private let answers: AsyncStream<String>

    init(_ options: StormOptions, linkPort: Int) throws {
        process = Process()
        process.executableURL = URL(filePath: StormOptions.beside("caravan-bench"))
        process.arguments = ["c1m-nodes", String(linkPort), String(options.nodes), String(options.connections)]
        let (toChild, fromChild) = (Pipe(), Pipe())
        (process.standardInput, process.standardOutput) = (toChild, fromChild)
        input = toChild.fileHandleForWriting
        answers = Lines.of(fromChild.fileHandleForReading)
        try process.run()
    }

    /// Processor time used so far, in seconds.
    var processorSeconds: Double { MeasuredServer.processorSeconds(of: process.processIdentifier) }

    /// Sends a command and returns the words of the answer.
    func ask(_ command: String) async throws -> [Substring] {
        try input.write(contentsOf: Data((command + "\n").utf8))
        return try await answer()
    }

    /// The next line that the generator says.
    func answer() async throws -> [Substring] {
        for await line in answers { return line.split(separator: " ") }
        throw BenchmarkFailure("the generator of nodes ended too soon")
    }

    func stop() {
        try? input.close()
        process.end()
    }
}
