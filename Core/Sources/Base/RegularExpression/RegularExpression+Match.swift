extension RegularExpression {
    /// Positions of a match and of its groups, two for each, -1 for a group that took no part.
    public typealias Captures = [Int]

    /// States of all alternatives at one position, in order of preference.
    private struct Threads {
        var list: [(instruction: Int, captures: Captures)] = []
        var marks: [Int]

        init(_ count: Int) { marks = Array(repeating: -1, count: count) }
    }

    /// The leftmost match from a position on, by the preferences of the expression.
    ///
    /// - Parameters:
    ///   - start: where to begin, from 0; what stands before still counts for `^` and `\\b`.
    ///   - work: counts the steps, at most length of the text × length of the program.
    public func match(_ scalars: [Unicode.Scalar], from start: Int, _ work: inout Int) -> Captures? {
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
            let before = at > 0 && Self.isWord(scalars[at - 1])
            let after = at < scalars.count && Self.isWord(scalars[at])
            return (before != after) == (assertion == .wordBoundary)
        }
    }

    /// A letter, digit or underscore of ASCII.
    public static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }

    /// Whether the expression matches anywhere in the text. Looks after no groups and stops at the first match.
    public func isFound(in text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        var current: [Int] = []
        var following: [Int] = []
        var marks = [Int](repeating: -1, count: program.count)
        var stack: [Int] = []
        for at in 0...scalars.count {
            // A new attempt may start at every position.
            if reach(0, at, scalars, &current, &marks, &stack) { return true }
            guard at < scalars.count else { return false }
            following.removeAll(keepingCapacity: true)
            for instruction in current where takes(instruction, scalars[at]) {
                if reach(instruction + 1, at + 1, scalars, &following, &marks, &stack) { return true }
            }
            swap(&current, &following)
        }
        return false
    }

    private func takes(_ instruction: Int, _ scalar: Unicode.Scalar) -> Bool {
        switch program[instruction] {
        case .scalar(let wanted): scalar == wanted
        case .set(let set): set.contains(scalar)
        case .any(let includesNewline): includesNewline || scalar != "\n"
        case .split, .jump, .save, .assert, .match: false
        }
    }

    /// Adds what can be reached without reading on; true when that is the end of the expression.
    private func reach(
        _ first: Int, _ at: Int, _ scalars: [Unicode.Scalar], _ list: inout [Int], _ marks: inout [Int],
        _ stack: inout [Int]
    ) -> Bool {
        stack.removeAll(keepingCapacity: true)
        stack.append(first)
        while let instruction = stack.popLast() {
            guard marks[instruction] != at else { continue }
            marks[instruction] = at
            switch program[instruction] {
            case .scalar, .set, .any: list.append(instruction)
            case .split(let preferred, let other):
                stack.append(other)
                stack.append(preferred)
            case .jump(let target): stack.append(target)
            case .save: stack.append(instruction + 1)
            case .assert(let assertion): if holds(assertion, at, scalars) { stack.append(instruction + 1) }
            case .match: return true
            }
        }
        return false
    }
}
