/// One rule that is broken, or several of one inner place.
public struct Problem: Hashable, Sendable {
    /// The words, with those of the inner ones.
    public var text: String
    /// The field that it is about, from the place it was found in.
    public var path: FieldPath
    /// What is wrong inside; empty for a rule that is broken here.
    public var inner: [Problem] = []
}

/// Problems of one place, in the text form that clients of the API know: `2 errors occurred:` and one line each.
public struct Problems: Hashable, Sendable {
    public private(set) var elements: [Problem] = []

    public init() {}

    public var isEmpty: Bool { elements.isEmpty }

    /// The words of each.
    public var items: [String] { elements.map(\.text) }

    /// The broken rules themselves, each with the whole path to the field that breaks it.
    public var leaves: [Problem] { Self.leaves(elements, FieldPath()) }

    private static func leaves(_ problems: [Problem], _ outer: FieldPath) -> [Problem] {
        problems.flatMap { problem in
            problem.inner.isEmpty
                ? [Problem(text: problem.text, path: outer + problem.path)]
                : leaves(problem.inner, outer + problem.path)
        }
    }

    public mutating func add(at path: FieldPath = FieldPath(), _ problem: String) {
        elements.append(Problem(text: problem, path: path))
    }

    public mutating func add(
        if condition: Bool, at path: @autoclosure () -> FieldPath = FieldPath(), _ problem: @autoclosure () -> String
    ) {
        if condition { elements.append(Problem(text: problem(), path: path())) }
    }

    /// Adds the problems of an inner place as one, `title` telling which place it is.
    public mutating func add(
        _ title: @autoclosure () -> String, _ inner: Problems, at path: @autoclosure () -> FieldPath
    ) {
        if inner.isEmpty { return }
        elements.append(Problem(text: title() + ": " + inner.text, path: path(), inner: inner.elements))
    }

    /// Adds the problems of a policy as one item without a title of its own.
    public mutating func nest(_ inner: Problems, at path: @autoclosure () -> FieldPath) {
        if !inner.isEmpty { elements.append(Problem(text: inner.text, path: path(), inner: inner.elements)) }
    }

    /// Adds the problems of an inner place one by one, each after `title`.
    public mutating func add(
        each title: @autoclosure () -> String, _ inner: Problems, at path: @autoclosure () -> FieldPath
    ) {
        for problem in inner.elements {
            elements.append(
                Problem(text: title() + ": " + problem.text, path: path() + problem.path, inner: problem.inner))
        }
    }

    /// Adds the problems of an inner place as they are.
    public mutating func add(all inner: Problems, at path: @autoclosure () -> FieldPath) {
        for problem in inner.elements {
            elements.append(Problem(text: problem.text, path: path() + problem.path, inner: problem.inner))
        }
    }

    /// All in one text, "" when there is none.
    public var text: String {
        guard !elements.isEmpty else { return "" }
        let head = elements.count == 1 ? "1 error occurred:" : "\(elements.count) errors occurred:"
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
