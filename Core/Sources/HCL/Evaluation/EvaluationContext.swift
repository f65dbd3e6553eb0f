/// What expressions may refer to while they are evaluated.
///
/// Not `Sendable`: the budget is shared by all copies of a context and counts down without a lock,
/// so one evaluation of one file stays on one thread.
public struct EvaluationContext {
    /// What happens to a reference such as `NOMAD_PORT_http` or `attr.kernel.name` whose root isn't a variable.
    public enum UnknownRoot: Sendable, Hashable {
        /// It is an error.
        case error
        /// It becomes the literal text `${…}`, with the bytes of the reference as they were written.
        case literal
    }

    /// Variables by their root names: `var`, `local`, ….
    public var variables: [String: Value]
    public var functions: FunctionTable
    public var unknownRoot: UnknownRoot
    /// Counts down over everything that is evaluated with this context and its copies.
    public let budget: EvaluationBudget
    /// What `file` and its kin read through; nil disables them.
    public var files: (any FileAccess)?
    /// Random 64-bit words for `uuidv4` and `bcrypt`; nil disables them.
    public var random: (() -> UInt64)?

    public init(
        variables: [String: Value] = [:], functions: FunctionTable = FunctionTable(),
        unknownRoot: UnknownRoot = .error, limits: Limits = .standard, files: (any FileAccess)? = nil,
        random: (() -> UInt64)? = nil
    ) {
        self.variables = variables
        self.functions = functions
        self.unknownRoot = unknownRoot
        self.files = files
        self.random = random
        budget = EvaluationBudget(limits)
    }

    /// The same context with further variables; they hide those of the same name. Shares the budget.
    public func adding(_ variables: [String: Value]) -> EvaluationContext {
        var context = self
        context.variables.merge(variables) { $1 }
        return context
    }
}

/// How much evaluation may still do. A reference type, because all copies of a context draw on one budget.
public final class EvaluationBudget {
    let valueSizeMax: Int
    private(set) var left: Int
    let generatedBlocksMax: Int
    private var generatedBlocks = 0
    private var hasReportedBlocks = false

    public init(_ limits: Limits = .standard) {
        valueSizeMax = limits.valueSizeMax
        left = limits.workMax
        generatedBlocksMax = limits.generatedBlocksMax
    }

    /// Takes from the budget; false when it is used up.
    func spend(_ work: Int) -> Bool {
        left = work >= left ? 0 : left - work
        return left > 0
    }

    /// Counts a block that a `dynamic` block makes; false when there are too many.
    func generateBlock() -> Bool {
        generatedBlocks += 1
        return generatedBlocks <= generatedBlocksMax
    }

    var isExhausted: Bool { left == 0 }

    /// Whether too many blocks are still to be reported; true once.
    func reportBlocks() -> Bool {
        defer { hasReportedBlocks = true }
        return !hasReportedBlocks
    }
}

/// Reading files for the functions `file`, `fileexists`, `fileset` and their kin. Relative paths are the
/// implementation's to resolve: against the directory of the job file.
public protocol FileAccess {
    /// The whole file.
    func read(_ path: String) throws(FileAccessError) -> [UInt8]
    /// Whether it is a regular file; a directory is an error.
    func exists(_ path: String) throws(FileAccessError) -> Bool
    /// Regular files at any depth under a directory, as `/`-separated paths relative to it, in any order.
    func files(under directory: String) throws(FileAccessError) -> [String]
    /// The absolute form of a path.
    func absolute(_ path: String) throws(FileAccessError) -> String
    /// What `~` stands for; nil if unknown.
    var homeDirectory: String? { get }
}

/// Why a file function failed, in words that follow "failed: ".
public struct FileAccessError: Error, Hashable, Sendable {
    public var message: String
    public init(_ message: String) { self.message = message }
}
