import Base

/// The policies that a job gets when it says nothing, by job type.
enum CanonicalPolicy {
    private static func nanoseconds(_ span: TimeSpan) -> JSON { .int(span.nanoseconds) }

    static let update: JSONObject = [
        "MaxParallel": 1,
        "HealthCheck": "checks",
        "MinHealthyTime": nanoseconds(.seconds(10)),
        "HealthyDeadline": nanoseconds(.minutes(5)),
        "ProgressDeadline": nanoseconds(.minutes(10)),
        "AutoRevert": false,
        "AutoPromote": false,
        "Canary": 0,
        "Stagger": nanoseconds(.seconds(30)),
    ]

    static let migrate: JSONObject = [
        "MaxParallel": 1,
        "HealthCheck": "checks",
        "MinHealthyTime": nanoseconds(.seconds(10)),
        "HealthyDeadline": nanoseconds(.minutes(5)),
    ]

    static func restart(type: String) -> JSONObject {
        let runsToCompletion = JobType(rawValue: type)?.runsToCompletion ?? false
        return [
            "Attempts": runsToCompletion ? 3 : 2,
            "Interval": nanoseconds(runsToCompletion ? .hours(24) : .minutes(30)),
            "Delay": nanoseconds(.seconds(15)),
            "Mode": "fail",
            "RenderTemplates": false,
        ]
    }

    static func reschedule(type: String) -> JSONObject {
        switch JobType(rawValue: type) {
        case .service:
            [
                "Attempts": 0, "Interval": 0, "Delay": nanoseconds(.seconds(30)), "DelayFunction": "exponential",
                "MaxDelay": nanoseconds(.hours(1)), "Unlimited": true,
            ]
        case .batch:
            [
                "Attempts": 1, "Interval": nanoseconds(.hours(24)), "Delay": nanoseconds(.seconds(5)),
                "DelayFunction": "constant", "MaxDelay": 0, "Unlimited": false,
            ]
        default: noReschedule
        }
    }

    static let noReschedule: JSONObject = [
        "Attempts": 0, "Interval": 0, "Delay": 0, "DelayFunction": "", "MaxDelay": 0, "Unlimited": false,
    ]
}

extension JSONObject {
    /// The members of `self`, each replaced by the other object's where that one isn't null.
    func overlaid(by other: JSONObject?) -> JSONObject {
        guard let other else { return self }
        var result = self
        for (name, value) in other.members where !value.isNull || result[name] == nil { result[name] = value }
        return result
    }

    /// Whether a member is missing or null.
    func isNull(_ name: String) -> Bool { self[name]?.isNull ?? true }
    /// A member's text; "" for anything else.
    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
    func object(_ name: String) -> JSONObject? { self[name]?.objectValue }
    func objects(_ name: String) -> [JSONObject] { self[name]?.arrayValue?.compactMap(\.objectValue) ?? [] }

    /// Changes an object that is a member; nothing happens where it is null.
    mutating func mapObject(_ name: String, _ change: (inout JSONObject) -> Void) {
        guard case .object(var object)? = self[name] else { return }
        change(&object)
        self[name] = .object(object)
    }

    /// Changes every object of a list that is a member.
    mutating func mapObjects(_ name: String, _ change: (inout JSONObject) -> Void) {
        guard case .array(let elements)? = self[name] else { return }
        self[name] = .array(
            elements.map { element in
                guard case .object(var object) = element else { return element }
                change(&object)
                return .object(object)
            })
    }
}
