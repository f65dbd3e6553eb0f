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
