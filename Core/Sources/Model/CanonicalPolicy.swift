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
