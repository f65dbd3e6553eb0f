public import Logging
import Synchronization

/// The last lines of the agent's log, and who follows it.
public final class LogRing: Sendable {
    /// A line as it was written, with its level.
    public struct Line: Sendable {
        public var level: Logger.Level
        /// Without the line's end.
        public var text: String
    }

    private struct Contents {
        var lines: [Line] = []
        var followers: [UInt64: AsyncStream<Line>.Continuation] = [:]
        var nextID: UInt64 = 0
    }

    private let contents = Mutex(Contents())
    /// Lines that are remembered.
    public static let linesMax = 512
    /// Lines that a follower may lag behind; more are dropped for it.
    public static let lagMax = 512

    public init() {}

    /// Adds a line. Never waits.
    public func append(_ level: Logger.Level, _ text: String) {
        contents.withLock { contents in
            let line = Line(level: level, text: text)
            contents.lines.append(line)
            if contents.lines.count > Self.linesMax { contents.lines.removeFirst(contents.lines.count - Self.linesMax) }
            for follower in contents.followers.values { follower.yield(line) }
        }
    }

    /// Lines of at least a level as they are written from now on.
    public func follow(_ level: Logger.Level) -> AsyncStream<Line> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Line.self, bufferingPolicy: .bufferingNewest(Self.lagMax))
        let id = contents.withLock { contents in
            contents.nextID += 1
            contents.followers[contents.nextID] = continuation
            return contents.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.contents.withLock { _ = $0.followers.removeValue(forKey: id) }
        }
        return stream
    }

    /// Ends all followers' streams, when the agent stops.
    public func finish() {
        for follower in contents.withLock({ Array($0.followers.values) }) { follower.finish() }
    }
}
