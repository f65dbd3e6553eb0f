import Base
import Foundation
import HTTPAPI
import Logging
import Synchronization

/// Where the agent's log lines go: the process's output (or a file), and a ring that `monitor` reads.
///
/// Lines look like `2026-11-22T15:39:38.685Z [INFO]  agent: text: key=value`.
final class AgentLog: Sendable {
    /// What may be configured; OFF lets nothing through.
    enum Level: Sendable {
        case level(Logger.Level)
        case off

        init?(configured text: String) {
            switch text.uppercased() {
            case "TRACE": self = .level(.trace)
            case "DEBUG": self = .level(.debug)
            case "INFO": self = .level(.info)
            case "WARN": self = .level(.warning)
            case "ERROR", "ERR": self = .level(.error)
            case "OFF": self = .off
            default: return nil
            }
        }
    }

    private let threshold: Mutex<Level>
    private let asJSON: Bool
    private let output: FileHandle
    private let now: @Sendable () -> Instant
    /// The last lines, of every level, for `monitor`.
    let ring = LogRing()
    init(threshold: Level, asJSON: Bool, file: String, now: @escaping @Sendable () -> Instant) throws {
        self.threshold = Mutex(threshold)
        self.asJSON = asJSON
        self.now = now
        guard !file.isEmpty else {
            output = .standardOutput
            return
        }
        if !FileManager.default.fileExists(atPath: file) {
            _ = FileManager.default.createFile(atPath: file, contents: nil)
        }
        guard let handle = FileHandle(forWritingAtPath: file) else {
            throw CommandFailure("log_file \(file) can't be written")
        }
        try handle.seekToEnd()
        output = handle
    }

    /// From now on lines of this level and above are written.
    func setThreshold(_ level: Level) { threshold.withLock { $0 = level } }

    /// A logger for a part of the agent, `agent.client`.
    func logger(_ label: String) -> Logger {
        var logger = Logger(label: label) { AgentLogHandler(label: $0, log: self) }
        // The ring remembers more than is written, so that `monitor -log-level=debug` has something to show.
        logger.logLevel = .trace
        return logger
    }

    func write(_ level: Logger.Level, _ label: String, _ message: String, _ metadata: [(String, String)]) {
        let time = Self.time(now())
        let text: String
        if asJSON {
            var object = JSONObject([
                ("@level", .string("\(level)")), ("@message", .string(message)), ("@module", .string(label)),
            ])
            object["@timestamp"] = .string(time)
            for (key, value) in metadata { object[key] = .string(value) }
            text = JSON.object(object).text
        } else {
            let fields =
                metadata.isEmpty
                ? ""
                : ": " + metadata.map { "\($0.0)=\($0.1.contains(" ") ? "\"\($0.1)\"" : $0.1)" }.joined(separator: " ")
            text = "    \(time) \(Self.tag(level)) \(label): \(message)\(fields)"
        }
        ring.append(level, text)
        guard case .level(let lowest) = threshold.withLock({ $0 }), level >= lowest else { return }
        try? output.write(contentsOf: Data((text + "\n").utf8))
    }

    private static func tag(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "[TRACE]"
        case .debug: "[DEBUG]"
        case .info, .notice: "[INFO] "
        case .warning: "[WARN] "
        case .error, .critical: "[ERROR]"
        }
    }

    /// Milliseconds always, so that columns stand still.
    private static func time(_ instant: Instant) -> String {
        let milliseconds = String(instant.nanoseconds / 1_000_000 % 1000)
        return String(instant.rfc3339().dropLast()) + "." + String(repeating: "0", count: 3 - milliseconds.count)
            + milliseconds + "Z"
    }
}

private struct AgentLogHandler: LogHandler {
    let label: String
    let log: AgentLog
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    init(label: String, log: AgentLog) {
        self.label = label
        self.log = log
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        log.write(event.level, label, event.message.description, all.map { ($0.key, $0.value.description) })
    }
}
