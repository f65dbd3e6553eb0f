/// Problems of one place, in the text form that clients of the API know: `2 errors occurred:` and one line each.
public struct Problems: Hashable, Sendable {
    public private(set) var items: [String] = []

    public init() {}

    public var isEmpty: Bool { items.isEmpty }

    public mutating func add(_ problem: String) { items.append(problem) }

    public mutating func add(if condition: Bool, _ problem: @autoclosure () -> String) {
        if condition { items.append(problem()) }
    }

    /// Adds the problems of an inner place as one, `title` telling which place it is.
    public mutating func add(_ title: String, _ inner: Problems) {
        if !inner.isEmpty { items.append(title + ": " + inner.text) }
    }

    /// Adds the problems of a policy as one item without a title of its own.
    public mutating func nest(_ inner: Problems) {
        if !inner.isEmpty { items.append(inner.text) }
    }

    /// All in one text, "" when there is none.
    public var text: String {
        guard !items.isEmpty else { return "" }
        let head = items.count == 1 ? "1 error occurred:" : "\(items.count) errors occurred:"
        return head + "\n\t* " + items.joined(separator: "\n\t* ") + "\n\n"
    }
}

/// What validation found in a job.
public struct ValidationReport: Hashable, Sendable {
    /// What keeps the job from being taken.
    public var errors = Problems()
    /// What is taken but should be known.
    public var warnings: [String] = []
    /// What is taken and kept, and nothing acts on yet.
    public var withoutEffect: [String] = []

    public init() {}

    public var isValid: Bool { errors.isEmpty }

    /// `2 warning(s):` and one line each, "" when there is none: the `Warnings` field of answers.
    public var warningText: String { Self.text(warnings) }

    /// The same with what has no effect: the `Warnings` of registrations, where it would otherwise be waited for.
    public var registrationText: String { Self.text(warnings + withoutEffect) }

    private static func text(_ warnings: [String]) -> String {
        guard !warnings.isEmpty else { return "" }
        return "\(warnings.count) warning(s):\n\n* " + warnings.joined(separator: "\n* ")
    }
}

/// What validation holds a job against; servers set it from their configuration.
public struct ValidationRules: Hashable, Sendable {
    public var priorityMax = 100
    /// Allocations that one job may ask for; 0 is no limit.
    public var countMax = 50_000
    /// Whether tasks may use more memory than reserved (`memory_max`).
    public var isMemoryOversubscriptionEnabled = false
    /// Pools of nodes that say it themselves.
    public var oversubscriptionByPool: [String: Bool] = [:]
    /// Whether a Vault is configured. Without one, jobs with vault blocks are refused at registration.
    public var isVaultEnabled = false

    public init() {}
}
