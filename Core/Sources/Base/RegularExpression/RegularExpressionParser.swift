/// Reads RE2's syntax: `. ^ $ [] () | * + ? {}` with lazy forms, `(?:) (?P<n>) (?i)`, `\d \w \s \b \A \z \pL \x{}`.
/// Back references and look-around don't exist in it.
struct RegularExpressionParser {
    typealias Node = RegularExpressionNode

    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotTakesNewline = false
        var isUngreedy = false
    }

    private static let depthMax = 200
    private static let repetitionMax = 1000

    private let scalars: [Unicode.Scalar]
    private var at = 0
    private var flags = Flags()
    private var depth = 0
    private(set) var groupCount = 0
    private(set) var groupNames: [String: Int] = [:]

    init(_ pattern: String) { scalars = Array(pattern.unicodeScalars) }

    private func error(_ message: String) -> RegularExpression.ParseError { .init(message: message) }

    private var next: Unicode.Scalar? { at < scalars.count ? scalars[at] : nil }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        at += 1
        return true
    }

    mutating func whole() throws(RegularExpression.ParseError) -> Node {
        let node = try alternatives()
        if next == ")" { throw error("unexpected ): `\(text(0))`") }
        return node
    }

    private func text(_ start: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[min(start, scalars.count)..<min(scalars.count, max(start, at + 1))])
        return String(view)
    }

    private mutating func alternatives() throws(RegularExpression.ParseError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw error("expression nests too deeply") }
        var branches: [Node] = []
        repeat {
            var items: [Node] = []
            while let scalar = next, scalar != "|", scalar != ")" { try item(&items) }
            branches.append(items.count == 1 ? items[0] : .sequence(items))
        } while take("|")
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func item(_ items: inout [Node]) throws(RegularExpression.ParseError) {
        let start = at
        guard let node = try atom() else { return }
        items.append(try repeated(node, start))
    }

    private mutating func repeated(_ node: Node, _ start: Int) throws(RegularExpression.ParseError) -> Node {
        var node = node
        var isRepeated = false
        while let scalar = next {
            var bounds: (Int, Int?)
            switch scalar {
            case "*": bounds = (0, nil)
            case "+": bounds = (1, nil)
            case "?": bounds = (0, 1)
            case "{":
                guard let found = try braces() else { return node }
                bounds = found
            default: return node
            }
            if scalar != "{" { at += 1 }
            if isRepeated { throw error("invalid nested repetition operator: `\(text(start))`") }
            isRepeated = true
            let isLazy = take("?")
            node = .repetition(node, least: bounds.0, most: bounds.1, isGreedy: isLazy == flags.isUngreedy)
        }
        return node
    }

    /// `{2}`, `{2,}` or `{2,5}`; nil if the brace is just a character.
    private mutating func braces() throws(RegularExpression.ParseError) -> (Int, Int?)? {
        let start = at
        at += 1
        guard let least = digits() else {
            at = start
            return nil
        }
        var most: Int? = least
        if take(",") { most = digits() }
        guard take("}") else {
            at = start
            return nil
        }
        if least > Self.repetitionMax || (most ?? 0) > Self.repetitionMax || (most ?? least) < least {
            throw error("invalid repeat count: `\(text(start))`")
        }
        return (least, most)
    }

    private mutating func digits() -> Int? {
        var value: Int?
        while let scalar = next, let digit = Int(String(Character(scalar))), scalar.isASCII {
            value = min((value ?? 0) * 10 + digit, Self.repetitionMax + 1)
            at += 1
        }
        return value
    }

    private mutating func atom() throws(RegularExpression.ParseError) -> Node? {
        guard let scalar = next else { return .empty }
        let start = at
        at += 1
        switch scalar {
        case ".": return .any(includesNewline: flags.dotTakesNewline)
        case "^": return .assert(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assert(flags.isMultiline ? .lineEnd : .textEnd)
        case "(": return try group(start)
        case "[": return try bracket(start)
        case "\\": return try escape(start)
        case "*", "+", "?": throw error("missing argument to repetition operator: `\(Character(scalar))`")
        case "{":
            at = start
            if try braces() != nil { throw error("missing argument to repetition operator: `\(text(start))`") }
            at = start + 1
            return literal(scalar)
        default: return literal(scalar)
        }
    }

    private func literal(_ scalar: Unicode.Scalar) -> Node {
        guard flags.ignoresCase, let other = scalar.otherCase else { return .scalar(scalar) }
        var set = ScalarSet()
        set.insert(scalar)
        set.insert(other)
        return .set(set)
    }

    private mutating func group(_ start: Int) throws(RegularExpression.ParseError) -> Node? {
        let outer = flags
        guard take("?") else { return try captured(start, outer) }
        if take("P") || next == "<" {
            guard take("<") else { throw error("invalid named capture: `\(text(start))`") }
            var name = ""
            while let scalar = next, scalar != ">" {
                name.unicodeScalars.append(scalar)
                at += 1
            }
            let isName = !name.isEmpty && name.unicodeScalars.allSatisfy(RegularExpression.isWord)
            guard take(">"), isName else { throw error("invalid named capture: `\(text(start))`") }
            guard groupNames[name] == nil else { throw error("duplicate capture group name: `\(name)`") }
            groupNames[name] = groupCount + 1
            return try captured(start, outer)
        }
        var isOn = true
        while let scalar = next {
            at += 1
            switch scalar {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotTakesNewline = isOn
            case "U": flags.isUngreedy = isOn
            case "-" where isOn: isOn = false
            case ")": return nil
            case ":":
                let inner = try alternatives()
                guard take(")") else { throw error("missing closing ): `\(text(start))`") }
                flags = outer
                return inner
            default: throw error("invalid or unsupported Perl syntax: `\(text(start).dropLast())`")
            }
        }
        throw error("missing closing ): `\(text(start))`")
    }

    private mutating func captured(_ start: Int, _ outer: Flags) throws(RegularExpression.ParseError) -> Node {
        groupCount += 1
        let number = groupCount
        let inner = try alternatives()
        guard take(")") else { throw error("missing closing ): `\(text(start))`") }
        flags = outer
        return .group(inner, number)
    }

    private mutating func escape(_ start: Int) throws(RegularExpression.ParseError) -> Node {
        guard let scalar = next else { throw error("trailing backslash at end of expression") }
        switch scalar {
        case "A": at += 1; return .assert(.textStart)
        case "z": at += 1; return .assert(.textEnd)
        case "b": at += 1; return .assert(.wordBoundary)
        case "B": at += 1; return .assert(.noWordBoundary)
        case "Q":
            at += 1
            var nodes: [Node] = []
            while let scalar = next {
                if scalar == "\\", at + 1 < scalars.count, scalars[at + 1] == "E" {
                    at += 2
                    break
                }
                nodes.append(literal(scalar))
                at += 1
            }
            return .sequence(nodes)
        default: break
        }
        if let set = try classEscape(start) { return .set(set) }
        return literal(try characterEscape(start))
    }

    private static let digitRanges: [ClosedRange<UInt32>] = [0x30...0x39]
    private static let wordRanges: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    private static let spaceRanges: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]

    /// `\d`, `\W`, `\pL`, `\P{Greek}`, …; nil for other escapes.
    private mutating func classEscape(_ start: Int) throws(RegularExpression.ParseError) -> ScalarSet? {
        guard let scalar = next else { return nil }
        let ranges: [ClosedRange<UInt32>]
        switch scalar {
        case "d": ranges = Self.digitRanges
        case "D": ranges = ScalarSet.complement(Self.digitRanges)
        case "w": ranges = Self.wordRanges
        case "W": ranges = ScalarSet.complement(Self.wordRanges)
        case "s": ranges = Self.spaceRanges
        case "S": ranges = ScalarSet.complement(Self.spaceRanges)
        case "p", "P":
            at += 1
            var name = ""
            if take("{") {
                while let part = next, part != "}" {
                    name.unicodeScalars.append(part)
                    at += 1
                }
                guard take("}") else { throw error("invalid character class range: `\(text(start))`") }
            } else if let part = next {
                name.unicodeScalars.append(part)
                at += 1
            }
            var isNegated = scalar == "P"
            if name.hasPrefix("^") {
                name.removeFirst()
                isNegated.toggle()
            }
            guard ScalarSet.isKnown(name) else { throw error("invalid character class range: `\\p{\(name)}`") }
            return ScalarSet(classes: [.init(name: name, isNegated: isNegated)])
        default: return nil
        }
        at += 1
        return ScalarSet(ranges: ranges)
    }

    private mutating func characterEscape(_ start: Int) throws(RegularExpression.ParseError) -> Unicode.Scalar {
        guard let scalar = next else { throw error("trailing backslash at end of expression") }
        at += 1
        switch scalar {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{0C}"
        case "v": return "\u{0B}"
        case "a": return "\u{07}"
        case "x":
            var digits = ""
            if take("{") {
                while let part = next, part != "}", digits.count < 8 {
                    digits.unicodeScalars.append(part)
                    at += 1
                }
                guard take("}") else { throw error("invalid escape sequence: `\(text(start))`") }
            } else {
                while digits.count < 2, let part = next {
                    digits.unicodeScalars.append(part)
                    at += 1
                }
                guard digits.count == 2 else { throw error("invalid escape sequence: `\(text(start))`") }
            }
            guard let value = UInt32(digits, radix: 16), let found = Unicode.Scalar(value) else {
                throw error("invalid escape sequence: `\(text(start))`")
            }
            return found
        default:
            let isLetter = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            guard scalar.isASCII, !isLetter else { throw error("invalid escape sequence: `\\\(Character(scalar))`") }
            return scalar
        }
    }

    private static let namedClasses: [String: [ClosedRange<UInt32>]] = [
        "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A], "alpha": [0x41...0x5A, 0x61...0x7A],
        "ascii": [0...0x7F], "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F],
        "digit": [0x30...0x39], "graph": [0x21...0x7E], "lower": [0x61...0x7A], "print": [0x20...0x7E],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E], "space": [0x09...0x0D, 0x20...0x20],
        "upper": [0x41...0x5A], "word": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A],
        "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66],
    ]

    private mutating func bracket(_ start: Int) throws(RegularExpression.ParseError) -> Node {
        var set = ScalarSet()
        set.isNegated = take("^")
        var isFirst = true
        while isFirst || next != "]" {
            isFirst = false
            guard let scalar = next else { throw error("missing closing ]: `\(text(start))`") }
            if scalar == "[", at + 1 < scalars.count, scalars[at + 1] == ":" {
                set.ranges += try namedClass()
                continue
            }
            if scalar == "\\" {
                at += 1
                if let inner = try classEscape(start) {
                    set.ranges += inner.ranges
                    set.classes += inner.classes
                    continue
                }
                at -= 1
            }
            try range(into: &set, start)
        }
        at += 1
        return .set(set)
    }

    private mutating func namedClass() throws(RegularExpression.ParseError) -> [ClosedRange<UInt32>] {
        let start = at
        at += 2
        var name = ""
        while let scalar = next, scalar != ":", scalar != "]" {
            name.unicodeScalars.append(scalar)
            at += 1
        }
        let isNegated = name.hasPrefix("^")
        guard take(":"), take("]"), let ranges = Self.namedClasses[isNegated ? String(name.dropFirst()) : name] else {
            throw error("invalid character class range: `\(text(start))`")
        }
        return isNegated ? ScalarSet.complement(ranges) : ranges
    }

    private mutating func member(_ start: Int) throws(RegularExpression.ParseError) -> Unicode.Scalar {
        guard let scalar = next else { throw error("missing closing ]: `\(text(start))`") }
        at += 1
        return scalar == "\\" ? try characterEscape(start) : scalar
    }

    private mutating func range(into set: inout ScalarSet, _ start: Int) throws(RegularExpression.ParseError) {
        let low = try member(start)
        var high = low
        if next == "-", at + 1 < scalars.count, scalars[at + 1] != "]" {
            at += 1
            high = try member(start)
        }
        guard low.value <= high.value else { throw error("invalid character class range: `\(text(start))`") }
        set.ranges.append(low.value...high.value)
        guard flags.ignoresCase else { return }
        if high.value - low.value <= 0x200 {
            for value in low.value...high.value {
                if let other = Unicode.Scalar(value)?.otherCase { set.insert(other) }
            }
        }
    }
}

extension Unicode.Scalar {
    /// The letter in the other case, where there is exactly one.
    fileprivate var otherCase: Unicode.Scalar? {
        for mapping in [properties.lowercaseMapping, properties.uppercaseMapping] {
            let scalars = mapping.unicodeScalars
            if scalars.count == 1, let other = scalars.first, other != self { return other }
        }
        return nil
    }
}
