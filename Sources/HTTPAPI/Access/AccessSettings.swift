import AccessControl
public import Base
import Model
import State
import Synchronization

/// How the agent takes access control.
public struct AccessSettings: Sendable {
    /// Off: everybody may do everything, and tokens are ignored.
    public var isEnabled = false
    /// Bounds of the time that tokens with an expiry live.
    public var tokenLifetimeMin = TimeSpan.minutes(1)
    public var tokenLifetimeMax = TimeSpan.hours(24)
    /// The number in the file that allows a second bootstrap; 0 when there is none.
    public var bootstrapReset: @Sendable () -> UInt64 = { 0 }
    let policies = PolicyCache()

    public init() {}
}

/// Policies as they were parsed last. Parsing is dear next to a look-up, and every request needs it.
final class PolicyCache: Sendable {
    private struct Entry {
        var modifyIndex: LogIndex
        var rules: PolicyRules
    }

    private let entries = Mutex<[String: Entry]>([:])
    /// Policies kept; beyond them all are forgotten and parsed again.
    private static let entriesMax = 4096

    /// The rules of a policy; nil if there is no such policy, or its text is none (an older version took it).
    func rules(_ name: String, in state: State) -> PolicyRules? {
        guard let policy = state.accessPolicy(name) else { return nil }
        let known = entries.withLock { $0[name] }
        if let known, known.modifyIndex == policy.modifyIndex { return known.rules }
        guard let rules = try? PolicyRules(parsing: policy.rules) else { return nil }
        entries.withLock { entries in
            if entries.count >= Self.entriesMax { entries = [:] }
            entries[name] = Entry(modifyIndex: policy.modifyIndex, rules: rules)
        }
        return rules
    }
}
