import Base
import CaravanClient
internal import Glibc

/// The terminal side of `alloc exec`.
struct ExecTerminal {
    let invocation: Invocation

    /// Bytes that are read from standard input at once, and parts that may wait to be sent.
    private static let readBytes = 8 << 10
    private static let waitingMax = 1024

    func run(_ allocation: String, task: String, _ words: [String]) async throws -> Int32 {
        let client = try invocation.client
        let flags = invocation.flags
        let isTerminal = invocation.console.inputIsTerminal && invocation.console.isTerminal
        let hasTerminal = flags.optionalBool("t") ?? isTerminal
        if hasTerminal, !flags.bool("i") { throw CommandFailure("-i must be enabled if running with tty") }
        let escape = try escapeCharacter(flags.text("e"))
        let raw = hasTerminal && isTerminal ? RawTerminal() : nil
        defer { raw?.restore() }

        let (input, feed) = AsyncStream<ExecInput>.makeStream(bufferingPolicy: .bufferingOldest(Self.waitingMax))
        if raw != nil, let size = RawTerminal.size { feed.yield(.resize(rows: size.rows, columns: size.columns)) }
        if flags.bool("i") {
            InputThread.start(feed, escape: raw == nil ? nil : escape, bytesMax: Self.readBytes)
        } else {
            feed.yield(.end)
            feed.finish()
        }
        let console = invocation.console
        let request = ExecRequest(allocation: allocation, task: task, command: words, hasTerminal: hasTerminal)
        return try await invocation.doing("failed to exec into task") {
            try await client.execute(request, input: input) { part in
                switch part {
                case .standardOutput(let bytes):
                    console.write(bytes)
                    console.flush()
                case .standardError(let bytes): console.writeError(bytes)
                }
            }
        }
    }

    /// Nil if there is none.
    private func escapeCharacter(_ text: String) throws -> UInt8? {
        if text.isEmpty || text == "none" { return nil }
        guard text.utf8.count == 1, let byte = text.utf8.first else {
            throw CommandFailure("-e requires 'none' or a single character")
        }
        return byte
    }
}

/// Reads standard input on a thread of its own, since reading blocks.
private enum InputThread {
    private final class Context: Sendable {
        let feed: AsyncStream<ExecInput>.Continuation
        let escape: UInt8?
        let bytesMax: Int
        init(_ feed: AsyncStream<ExecInput>.Continuation, _ escape: UInt8?, _ bytesMax: Int) {
            (self.feed, self.escape, self.bytesMax) = (feed, escape, bytesMax)
        }

        func run() {
            var chunk = [UInt8](repeating: 0, count: bytesMax)
            var filter = EscapeFilter(escape: escape)
            while true {
                let count = Glibc.read(0, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                let (bytes, ended) = filter.pass(Array(chunk[..<count]))
                // A full queue means that the task doesn't read; wait for it as a pipe would.
                while !bytes.isEmpty, case .dropped = feed.yield(.data(bytes)) { usleep(10_000) }
                if ended {
                    feed.yield(.hangUp)
                    break
                }
            }
            // The command waits for it: with a full queue too.
            while case .dropped = feed.yield(.end) { usleep(10_000) }
            feed.finish()
        }
    }

    static func start(_ feed: AsyncStream<ExecInput>.Continuation, escape: UInt8?, bytesMax: Int) {
        let context = Unmanaged.passRetained(Context(feed, escape, bytesMax))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, nil,
            { pointer in
                guard let pointer else { return nil }
                Unmanaged<Context>.fromOpaque(pointer).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if status == 0 { pthread_detach(thread) } else { context.release() }
    }
}

/// Looks for the escape character and `.` at the start of a line, as remote shells do.
struct EscapeFilter {
    let escape: UInt8?
    private var atLineStart = true
    private var held = false

    init(escape: UInt8?) { self.escape = escape }

    /// The bytes to send, and whether the session has to end.
    mutating func pass(_ bytes: [UInt8]) -> (bytes: [UInt8], ended: Bool) {
        guard let escape else { return (bytes, false) }
        var out: [UInt8] = []
        for byte in bytes {
            if held {
                held = false
                if byte == UInt8(ascii: ".") { return (out, true) }
                if byte != escape { out.append(escape) }
                out.append(byte)
            } else if atLineStart, byte == escape {
                held = true
                continue
            } else {
                out.append(byte)
            }
            atLineStart = byte == 0x0A || byte == 0x0D
        }
        return (out, false)
    }
}

/// Standard input without line editing and echo, until `restore()`.
private final class RawTerminal: Sendable {
    private let saved: termios

    init() {
        var settings = termios()
        tcgetattr(0, &settings)
        saved = settings
        cfmakeraw(&settings)
        tcsetattr(0, TCSANOW, &settings)
    }

    func restore() {
        var settings = saved
        tcsetattr(0, TCSANOW, &settings)
    }

    static var size: (rows: Int, columns: Int)? {
        var size = winsize()
        guard ioctl(0, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_row), Int(size.ws_col))
    }
}
