extension RegularExpression {
    /// Positions of a match and of its groups, two for each, -1 for a group that took no part.
    typealias Captures = [Int]

    /// States of all alternatives at one position, in order of preference.
    private struct Threads {
        var list: [(instruction: Int, captures: Captures)] = []
        var marks: [Int]

        init(_ count: Int) { marks = Array(repeating: -1, count: count) }
    }

    /// The leftmost match from a position on, by the preferences of the expression.
    ///
    /// Costs at most length of the text × length of the program; `work` is told how much.
    func match(_ scalars: [Unicode.Scalar], from start: Int, _ work: inout Int) -> Captures? {
        var current = Threads(program.count)
        var following = Threads(program.count)
        var found: Captures?
        let empty = Captures(repeating: -1, count: 2 * (groupCount + 1))
        var at = start
        while at <= scalars.count {
            if found == nil { add(0, empty, at, scalars, &current) }
            if current.list.isEmpty, found != nil { break }
            work += current.list.count + 1
            let scalar = at < scalars.count ? scalars[at] : nil
            loop: for (instruction, captures) in current.list {
                var isTaken = false
                switch program[instruction] {
                case .match:
                    found = captures
                    break loop
                case .scalar(let wanted): isTaken = scalar == wanted
                case .set(let set): isTaken = scalar.map { set.contains($0) } ?? false
                case .any(let includesNewline): isTaken = scalar.map { includesNewline || $0 != "\n" } ?? false
                case .split, .jump, .save, .assert: break
                }
                if isTaken { add(instruction + 1, captures, at + 1, scalars, &following) }
            }
            swap(&current, &following)
            following.list.removeAll(keepingCapacity: true)
            at += 1
        }
        return found
    }

    /// Follows jumps to the instructions that look at a character. Iterative: programs may be long.
    private func add(
        _ first: Int, _ captures: Captures, _ at: Int, _ scalars: [Unicode.Scalar], _ threads: inout Threads
    ) {
        var stack = [(first, captures)]
        while let (instruction, captures) = stack.popLast() {
            if threads.marks[instruction] == at { continue }
            threads.marks[instruction] = at
            switch program[instruction] {
            case .jump(let target): stack.append((target, captures))
            case .split(let preferred, let other):
                stack.append((other, captures))
                stack.append((preferred, captures))
            case .save(let slot):
                var saved = captures
                saved[slot] = at
                stack.append((instruction + 1, saved))
            case .assert(let assertion):
                if holds(assertion, at, scalars) { stack.append((instruction + 1, captures)) }
            case .scalar, .set, .any, .match: threads.list.append((instruction, captures))
            }
        }
    }

    private func holds(_ assertion: Assertion, _ at: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        switch assertion {
        case .textStart: return at == 0
        case .textEnd: return at == scalars.count
        case .lineStart: return at == 0 || scalars[at - 1] == "\n"
        case .lineEnd: return at == scalars.count || scalars[at] == "\n"
        case .wordBoundary, .noWordBoundary:
            let before = at > 0 && isWord(scalars[at - 1])
            let after = at < scalars.count && isWord(scalars[at])
            return (before != after) == (assertion == .wordBoundary)
        }
    }

    private func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_")
    }

    /// All matches replaced. `$1`, `${1}`, `$name` and `${name}` stand for groups, `$$` for a dollar sign.
    func replacing(
        _ text: String, with replacement: String, _ environment: Function.Environment
    ) throws(FunctionError) -> String {
        let scalars = Array(text.unicodeScalars)
        let pieces = replacementPieces(replacement)
        var out: [UInt8] = []
        var at = 0
        var last = 0
        while at <= scalars.count {
            // Setting up costs the length of the program; every visited state costs several bytes' worth.
            var work = program.count
            let found = match(scalars, from: at, &work)
            try environment.charge(8 * work)
            guard let found else { break }
            let (start, end) = (found[0], found[1])
            let before = out.count
            out += Self.bytes(scalars[last..<start])
            // An empty match directly after a match is part of that one.
            if end > last || start == 0 {
                for piece in pieces { append(piece, found, scalars, &out) }
            }
            try environment.charge(out.count - before)
            guard out.count <= environment.sizeMax else { throw environment.tooLarge }
            last = end
            at = max(at + 1, end)
        }
        out += Self.bytes(scalars[last...])
        return String(decoding: out, as: UTF8.self)
    }

    private static func bytes(_ scalars: ArraySlice<Unicode.Scalar>) -> [UInt8] {
        scalars.flatMap { UTF8.encode($0).map(Array.init) ?? [] }
    }

    private enum Piece { case literal([UInt8]), group(Int) }

    private func append(_ piece: Piece, _ found: Captures, _ scalars: [Unicode.Scalar], _ out: inout [UInt8]) {
        switch piece {
        case .literal(let literal): out += literal
        case .group(let number):
            guard number <= groupCount, found[2 * number] >= 0, found[2 * number + 1] >= 0 else { return }
            out += Self.bytes(scalars[found[2 * number]..<found[2 * number + 1]])
        }
    }

    private func replacementPieces(_ replacement: String) -> [Piece] {
        let scalars = Array(replacement.unicodeScalars)
        var pieces: [Piece] = []
        var literal: [Unicode.Scalar] = []
        var at = 0
        while at < scalars.count {
            guard scalars[at] == "$", at + 1 < scalars.count else {
                literal.append(scalars[at])
                at += 1
                continue
            }
            if scalars[at + 1] == "$" {
                literal.append("$")
                at += 2
                continue
            }
            let isBraced = scalars[at + 1] == "{"
            var end = at + (isBraced ? 2 : 1)
            let start = end
            while end < scalars.count, isWord(scalars[end]) { end += 1 }
            let isClosed = !isBraced || (end < scalars.count && scalars[end] == "}")
            guard end > start, isClosed else {
                literal.append("$")
                at += 1
                continue
            }
            pieces.append(.literal(Self.bytes(literal[...])))
            literal = []
            let name = String(String.UnicodeScalarView(scalars[start..<end]))
            // An unknown group is the empty text.
            pieces.append(.group(Int(name) ?? groupNames[name] ?? Int.max / 4))
            at = isBraced ? end + 1 : end
        }
        pieces.append(.literal(Self.bytes(literal[...])))
        return pieces
    }
}
