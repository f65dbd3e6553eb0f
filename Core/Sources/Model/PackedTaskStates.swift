public import Base

/// The states of an allocation's tasks in few bytes: what a node reports is kept as it came and taken apart only when
/// somebody looks. A running task with its first three events takes about 40 bytes.
///
/// Equal states have equal bytes.
public struct PackedTaskStates: Hashable, Sendable {
    private let bytes: [UInt8]

    /// Of no task.
    public static let none = PackedTaskStates()

    private init(bytes: [UInt8] = []) { self.bytes = bytes }

    public init(_ states: [String: TaskState]) {
        guard !states.isEmpty else {
            bytes = []
            return
        }
        var packer = TaskStatePacker()
        packer.write(states)
        bytes = packer.writer.bytes
    }

    /// The same states in memory of their own. What came in a message was made among the message's other parts, whose
    /// room could not be given back as long as this lies between them.
    public var copy: PackedTaskStates { PackedTaskStates(bytes: bytes.withUnsafeBufferPointer(Array.init)) }

    public var isEmpty: Bool { bytes.isEmpty }

    /// The states by task.
    public var states: [String: TaskState] {
        guard !bytes.isEmpty else { return [:] }
        var unpacker = TaskStateUnpacker(BinaryReader(bytes))
        // Bytes that came from outside were read through once when they came in.
        return (try? unpacker.read()) ?? [:]
    }
}

extension PackedTaskStates: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(bytes) }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        let start = reader.offset
        bytes = try reader.blob()
        guard !bytes.isEmpty else { return }
        var unpacker = TaskStateUnpacker(BinaryReader(bytes))
        do {
            try unpacker.skim()
        } catch {
            throw BinaryError(offset: start + error.offset, reason: error.reason)
        }
    }
}

/// Writes task states. Times are differences from the time before; a text that was just written is one byte.
private struct TaskStatePacker {
    var writer = BinaryWriter()
    private var clock: Int64 = 0
    private var last = ""

    mutating func write(_ states: [String: TaskState]) {
        writer.write(UInt64(states.count))
        if states.count == 1 {
            for (name, state) in states { write(name, state) }
        } else {
            for (name, state) in states.sorted(by: { $0.key < $1.key }) { write(name, state) }
        }
    }

    private mutating func write(_ name: String, _ state: TaskState) {
        write(text: name)
        var flags = TaskFlags(rawValue: 0)
        switch state.state {
        case .pending: break
        case .running: flags.insert(.running)
        case .dead: flags.insert(.dead)
        }
        if state.failed { flags.insert(.failed) }
        if state.restarts != 0 { flags.insert(.restarts) }
        if state.lastRestart != nil { flags.insert(.lastRestart) }
        if state.startedAt != nil { flags.insert(.startedAt) }
        if state.finishedAt != nil { flags.insert(.finishedAt) }
        writer.write(UInt64(flags.rawValue))
        if state.restarts != 0 { writer.write(state.restarts) }
        for time in [state.lastRestart, state.startedAt, state.finishedAt] {
            if let time { write(time: time.instant.nanoseconds) }
        }
        writer.write(UInt64(state.events.count))
        for event in state.events {
            write(text: event.type)
            write(time: event.time)
            write(text: event.message)
            write(text: event.displayMessage)
            writer.write(UInt64(event.details.count) << 1 | (event.failsTask ? 1 : 0))
            guard !event.details.isEmpty else { continue }
            for (key, value) in event.details.sorted(by: { $0.key < $1.key }) {
                write(text: key)
                write(text: value)
            }
        }
    }

    private mutating func write(time: Int64) {
        writer.write(time &- clock)
        clock = time
    }

    private mutating func write(text: String) {
        if text.isEmpty {
            writer.write(UInt64(0))
        } else if let number = KnownText.numbers[text] {
            writer.write(UInt64(number + 3))
        } else if text == last {
            writer.write(UInt64(1))
        } else {
            writer.write(UInt64(2))
            writer.write(text)
            last = text
        }
    }
}

private struct TaskFlags: OptionSet {
    var rawValue: UInt8
    static let running = TaskFlags(rawValue: 1)
    static let dead = TaskFlags(rawValue: 2)
    static let failed = TaskFlags(rawValue: 4)
    static let restarts = TaskFlags(rawValue: 8)
    static let lastRestart = TaskFlags(rawValue: 16)
    static let startedAt = TaskFlags(rawValue: 32)
    static let finishedAt = TaskFlags(rawValue: 64)
}

private struct TaskStateUnpacker {
    private var reader: BinaryReader
    private var clock: Int64 = 0
    private var last = ""

    init(_ reader: BinaryReader) { self.reader = reader }

    mutating func read() throws(BinaryError) -> [String: TaskState] {
        let count = try reader.count()
        var states = [String: TaskState](minimumCapacity: min(count, 16))
        for _ in 0..<count {
            let name = try text()
            states[name] = try state()
        }
        return states
    }

    private mutating func flags() throws(BinaryError) -> TaskFlags {
        TaskFlags(rawValue: UInt8(truncatingIfNeeded: try reader.uint64()))
    }

    private mutating func state() throws(BinaryError) -> TaskState {
        let flags = try flags()
        var state = TaskState()
        state.state = flags.contains(.running) ? .running : flags.contains(.dead) ? .dead : .pending
        state.failed = flags.contains(.failed)
        if flags.contains(.restarts) { state.restarts = try reader.int() }
        if flags.contains(.lastRestart) { state.lastRestart = try time() }
        if flags.contains(.startedAt) { state.startedAt = try time() }
        if flags.contains(.finishedAt) { state.finishedAt = try time() }
        let count = try reader.count()
        state.events.reserveCapacity(min(count, TaskState.eventsMax))
        for _ in 0..<count { state.events.append(try event()) }
        return state
    }

    private mutating func event() throws(BinaryError) -> TaskEvent {
        var event = TaskEvent(type: try text())
        clock &+= try reader.int64()
        event.time = clock
        event.message = try text()
        event.displayMessage = try text()
        let details = try reader.uint64()
        event.failsTask = details & 1 == 1
        for _ in 0..<(details >> 1) {
            let key = try text()
            event.details[key] = try text()
        }
        return event
    }

    private mutating func time() throws(BinaryError) -> Timestamp {
        clock &+= try reader.int64()
        return Timestamp(Instant(nanoseconds: clock))
    }

    private mutating func text() throws(BinaryError) -> String {
        switch try reader.uint64() {
        case 0: return ""
        case 1: return last
        case 2:
            last = try reader.string()
            return last
        case let code:
            guard code - 3 < UInt64(KnownText.texts.count) else {
                throw BinaryError(offset: reader.offset, reason: "a text with the unknown number \(code)")
            }
            return KnownText.texts[Int(code) - 3]
        }
    }

    /// Goes through the bytes without keeping anything; throws where `read` would.
    mutating func skim() throws(BinaryError) {
        for _ in 0..<(try reader.count()) {
            try skimText()
            let flags = try flags()
            if flags.contains(.restarts) { _ = try reader.int64() }
            for time in [TaskFlags.lastRestart, .startedAt, .finishedAt] where flags.contains(time) {
                _ = try reader.int64()
            }
            for _ in 0..<(try reader.count()) {
                try skimText()
                _ = try reader.int64()
                try skimText()
                try skimText()
                for _ in 0..<(try reader.uint64() >> 1) {
                    try skimText()
                    try skimText()
                }
            }
        }
        guard reader.isAtEnd else { throw BinaryError(offset: reader.offset, reason: "task states have a tail") }
    }

    private mutating func skimText() throws(BinaryError) {
        let code = try reader.uint64()
        if code == 2 {
            try reader.skip(try reader.count())
        } else if code > 2, code - 3 >= UInt64(KnownText.texts.count) {
            throw BinaryError(offset: reader.offset, reason: "a text with the unknown number \(code)")
        }
    }
}
