/// Bounds on what is read and evaluated. Beyond a bound there is a clear error, never a crash or a hang.
public struct Limits: Hashable, Sendable {
    /// Longest text that is parsed, in bytes.
    public var fileSizeMax = 64 << 20
    /// Deepest nesting of blocks, brackets and templates together.
    public var nestingMax = 200
    /// Largest single value, in bytes as if nothing in it were shared.
    public var valueSizeMax = 16 << 20
    /// Work of one evaluation budget: expression nodes visited plus bytes produced or walked through.
    public var workMax = 200_000_000
    /// Blocks that all `dynamic` blocks of a file may make together.
    public var generatedBlocksMax = 20_000

    public init() {}

    public static let standard = Limits()
}
