/// An expression with its place. Chains (`a + b + c`, `a.b[0].c`) are flat, so that the depth of the tree
/// is bounded by `Limits.nestingMax` and recursion over it is safe.
struct SyntaxNode: Sendable, Hashable {
    var range: ByteRange
    var kind: Kind

    indirect enum Kind: Sendable, Hashable {
        /// A number, `true`, `false` or `null`.
        case literal(Value)
        /// A quoted string or heredoc.
        case template([TemplatePart])
        /// A template that is one interpolation and nothing else: it has the value of the expression.
        case wrapped(SyntaxNode)
        case tuple([SyntaxNode])
        case object([ObjectItem])
        case variable(String)
        case postfix(SyntaxNode, [Step])
        case call(Call)
        case unary(UnaryOperator, SyntaxNode)
        /// Operators of one precedence level, from the left.
        case binary(SyntaxNode, [Operation])
        case conditional(SyntaxNode, SyntaxNode, SyntaxNode)
        case forTuple(ForClause, SyntaxNode)
        case forObject(ForClause, key: SyntaxNode, value: SyntaxNode, groups: Bool)
        case parentheses(SyntaxNode)
        /// An expression that stands in another source: a JSON string with escapes.
        case embedded(EmbeddedSource, SyntaxNode)
    }

    struct ObjectItem: Sendable, Hashable {
        var key: SyntaxNode
        var value: SyntaxNode
    }

    struct Call: Sendable, Hashable {
        var name: String
        var nameRange: ByteRange
        var arguments: [SyntaxNode]
        /// Whether the last argument is followed by `...`.
        var expandsLast: Bool
        var closing: ByteRange
    }

    struct Operation: Sendable, Hashable {
        var symbol: BinaryOperator
        var operand: SyntaxNode
    }

    struct Step: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case attribute(String)
            case index(SyntaxNode)
            case legacyIndex(Int)
            /// `.*`: so many following steps apply to every element.
            case attributeSplat(Int)
            /// `[*]`: all following steps apply to every element.
            case fullSplat
        }
        var kind: Kind
        var range: ByteRange
    }

    struct ForClause: Sendable, Hashable {
        var keyName: String?
        var valueName: String
        var collection: SyntaxNode
        var condition: SyntaxNode?
    }
}

enum TemplatePart: Sendable, Hashable {
    case literal(String)
    /// `between` is the text between `${` and `}` including blanks.
    case interpolation(SyntaxNode, between: ByteRange)
    indirect case conditional(SyntaxNode, then: [TemplatePart], otherwise: [TemplatePart], range: ByteRange)
    indirect case loop(SyntaxNode.ForClause, [TemplatePart], range: ByteRange)
}

/// A source inside a source; equal if it is the same one.
struct EmbeddedSource: Sendable, Hashable {
    let file: SourceFile
    static func == (a: EmbeddedSource, b: EmbeddedSource) -> Bool { a.file === b.file }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(file)) }
}

enum UnaryOperator: String, Sendable, Hashable { case negate = "-", not = "!" }

enum BinaryOperator: String, Sendable, Hashable {
    case or = "||"
    case and = "&&"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"

    /// From 0, the loosest.
    var level: Int {
        switch self {
        case .or: 0
        case .and: 1
        case .equal, .notEqual: 2
        case .less, .lessOrEqual, .greater, .greaterOrEqual: 3
        case .add, .subtract: 4
        case .multiply, .divide, .remainder: 5
        }
    }

    static let levelMax = 5
}

/// A body of native syntax.
final class SyntaxBody: Sendable {
    let attributes: [SyntaxAttribute]
    let blocks: [SyntaxBlock]
    let range: ByteRange

    init(attributes: [SyntaxAttribute], blocks: [SyntaxBlock], range: ByteRange) {
        self.attributes = attributes
        self.blocks = blocks
        self.range = range
    }
}

struct SyntaxAttribute: Sendable {
    var name: String
    var nameRange: ByteRange
    var value: SyntaxNode
}

struct SyntaxBlock: Sendable {
    struct Label: Sendable {
        var value: String
        var range: ByteRange
    }
    var type: String
    var typeRange: ByteRange
    var labels: [Label]
    var openingBrace: ByteRange
    var body: SyntaxBody
}
