public import Base
public import Model

/// The events that a task's life is told in. Types, texts and detail names are what clients of the API look
/// for; they must not change.
extension TaskEvent {
    static func plain(_ type: String, _ display: String, at now: Instant) -> TaskEvent {
        TaskEvent(type: type, time: now.nanoseconds, displayMessage: display)
    }

    public static func received(at now: Instant) -> TaskEvent { plain("Received", "Task received by client", at: now) }

    public static func setup(_ message: String, at now: Instant) -> TaskEvent {
        TaskEvent(
            type: "Task Setup", time: now.nanoseconds, message: message, displayMessage: message,
            details: ["message": message])
    }

    public static func started(at now: Instant) -> TaskEvent { plain("Started", "Task started by client", at: now) }

    /// A start that failed; the phase decides which kind of event it is.
    public static func startFailed(_ phase: StartPhase, _ error: String, at now: Instant) -> TaskEvent {
        var event = plain(phase.eventType, error.isEmpty ? phase.defaultText : error, at: now)
        if !error.isEmpty { event.details[phase.detail] = error }
        event.failsTask = phase == .validation
        if event.failsTask { event.details["fails_task"] = "true" }
        return event
    }

    /// Something the driver wants told, such as the progress of an image pull.
    public static func driver(_ message: String, annotations: [String: String], at now: Instant) -> TaskEvent {
        var event = plain("Driver", message, at: now)
        event.details = annotations
        event.details["driver_message"] = message
        return event
    }

    public static func terminated(_ exit: TaskExit, at now: Instant) -> TaskEvent {
        var text = "Exit Code: \(exit.code)"
        if exit.signal != 0 { text += ", Signal: \(exit.signal)" }
        var details = [
            "exit_code": "\(exit.code)", "signal": "\(exit.signal)", "oom_killed": exit.oomKilled ? "true" : "false",
        ]
        if let message = exit.message {
            text += ", Exit Message: \"\(message)\""
            details["exit_message"] = message
        }
        return TaskEvent(type: "Terminated", time: now.nanoseconds, displayMessage: text, details: details)
    }

    public static func restarting(after delay: TimeSpan, reason: String, at now: Instant) -> TaskEvent {
        let hidden = reason.isEmpty || reason == RestartTracker.withinPolicy
        return TaskEvent(
            type: "Restarting", time: now.nanoseconds,
            displayMessage: (hidden ? "" : reason + " - ") + "Task restarting in \(delay.text)",
            details: ["restart_reason": reason, "start_delay": "\(delay.nanoseconds)"])
    }

    public static func notRestarting(reason: String, at now: Instant) -> TaskEvent {
        TaskEvent(
            type: "Not Restarting", time: now.nanoseconds, displayMessage: reason,
            details: ["restart_reason": reason, "fails_task": "true"], failsTask: true)
    }

    public static func restartSignaled(reason: String, at now: Instant) -> TaskEvent {
        let text = reason.isEmpty ? "Task signaled to restart" : reason
        return TaskEvent(
            type: "Restart Signaled", time: now.nanoseconds, displayMessage: text,
            details: reason.isEmpty ? [:] : ["restart_reason": reason])
    }

    public static func signaling(_ name: String, at now: Instant) -> TaskEvent {
        TaskEvent(
            type: "Signaling", time: now.nanoseconds, displayMessage: "Task being sent a signal",
            details: ["signal": name])
    }

    public static func killing(timeout: TimeSpan, at now: Instant) -> TaskEvent {
        TaskEvent(
            type: "Killing", time: now.nanoseconds,
            displayMessage: "Sent interrupt. Waiting \(timeout.text) before force killing",
            details: ["kill_timeout": timeout.text])
    }

    public static func killed(error: String? = nil, at now: Instant) -> TaskEvent {
        var event = plain("Killed", error ?? "Task successfully killed", at: now)
        if let error { event.details["kill_error"] = error }
        return event
    }

    public static func siblingFailed(_ sibling: String, at now: Instant) -> TaskEvent {
        TaskEvent(
            type: "Sibling Task Failed", time: now.nanoseconds, displayMessage: "Task's sibling \"\(sibling)\" failed",
            details: ["failed_sibling": sibling])
    }

    public static func leaderDead(at now: Instant) -> TaskEvent {
        plain("Leader Task Dead", "Leader Task in Group dead", at: now)
    }

    public static func mainsDead(at now: Instant) -> TaskEvent {
        plain("Main Tasks Dead", "Main tasks in the group died", at: now)
    }

    public static func unhealthy(_ reason: String, at now: Instant) -> TaskEvent {
        TaskEvent(
            type: "Alloc Unhealthy", time: now.nanoseconds, message: reason, displayMessage: reason,
            details: ["message": reason])
    }

    public static func waitingForShutdownDelay(_ delay: TimeSpan, at now: Instant) -> TaskEvent {
        let text = "Waiting for shutdown_delay of \(delay.text) before killing the task."
        return TaskEvent(
            type: "Waiting for shutdown delay", time: now.nanoseconds, displayMessage: text, details: ["message": text])
    }

    public static func restoreFailed(_ reason: String, at now: Instant) -> TaskEvent {
        let text = "failed to restore task; will not run until server is contacted"
        return TaskEvent(
            type: "Failed Restoring Task", time: now.nanoseconds, message: reason, displayMessage: text,
            details: ["message": reason])
    }

    public static func reconnected(at now: Instant) -> TaskEvent { plain("Reconnected", "Client reconnected", at: now) }
}

/// At which step a start went wrong.
public enum StartPhase: String, Codable, Hashable, Sendable {
    /// The task's settings are wrong: no restart helps.
    case validation
    /// Directories, networks, secrets.
    case setup
    case artifact
    /// The driver could not start it.
    case driver

    var eventType: String {
        switch self {
        case .validation: "Failed Validation"
        case .setup: "Setup Failure"
        case .artifact: "Failed Artifact Download"
        case .driver: "Driver Failure"
        }
    }

    var defaultText: String {
        switch self {
        case .validation: "Validation of task failed"
        case .setup: "Task setup failed"
        case .artifact: "Failed to download artifacts"
        case .driver: "Failed to start task"
        }
    }

    var detail: String {
        switch self {
        case .validation: "validation_error"
        case .setup: "setup_error"
        case .artifact: "download_error"
        case .driver: "driver_error"
        }
    }
}

/// How a task ended.
public struct TaskExit: Codable, Hashable, Sendable {
    public var code: Int
    /// The signal that ended it, or 0.
    public var signal: Int
    public var oomKilled: Bool
    /// Why the result is not known or not trusted; nil for an ordinary end.
    public var message: String?

    public init(code: Int, signal: Int = 0, oomKilled: Bool = false, message: String? = nil) {
        self.code = code
        self.signal = signal
        self.oomKilled = oomKilled
        self.message = message
    }

    public var isSuccess: Bool { code == 0 && signal == 0 && message == nil }
}
