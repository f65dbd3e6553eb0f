import Base

/// Keeps a quiet stream alive, and notices a client that went away.
enum Heartbeat {
    /// Runs a source of pieces; whenever the time has passed, a beat is written too. Ends with the source.
    /// - Precondition: something has been written already, so that the answer's head is out.
    static func every(
        _ span: TimeSpan, _ sink: any BodySink, beat: [UInt8],
        source: @escaping @Sendable (any BodySink) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await source(sink) }
            group.addTask {
                while true {
                    try await Task.sleep(nanoseconds: UInt64(span.nanoseconds))
                    if !beat.isEmpty { try await sink.write(beat) }
                }
            }
            // Only the source can end without an error.
            try await group.next()
            group.cancelAll()
        }
    }
}
