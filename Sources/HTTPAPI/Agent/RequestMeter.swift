import Synchronization

/// Counts requests and how long they took.
public final class RequestMeter: Sendable {
    /// What was seen since the start, in milliseconds where times are meant.
    public struct Reading: Hashable, Sendable {
        public var count = 0
        public var sum = 0.0
        public var sumOfSquares = 0.0
        public var min = 0.0
        public var max = 0.0

        public var mean: Double { count == 0 ? 0 : sum / Double(count) }
        public var deviation: Double {
            guard count > 1 else { return 0 }
            let variance = (sumOfSquares - sum * sum / Double(count)) / Double(count - 1)
            return variance > 0 ? variance.squareRoot() : 0
        }

        mutating func add(_ value: Double) {
            min = count == 0 ? value : Swift.min(min, value)
            max = count == 0 ? value : Swift.max(max, value)
            count += 1
            sum += value
            sumOfSquares += value * value
        }
    }

    private let state = Mutex((all: Reading(), byStatus: [Int: Int]()))

    public init() {}

    /// Counts a request that was answered.
    public func record(status: Int, milliseconds: Double) {
        state.withLock {
            $0.all.add(milliseconds)
            $0.byStatus[status / 100, default: 0] += 1
        }
    }

    public var reading: Reading { state.withLock { $0.all } }
    /// Answers by the first digit of their status.
    public var byStatus: [Int: Int] { state.withLock { $0.byStatus } }
}
