import Base
import Model

/// Task states as the API shows them, with the typed event fields that older clients read.
enum TaskStateWire {
    static func write(_ states: [String: TaskState], to writer: inout ObjectWriter) {
        guard !states.isEmpty else { return writer.null() }
        writer.open()
        for (name, state) in states.sorted(by: { $0.key < $1.key }) {
            writer.name(chosen: name)
            write(state, to: &writer)
        }
        writer.close()
    }

    private static func write(_ state: TaskState, to writer: inout ObjectWriter) {
        writer.open()
        writer.name("Events")
        writer.openList()
        for event in state.events { write(event, to: &writer) }
        writer.closeList()
        writer.field("Failed", state.failed)
        writer.field("FinishedAt", state.finishedAt)
        writer.field("LastRestart", state.lastRestart)
        writer.field("Restarts", state.restarts)
        writer.field("StartedAt", state.startedAt)
        writer.field("State", state.state.rawValue)
        writer.field("TaskHandle", JSON.null)
        writer.close()
    }

    private static func write(_ event: TaskEvent, to writer: inout ObjectWriter) {
        let details = event.details
        if details.isEmpty { return writePlain(event, to: &writer) }
        func text(_ key: String) -> String { details[key] ?? "" }
        func number(_ key: String) -> Int64 { Self.number(details[key]) }
        writer.open()
        writer.name("Details")
        writer.open()
        for (key, value) in details.sorted(by: { $0.key < $1.key }) { writer.field(chosen: key, value) }
        writer.close()
        writer.field("DiskLimit", number("disk_limit"))
        writer.field("DisplayMessage", event.displayMessage)
        writer.field("DownloadError", text("download_error"))
        writer.field("DriverError", text("driver_error"))
        writer.field("DriverMessage", text("driver_message"))
        writer.field("ExitCode", number("exit_code"))
        writer.field("FailedSibling", text("failed_sibling"))
        writer.field("FailsTask", event.failsTask)
        writer.field("GenericSource", text("generic_source"))
        writer.field("KillError", text("kill_error"))
        writer.field("KillReason", text("kill_reason"))
        writer.field("KillTimeout", number("kill_timeout"))
        writer.field("Message", event.message)
        writer.field("RestartReason", text("restart_reason"))
        writer.field("SetupError", text("setup_error"))
        writer.field("Signal", number("signal"))
        writer.field("StartDelay", number("start_delay"))
        writer.field("TaskSignal", text("task_signal"))
        writer.field("TaskSignalReason", text("task_signal_reason"))
        writer.field("Time", event.time)
        writer.field("Type", event.type)
        writer.field("ValidationError", text("validation_error"))
        writer.field("VaultError", text("vault_error"))
        writer.close()
    }

    /// An event without particulars, as most are: what others say of them is empty here.
    private static func writePlain(_ event: TaskEvent, to writer: inout ObjectWriter) {
        writer.open()
        writer.fields(#""Details":{},"DiskLimit":0"#)
        writer.field("DisplayMessage", event.displayMessage)
        writer.fields(
            #""DownloadError":"","DriverError":"","DriverMessage":"","ExitCode":0,"FailedSibling":"""#)
        writer.field("FailsTask", event.failsTask)
        writer.fields(#""GenericSource":"","KillError":"","KillReason":"","KillTimeout":0"#)
        writer.field("Message", event.message)
        writer.fields(
            #""RestartReason":"","SetupError":"","Signal":0,"StartDelay":0,"TaskSignal":"","TaskSignalReason":"""#)
        writer.field("Time", event.time)
        writer.field("Type", event.type)
        writer.fields(#""ValidationError":"","VaultError":"""#)
        writer.close()
    }

    /// Numbers stand in details as digits or, for times, as durations (`5s`).
    private static func number(_ text: String?) -> Int64 {
        guard let text else { return 0 }
        return Int64(text) ?? TimeSpan(text: text)?.nanoseconds ?? 0
    }
}
