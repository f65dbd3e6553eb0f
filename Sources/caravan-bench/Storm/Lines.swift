import Foundation

/// The lines of a pipe as they come.
enum Lines {
    /// Lines that may wait to be read.
    private static let waitingMax = 10_000

    static func of(_ handle: FileHandle) -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: String.self, bufferingPolicy: .bufferingOldest(waitingMax))
        // Reading blocks: it has a thread of its own, which ends with the pipe.
        Thread.detachNewThread {
            var rest = Data()
            while true {
                let data = handle.availableData
                if data.isEmpty { break }
                rest += data
                while let end = rest.firstIndex(of: 0x0A) {
                    continuation.yield(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                    rest = Data(rest[rest.index(after: end)...])
                }
            }
            continuation.finish()
        }
        return stream
    }
}

extension Process {
    /// Ends a child and waits for it a moment; then it is killed.
    func end() {
        terminate()
        for _ in 0..<500 where isRunning { usleep(10_000) }
        if isRunning { kill(processIdentifier, SIGKILL) }
    }
}
