/// A regular expression in RE2's syntax. Matching takes time linear in the text: an expression from a job file
/// can't hold up a server.
struct RegularExpression: Sendable {
    struct ParseError: Error { let message: String }

    /// Longest compiled program; repetitions such as `{1000}` count in full.
    static let programLengthMax = 20_000

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
    let groupCount: Int
    let groupNames: [String: Int]

    init(_ pattern: String) throws(ParseError) {
        var parser = RegularExpressionParser(pattern)
        let node = try parser.whole()
        var compiler = RegularExpressionCompiler()
        try compiler.whole(node)
        program = compiler.program
        groupCount = parser.groupCount
        groupNames = parser.groupNames
    }
}

/// Scalars in ranges, perhaps negated.
struct ScalarSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var classes: [Class] = []
    var isNegated = false

    /// Unicode classes, which have no ranges here.
    struct Class: Sendable {
        var name: String
        var isNegated: Bool
    }

    mutating func insert(_ scalar: Unicode.Scalar) { ranges.append(scalar.value...scalar.value) }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        let found =
            ranges.contains { $0.contains(value) }
            || classes.contains { $0.isNegated != ScalarSet.isMember(scalar, of: $0.name) }
        return found != isNegated
    }

    /// Ranges that are not in any of these, up to the last scalar.
    static func complement(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var next: UInt32 = 0
        var out: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { out.append(next...0x10FFFF) }
        return out
    }

    static func isKnown(_ name: String) -> Bool { categories[name] != nil || scripts[name] != nil }

    private static let categories: [String: Set<Unicode.GeneralCategory>] = {
        let single: [String: Unicode.GeneralCategory] = [
            "Lu": .uppercaseLetter, "Ll": .lowercaseLetter, "Lt": .titlecaseLetter, "Lm": .modifierLetter,
            "Lo": .otherLetter, "Mn": .nonspacingMark, "Mc": .spacingMark, "Me": .enclosingMark,
            "Nd": .decimalNumber, "Nl": .letterNumber, "No": .otherNumber, "Pc": .connectorPunctuation,
            "Pd": .dashPunctuation, "Ps": .openPunctuation, "Pe": .closePunctuation, "Pi": .initialPunctuation,
            "Pf": .finalPunctuation, "Po": .otherPunctuation, "Sm": .mathSymbol, "Sc": .currencySymbol,
            "Sk": .modifierSymbol, "So": .otherSymbol, "Zs": .spaceSeparator, "Zl": .lineSeparator,
            "Zp": .paragraphSeparator, "Cc": .control, "Cf": .format, "Cs": .surrogate, "Co": .privateUse,
        ]
        var all: [String: Set<Unicode.GeneralCategory>] = [:]
        for (name, category) in single {
            all[name] = [category]
            all[String(name.prefix(1)), default: []].insert(category)
        }
        return all
    }()

    /// The scripts that patterns name in practice, by their main blocks.
    private static let scripts: [String: [ClosedRange<UInt32>]] = [
        "Latin": [
            0x41...0x5A, 0x61...0x7A, 0xAA...0xAA, 0xBA...0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2B8, 0x1E00...0x1EFF,
        ],
        "Greek": [
            0x370...0x373, 0x375...0x377, 0x37A...0x37D, 0x37F...0x37F, 0x384...0x384, 0x386...0x386, 0x388...0x3E1,
            0x3F0...0x3FF, 0x1F00...0x1FFE,
        ],
        "Cyrillic": [0x400...0x484, 0x487...0x52F, 0x1C80...0x1C88, 0x2DE0...0x2DFF, 0xA640...0xA69F],
        "Han": [
            0x2E80...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAD9, 0x20000...0x323AF,
        ],
        "Hiragana": [0x3041...0x3096, 0x309D...0x309F],
        "Katakana": [0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF],
        "Hebrew": [0x591...0x5F4],
        "Arabic": [
            0x600...0x604, 0x606...0x60B, 0x60D...0x61A, 0x61C...0x61E, 0x620...0x63F, 0x641...0x64A, 0x656...0x66F,
            0x671...0x6DC, 0x6DE...0x6FF,
        ],
    ]

    private static func isMember(_ scalar: Unicode.Scalar, of name: String) -> Bool {
        if let categories = categories[name] { return categories.contains(scalar.properties.generalCategory) }
        return scripts[name]?.contains { $0.contains(scalar.value) } ?? false
    }
}

/// The syntax tree of an expression.
indirect enum RegularExpressionNode {
    case empty
    case scalar(Unicode.Scalar)
    case set(ScalarSet)
    case any(includesNewline: Bool)
    case assert(RegularExpression.Assertion)
    case sequence([RegularExpressionNode])
    case alternatives([RegularExpressionNode])
    case group(RegularExpressionNode, Int)
    case repetition(RegularExpressionNode, least: Int, most: Int?, isGreedy: Bool)
}

/// Lays the tree out as a program.
struct RegularExpressionCompiler {
    private(set) var program: [RegularExpression.Instruction] = []

    mutating func whole(_ node: RegularExpressionNode) throws(RegularExpression.ParseError) {
        program.append(.save(0))
        try emit(node)
        program.append(.save(1))
        program.append(.match)
    }

    private mutating func emit(_ node: RegularExpressionNode) throws(RegularExpression.ParseError) {
        guard program.count < RegularExpression.programLengthMax else {
            throw RegularExpression.ParseError(message: "expression too large")
        }
        switch node {
        case .empty: break
        case .scalar(let scalar): program.append(.scalar(scalar))
        case .set(let set): program.append(.set(set))
        case .any(let includesNewline): program.append(.any(includesNewline: includesNewline))
        case .assert(let assertion): program.append(.assert(assertion))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .alternatives(let nodes): try alternatives(nodes)
        case .group(let inner, let number):
            program.append(.save(2 * number))
            try emit(inner)
            program.append(.save(2 * number + 1))
        case .repetition(let inner, let least, let most, let isGreedy):
            try repetition(inner, least, most, isGreedy)
        }
    }

    private mutating func alternatives(_ nodes: [RegularExpressionNode]) throws(RegularExpression.ParseError) {
        var jumps: [Int] = []
        for (at, node) in nodes.enumerated() {
            guard at < nodes.count - 1 else {
                try emit(node)
                break
            }
            let split = program.count
            program.append(.split(split + 1, 0))
            try emit(node)
            jumps.append(program.count)
            program.append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func repetition(
        _ node: RegularExpressionNode, _ least: Int, _ most: Int?, _ isGreedy: Bool
    ) throws(RegularExpression.ParseError) {
        for _ in 0..<least { try emit(node) }
        func split(_ inside: Int, _ outside: Int) -> RegularExpression.Instruction {
            isGreedy ? .split(inside, outside) : .split(outside, inside)
        }
        guard let most else {
            let start = program.count
            program.append(.jump(0))
            try emit(node)
            program.append(.jump(start))
            program[start] = split(start + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(program.count)
            program.append(.jump(0))
            try emit(node)
        }
        for at in splits { program[at] = split(at + 1, program.count) }
    }
}
