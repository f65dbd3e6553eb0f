/// A regular expression in RE2's syntax, the only engine of the program.
///
/// Matching follows all alternatives at once and so takes time proportional to text × expression, whatever both
/// are: an expression from a job file, a constraint or a query can't hold up a server. Back references and
/// look-around, which would break that, don't exist.
public struct RegularExpression: Sendable {
    /// Why a text is no regular expression.
    public struct ParseError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, with the part that is: ``missing closing ]: `[a` ``.
        public let message: String
        public var description: String { message }
    }

    /// Longest compiled program; repetitions such as `{1000}` count in full.
    public static let programLengthMax = 20_000

    enum Instruction: Sendable {
        case scalar(Unicode.Scalar)
        case set(ScalarSet)
        case any(includesNewline: Bool)
        case split(Int, Int)
        case jump(Int)
        case save(Int)
        case assert(Assertion)
        case match
    }

    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary }

    let program: [Instruction]
    /// Groups that capture; the whole match, number 0, is not counted.
    public let groupCount: Int
    /// Numbers of the groups that have names.
    public let groupNames: [String: Int]

    /// Compiles an expression.
    /// - Throws: `ParseError` for what is no expression, or one that is too large.
    public init(_ pattern: String) throws(ParseError) {
        var parser = RegularExpressionParser(pattern)
        let node = try parser.whole()
        var compiler = RegularExpressionCompiler()
        try compiler.whole(node)
        program = compiler.program
        groupCount = parser.groupCount
        groupNames = parser.groupNames
    }

    /// The length of the compiled program: what each character of a text costs at most.
    public var programLength: Int { program.count }
}
