import Base

/// Texts that allocations and their tasks carry all the time. They are written as a number, and read back as the
/// literal that they are here, which takes no memory.
///
/// A number is a place in the list: new texts go to its end, and `journalFormat` rises when one goes away.
enum KnownText {
    static let texts: [String] = [
        // What allocations say of themselves.
        "Tasks are running", "No tasks have started", "Failed tasks", "All tasks have completed",
        "alloc not needed due to job update", "alloc is being migrated", "alloc is being updated due to job update",
        "alloc is lost since its node is down", "alloc is unknown since its node is disconnected",
        "alloc not needed as node is tainted", "alloc was rescheduled because it failed",
        "alloc not needed due to disconnected client reconnect", "allocation exceeded max_run_duration",
        // Events.
        "Received", "Task received by client", "Task Setup", "Building Task Directory", "Started",
        "Task started by client", "Driver", "Terminated", "Restarting", "Not Restarting", "Restart Signaled",
        "Task signaled to restart", "Signaling", "Task being sent a signal", "Killing", "Killed",
        "Task successfully killed", "Sibling Task Failed", "Leader Task Dead", "Leader Task in Group dead",
        "Main Tasks Dead", "Main tasks in the group died", "Alloc Unhealthy", "Waiting for shutdown delay",
        "Failed Restoring Task", "Reconnected", "Client reconnected", "Failed Validation", "Setup Failure",
        "Failed Artifact Download", "Driver Failure", "Downloading Artifacts", "Client is downloading artifacts",
        "Sent interrupt. Waiting 5s before force killing", "Exit Code: 0", "Exit Code: 1",
        "Exit Code: 137, Signal: 9", "Exceeded allowed attempts",
        // Particulars of events.
        "message", "driver_message", "exit_code", "signal", "oom_killed", "exit_message", "restart_reason",
        "start_delay", "fails_task", "kill_timeout", "kill_error", "failed_sibling", "validation_error", "setup_error",
        "download_error", "driver_error", "true", "false", "0", "1", "5s", "image", "main", "task", "server", "web",
        // Scorers and dimensions.
        "binpack", "devices", "job-anti-affinity", "node-reschedule-penalty", "node-affinity", "allocation-spread",
        "normalized-score", "preemption", "cpu", "memory", "disk", "cores", "default", "dc1", "global",
    ]

    static let numbers: [String: Int] = Dictionary(
        zip(texts, texts.indices), uniquingKeysWith: { first, _ in first })
}

extension BinaryWriter {
    /// A text that is likely to be a known one; 0 is followed by the text itself.
    mutating func write(text: String) {
        if let number = KnownText.numbers[text] {
            write(UInt64(number + 1))
        } else {
            write(UInt64(0))
            write(text)
        }
    }

    /// A map whose keys are likely to be known texts.
    mutating func write(known map: [String: some BinaryForm]) {
        write(UInt64(map.count))
        for (key, value) in map.sorted(by: { $0.key < $1.key }) {
            write(text: key)
            value.write(to: &self)
        }
    }
}

extension BinaryReader {
    mutating func text() throws(BinaryError) -> String {
        let code = try uint64()
        if code == 0 { return try string() }
        guard code <= UInt64(KnownText.texts.count) else {
            throw BinaryError(offset: offset, reason: "a text with the unknown number \(code)")
        }
        return KnownText.texts[Int(code) - 1]
    }

    mutating func knownMap<Value: BinaryForm>() throws(BinaryError) -> [String: Value] {
        var map: [String: Value] = [:]
        for _ in 0..<(try count()) {
            let key = try text()
            map[key] = try Value(from: &self)
        }
        return map
    }
}
