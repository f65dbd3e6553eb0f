/// A command to run inside a task.
public struct ExecCommand: Hashable, Sendable {
    /// The program and its arguments; not empty.
    public var arguments: [String]
    /// Whether the command gets a terminal: its output then comes as stdout only.
    public var terminal: Bool
    /// The terminal's first size; nil for 24 × 80.
    public var size: TerminalSize?

    public init(_ arguments: [String], terminal: Bool = false, size: TerminalSize? = nil) {
        self.arguments = arguments
        self.terminal = terminal
        self.size = size
    }
}

/// The size of a terminal in characters.
public struct TerminalSize: Hashable, Sendable {
    public var rows: Int
    public var columns: Int

    public init(rows: Int, columns: Int) {
        self.rows = rows
        self.columns = columns
    }
}

/// What goes to a command that runs inside a task.
public enum ExecInput: Hashable, Sendable {
    case standardInput([UInt8])
    case closeStandardInput
    case resize(TerminalSize)
}

/// What comes from it.
public enum ExecOutput: Hashable, Sendable {
    case standardOutput([UInt8])
    case standardError([UInt8])
}
