/// A regular expression in the syntax of RE2 that takes time proportional to text × pattern, whatever the pattern.
///
/// Constraints run on the leader for every node class, so an expression must not be able to hold it up:
/// backtracking engines can, this one follows all alternatives at once. Only "is it found" is asked, so there
/// are no captures, and greedy and lazy repetition are the same.
struct Pattern: Sendable {
    /// Instructions an expression may compile to; counted repetition multiplies.
    static let instructionsMax = 20_000

    enum Instruction: Sendable {
        case one(CharacterSet)
        case split(Int, Int)
        case jump(Int)
        case assert(Assertion)
        case found
    }

    enum Assertion: Sendable { case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary }

    /// Ranges of Unicode scalar values.
    struct CharacterSet: Sendable {
        var ranges: [ClosedRange<UInt32>]
        var isInverted = false

        func contains(_ scalar: UInt32) -> Bool { ranges.contains { $0.contains(scalar) } != isInverted }
    }

    struct Problem: Error, CustomStringConvertible {
        var description: String
    }

    private let program: [Instruction]

    /// Compiles an expression.
    /// - Throws: `Problem` when it is no regular expression, or one of a kind that is not supported.
    init(_ text: String) throws(Problem) {
        var parser = PatternParser(text)
        let tree = try parser.parse()
        var compiler = PatternCompiler()
        try compiler.add(tree)
        compiler.program.append(.found)
        program = compiler.program
    }

    /// Whether the expression matches anywhere in the text.
    func isFound(in text: String) -> Bool {
        let scalars = text.unicodeScalars.map(\.value)
        var current: [Int] = []
        var next: [Int] = []
        var mark = [Int](repeating: -1, count: program.count)
        for at in 0...scalars.count {
            // A new attempt may start at every position.
            if follow(0, at, scalars, &current, &mark) { return true }
            guard at < scalars.count else { return false }
            next.removeAll(keepingCapacity: true)
            for state in current {
                guard case .one(let set) = program[state], set.contains(scalars[at]) else { continue }
                if follow(state + 1, at + 1, scalars, &next, &mark) { return true }
            }
            swap(&current, &next)
        }
        return false
    }

    /// Adds what can be reached from an instruction without reading on. `mark` holds the position at which an
    /// instruction was last added. True when the expression is found.
    private func follow(_ start: Int, _ at: Int, _ text: [UInt32], _ list: inout [Int], _ mark: inout [Int]) -> Bool {
        var stack = [start]
        while let state = stack.popLast() {
            guard mark[state] != at else { continue }
            mark[state] = at
            switch program[state] {
            case .one: list.append(state)
            case .split(let a, let b):
                stack.append(b)
                stack.append(a)
            case .jump(let target): stack.append(target)
            case .assert(let assertion): if holds(assertion, at, text) { stack.append(state + 1) }
            case .found: return true
            }
        }
        return false
    }

    private func holds(_ assertion: Assertion, _ at: Int, _ text: [UInt32]) -> Bool {
        func isWord(_ at: Int) -> Bool { text.indices.contains(at) && PatternParser.word.contains(text[at]) }
        return switch assertion {
        case .textStart: at == 0
        case .textEnd: at == text.count
        case .lineStart: at == 0 || text[at - 1] == 10
        case .lineEnd: at == text.count || text[at] == 10
        case .wordBoundary: isWord(at - 1) != isWord(at)
        case .notWordBoundary: isWord(at - 1) == isWord(at)
        }
    }
}

/// The parsed form of an expression.
indirect enum PatternTree {
    case empty
    case one(Pattern.CharacterSet)
    case assert(Pattern.Assertion)
    case sequence([PatternTree])
    case either([PatternTree])
    case repeated(PatternTree, min: Int, max: Int?)
}

/// Lays a tree out as instructions.
private struct PatternCompiler {
    var program: [Pattern.Instruction] = []

    mutating func add(_ tree: PatternTree) throws(Pattern.Problem) {
        guard program.count < Pattern.instructionsMax else {
            throw Pattern.Problem(description: "the expression is too large")
        }
        switch tree {
        case .empty: break
        case .one(let set): program.append(.one(set))
        case .assert(let assertion): program.append(.assert(assertion))
        case .sequence(let parts): for part in parts { try add(part) }
        case .either(let options): try add(either: options[...])
        case .repeated(let part, let min, let max):
            for _ in 0..<min { try add(part) }
            if let max {
                var splits: [Int] = []
                for _ in min..<Swift.max(min, max) {
                    splits.append(program.count)
                    program.append(.jump(0))
                    try add(part)
                }
                for split in splits { program[split] = .split(split + 1, program.count) }
            } else {
                let split = program.count
                program.append(.jump(0))
                try add(part)
                program.append(.jump(split))
                program[split] = .split(split + 1, program.count)
            }
        }
    }

    private mutating func add(either options: ArraySlice<PatternTree>) throws(Pattern.Problem) {
        guard let first = options.first else { return }
        guard options.count > 1 else { return try add(first) }
        let split = program.count
        program.append(.jump(0))
        try add(first)
        let jump = program.count
        program.append(.jump(0))
        program[split] = .split(split + 1, program.count)
        try add(either: options.dropFirst())
        program[jump] = .jump(program.count)
    }
}
