internal import Glibc
internal import Synchronization

/// Where a command's output goes: the process's streams, or memory in tests.
///
/// Standard output is buffered and goes out with `flush()`, before anything on standard error, and at the end.
public final class Console: Sendable {
    private enum Sink {
        case descriptors
        case memory
    }
    private struct Buffers {
        var out: [UInt8] = []
        var err: [UInt8] = []
    }

    private let sink: Sink
    private let buffers = Mutex(Buffers())
    /// Whether standard output is a terminal.
    public let isTerminal: Bool
    /// Whether standard error is a terminal.
    public let errorIsTerminal: Bool
    /// Whether standard input is a terminal.
    public let inputIsTerminal: Bool

    /// Output that is held back before it is written out.
    private static let bufferBytesMax = 64 << 10

    /// The console of the process.
    public static func process() -> Console {
        Console(
            sink: .descriptors, isTerminal: isatty(1) == 1, errorIsTerminal: isatty(2) == 1,
            inputIsTerminal: isatty(0) == 1)
    }

    /// A console that keeps what is written.
    public static func memory() -> Console {
        Console(sink: .memory, isTerminal: false, errorIsTerminal: false, inputIsTerminal: false)
    }

    private init(sink: Sink, isTerminal: Bool, errorIsTerminal: Bool, inputIsTerminal: Bool) {
        self.sink = sink
        (self.isTerminal, self.errorIsTerminal) = (isTerminal, errorIsTerminal)
        self.inputIsTerminal = inputIsTerminal
    }

    /// Writes a line to standard output.
    public func line(_ text: String) { write(Array(text.utf8) + [0x0A]) }

    /// Writes bytes to standard output.
    public func write(_ bytes: [UInt8]) {
        let full = buffers.withLock { buffers in
            buffers.out += bytes
            return buffers.out.count > Self.bufferBytesMax
        }
        if full { flush() }
    }

    /// Writes a line to standard error.
    public func errorLine(_ text: String) { writeError(Array(text.utf8) + [0x0A]) }

    /// Writes bytes to standard error.
    public func writeError(_ bytes: [UInt8]) {
        flush()
        switch sink {
        case .descriptors: Self.writeAll(2, bytes)
        case .memory: buffers.withLock { $0.err += bytes }
        }
    }

    /// Writes out what is buffered.
    public func flush() {
        guard case .descriptors = sink else { return }
        let bytes = buffers.withLock { buffers in
            defer { buffers.out.removeAll(keepingCapacity: true) }
            return buffers.out
        }
        Self.writeAll(1, bytes)
    }

    /// What has been written to a memory console.
    public var written: (out: String, err: String) {
        buffers.withLock {
            (String(decoding: $0.out, as: UTF8.self), String(decoding: $0.err, as: UTF8.self))
        }
    }

    /// Width of the terminal in columns.
    public var columns: Int {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                // Nobody reads any more (a closed pipe): the rest has nowhere to go.
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
