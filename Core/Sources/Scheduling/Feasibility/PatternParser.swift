/// Reads the syntax of RE2 into a tree.
struct PatternParser {
    static let digit = Pattern.CharacterSet(ranges: [48...57])
    static let word = Pattern.CharacterSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let space = Pattern.CharacterSet(ranges: [9...10, 12...13, 32...32])
    /// The largest count in `x{n,m}`.
    static let repetitionMax = 1000
    /// Groups inside groups.
    static let depthMax = 200

    private let text: [UInt32]
    private var at = 0
    private var depth = 0
    private var ignoresCase = false
    private var isMultiline = false
    private var dotTakesNewline = false

    init(_ text: String) { self.text = text.unicodeScalars.map(\.value) }

    mutating func parse() throws(Pattern.Problem) -> PatternTree {
        let tree = try either()
        guard at == text.count else { throw problem("unexpected )") }
        return tree
    }

    private func problem(_ what: String) -> Pattern.Problem {
        Pattern.Problem(description: "\(what) at character \(at + 1) of the expression")
    }

    private func peek(_ character: Unicode.Scalar) -> Bool { at < text.count && text[at] == character.value }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek(character) else { return false }
        at += 1
        return true
    }

    private mutating func either() throws(Pattern.Problem) -> PatternTree {
        var options = [try sequence()]
        while take("|") { options.append(try sequence()) }
        return options.count == 1 ? options[0] : .either(options)
    }

    private mutating func sequence() throws(Pattern.Problem) -> PatternTree {
        var parts: [PatternTree] = []
        while at < text.count, !peek("|"), !peek(")") { parts.append(try repetition(of: try atom())) }
        return .sequence(parts)
    }

    private mutating func repetition(of part: PatternTree) throws(Pattern.Problem) -> PatternTree {
        var part = part
        while true {
            let start = at
            if take("*") {
                part = .repeated(part, min: 0, max: nil)
            } else if take("+") {
                part = .repeated(part, min: 1, max: nil)
            } else if take("?") {
                part = .repeated(part, min: 0, max: 1)
            } else if take("{") {
                guard let (low, high) = counts() else {
                    at = start
                    return part
                }
                guard low <= Self.repetitionMax, (high ?? low) <= Self.repetitionMax, low <= high ?? low else {
                    throw problem("repetition count too large or reversed")
                }
                part = .repeated(part, min: low, max: high)
            } else {
                return part
            }
            _ = take("?")
        }
    }

    /// `n}`, `n,}` or `n,m}`; nil when the brace is just a brace.
    private mutating func counts() -> (Int, Int?)? {
        func number(_ parser: inout Self) -> Int? {
            let start = parser.at
            while parser.at < parser.text.count, Self.digit.contains(parser.text[parser.at]) { parser.at += 1 }
            guard parser.at > start, parser.at - start < 6 else { return nil }
            return parser.text[start..<parser.at].reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        guard let low = number(&self) else { return nil }
        if take("}") { return (low, low) }
        guard take(",") else { return nil }
        if take("}") { return (low, nil) }
        guard let high = number(&self), take("}") else { return nil }
        return (low, high)
    }

    private mutating func atom() throws(Pattern.Problem) -> PatternTree {
        let character = text[at]
        at += 1
        switch Unicode.Scalar(character) {
        case "(": return try group()
        case "[": return .one(try bracket())
        case ".": return .one(.init(ranges: dotTakesNewline ? [] : [10...10], isInverted: true))
        case "^": return .assert(isMultiline ? .lineStart : .textStart)
        case "$": return .assert(isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escape()
        case "*", "+", "?": throw problem("nothing to repeat")
        default: return .one(folded([character...character]))
        }
    }

    private mutating func group() throws(Pattern.Problem) -> PatternTree {
        let outer = (ignoresCase, isMultiline, dotTakesNewline)
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw problem("groups nested too deep") }
        if take("?") {
            if take("P") || peek("<") {
                guard take("<") else { throw problem("unknown group") }
                while at < text.count, !peek(">") { at += 1 }
                guard take(">") else { throw problem("missing >") }
            } else if try flags() {
                // `(?i)`: holds to the end of the group around it.
                return .empty
            }
        }
        let tree = try either()
        guard take(")") else { throw problem("missing )") }
        (ignoresCase, isMultiline, dotTakesNewline) = outer
        return tree
    }

    /// Flags up to `:` (false) or `)` (true).
    private mutating func flags() throws(Pattern.Problem) -> Bool {
        var value = true
        while at < text.count {
            let character = text[at]
            at += 1
            switch Unicode.Scalar(character) {
            case "i": ignoresCase = value
            case "m": isMultiline = value
            case "s": dotTakesNewline = value
            case "U": break
            case "-": value = false
            case ":": return false
            case ")": return true
            default: throw problem("unknown flag")
            }
        }
        throw problem("missing )")
    }

    private mutating func escape() throws(Pattern.Problem) -> PatternTree {
        guard at < text.count else { throw problem("nothing after \\") }
        switch Unicode.Scalar(text[at]) {
        case "b": return assertion(.wordBoundary)
        case "B": return assertion(.notWordBoundary)
        case "A": return assertion(.textStart)
        case "z": return assertion(.textEnd)
        default:
            let set = try escapedSet()
            return .one(set.isInverted ? set : folded(set.ranges))
        }
    }

    private mutating func assertion(_ assertion: Pattern.Assertion) -> PatternTree {
        at += 1
        return .assert(assertion)
    }

    /// What a backslash means both outside and inside of brackets.
    private mutating func escapedSet() throws(Pattern.Problem) -> Pattern.CharacterSet {
        let character = text[at]
        at += 1
        switch Unicode.Scalar(character) {
        case "d": return Self.digit
        case "w": return Self.word
        case "s": return Self.space
        case "D": return .init(ranges: Self.digit.ranges, isInverted: true)
        case "W": return .init(ranges: Self.word.ranges, isInverted: true)
        case "S": return .init(ranges: Self.space.ranges, isInverted: true)
        case "n": return .init(ranges: [10...10])
        case "t": return .init(ranges: [9...9])
        case "r": return .init(ranges: [13...13])
        case "f": return .init(ranges: [12...12])
        case "v": return .init(ranges: [11...11])
        case "a": return .init(ranges: [7...7])
        case "x": return try hexadecimal()
        default:
            // Letters and digits are kept for meanings that are not supported (`\p`, back references).
            guard !Self.word.contains(character) || character == 95 else { throw problem("unknown escape") }
            return .init(ranges: [character...character])
        }
    }

    private mutating func hexadecimal() throws(Pattern.Problem) -> Pattern.CharacterSet {
        let isBraced = take("{")
        var (value, digits): (UInt32, Int) = (0, 0)
        while at < text.count, digits < (isBraced ? 6 : 2), let digit = Unicode.Scalar(text[at])?.hexadecimalValue {
            (value, digits, at) = (value * 16 + digit, digits + 1, at + 1)
        }
        guard digits > 0, isBraced || digits == 2, !isBraced || take("}") else { throw problem("malformed \\x") }
        return .init(ranges: [value...value])
    }

    private mutating func bracket() throws(Pattern.Problem) -> Pattern.CharacterSet {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while at < text.count, isFirst || !peek("]") {
            isFirst = false
            if let named = try namedClass() {
                ranges += named
                continue
            }
            let low = try bracketMember()
            guard low.count == 1, low[0].count == 1, peek("-"), at + 1 < text.count, text[at + 1] != 93 else {
                ranges += low
                continue
            }
            at += 1
            let high = try bracketMember()
            guard high.count == 1, high[0].count == 1, low[0].lowerBound <= high[0].lowerBound else {
                throw problem("bad range in brackets")
            }
            ranges.append(low[0].lowerBound...high[0].lowerBound)
        }
        guard take("]") else { throw problem("missing ]") }
        return .init(ranges: folded(ranges).ranges, isInverted: isInverted)
    }

    private mutating func bracketMember() throws(Pattern.Problem) -> [ClosedRange<UInt32>] {
        guard at < text.count else { throw problem("missing ]") }
        guard take("\\") else {
            at += 1
            return [text[at - 1]...text[at - 1]]
        }
        guard at < text.count else { throw problem("nothing after \\") }
        let set = try escapedSet()
        return set.isInverted ? Self.inverted(set.ranges) : set.ranges
    }

    /// `[:alpha:]` and its kin.
    private mutating func namedClass() throws(Pattern.Problem) -> [ClosedRange<UInt32>]? {
        guard peek("["), at + 1 < text.count, text[at + 1] == 58 else { return nil }
        guard let close = text[at...].firstIndex(of: 93), close > at + 2, text[close - 1] == 58 else { return nil }
        var name = String(String.UnicodeScalarView(text[(at + 2)..<(close - 1)].compactMap(Unicode.Scalar.init)))
        let isInverted = name.hasPrefix("^")
        if isInverted { name.removeFirst() }
        let ranges: [ClosedRange<UInt32>]
        switch name {
        case "alnum": ranges = [48...57, 65...90, 97...122]
        case "alpha": ranges = [65...90, 97...122]
        case "ascii": ranges = [0...127]
        case "blank": ranges = [9...9, 32...32]
        case "cntrl": ranges = [0...31, 127...127]
        case "digit": ranges = Self.digit.ranges
        case "graph": ranges = [33...126]
        case "lower": ranges = [97...122]
        case "print": ranges = [32...126]
        case "punct": ranges = [33...47, 58...64, 91...96, 123...126]
        case "space": ranges = [9...13, 32...32]
        case "upper": ranges = [65...90]
        case "word": ranges = Self.word.ranges
        case "xdigit": ranges = [48...57, 65...70, 97...102]
        default: throw problem("unknown class [:\(name):]")
        }
        at = close + 1
        return isInverted ? Self.inverted(ranges) : ranges
    }

    private static func inverted(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var (result, next): ([ClosedRange<UInt32>], UInt32) = ([], 0)
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }

    /// Adds the other case of ASCII letters when case is ignored.
    private func folded(_ ranges: [ClosedRange<UInt32>]) -> Pattern.CharacterSet {
        guard ignoresCase else { return .init(ranges: ranges) }
        var all = ranges
        for range in ranges {
            let upper = range.clamped(to: 65...90)
            if upper.lowerBound >= range.lowerBound, range.overlaps(65...90) {
                all.append((upper.lowerBound + 32)...(upper.upperBound + 32))
            }
            let lower = range.clamped(to: 97...122)
            if lower.lowerBound >= range.lowerBound, range.overlaps(97...122) {
                all.append((lower.lowerBound - 32)...(lower.upperBound - 32))
            }
        }
        return .init(ranges: all)
    }
}

extension Unicode.Scalar {
    fileprivate var hexadecimalValue: UInt32? {
        switch self {
        case "0"..."9": value - 48
        case "a"..."f": value - 87
        case "A"..."F": value - 55
        default: nil
        }
    }
}
