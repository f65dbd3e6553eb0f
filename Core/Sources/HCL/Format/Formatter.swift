/// The canonical layout of files in the native syntax: two blanks for each level, `=` and comments of neighbouring
/// lines aligned, one blank around operators. Comments, empty lines, strings and heredocs stay as they are.
public struct Formatter {
    private let bytes: [UInt8]
    private var tokens: [FormatToken]
    private var lines: [Line] = []

    /// One line, as places in `tokens`: what stands before `=`, the rest from `=` on where it is a whole value, and the
    /// comment.
    private struct Line {
        var start: UInt32
        var assignmentStart: UInt32
        var commentStart: UInt32
        var end: UInt32

        var lead: Range<Int> { Int(start)..<Int(assignmentStart) }
        var assignment: Range<Int> { Int(assignmentStart)..<Int(commentStart) }
        var code: Range<Int> { Int(start)..<Int(commentStart) }
        var comment: Range<Int> { Int(commentStart)..<Int(end) }
        var all: Range<Int> { Int(start)..<Int(end) }
    }

    /// The canonical text.
    ///
    /// - Throws: the problems of a text that isn't correct; such a text is never changed.
    public static func format(_ text: [UInt8], name: String, limits: Limits = .standard) throws(Diagnostics) -> [UInt8]
    {
        var formatter = Formatter(try checked(text, name, limits))
        return formatter.run()
    }

    /// The text without a byte order mark, if it is correct. The tree that shows this is not kept.
    private static func checked(_ text: [UInt8], _ name: String, _ limits: Limits) throws(Diagnostics) -> [UInt8] {
        let document = Document(parsing: text, name: name, syntax: .native, limits: limits)
        guard !document.diagnostics.hasErrors else { throw document.diagnostics }
        return document.source.bytes
    }

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var tokenizer = FormatTokenizer(bytes)
        tokens = tokenizer.run()
    }

    private mutating func run() -> [UInt8] {
        split()
        indent()
        for line in lines { space(line) }
        align()
        return text()
    }

    /// Cuts into lines and their cells.
    private mutating func split() {
        var start = 0
        for at in tokens.indices where tokens[at].kind == .newline {
            lines.append(cells(start..<at))
            start = at + 1
        }
        if start < tokens.count { lines.append(cells(start..<tokens.count)) }
    }

    private func cells(_ range: Range<Int>) -> Line {
        let hasComment = range.count > 1 && tokens[range.upperBound - 1].kind == .comment
        let code = range.lowerBound..<(hasComment ? range.upperBound - 1 : range.upperBound)
        var assignment = code.upperBound
        // A value that goes on over the next lines isn't aligned with others.
        if let at = code.first(where: { tokens[$0].isSymbol(.assign) }), at > code.lowerBound,
            bracketChange(at..<code.upperBound) == 0
        {
            assignment = at
        }
        return Line(
            start: UInt32(range.lowerBound), assignmentStart: UInt32(assignment), commentStart: UInt32(code.upperBound),
            end: UInt32(range.upperBound))
    }

    private func bracketChange(_ range: Range<Int>) -> Int { range.reduce(0) { $0 + tokens[$1].bracketChange } }

    /// Brackets opened on one line make one level, whatever their number.
    private mutating func indent() {
        var levels: [Int] = []
        for line in lines where !line.lead.isEmpty {
            let change = bracketChange(line.code)
            if change < 0 {
                Formatter.close(-change, &levels)
                tokens[line.lead.lowerBound].blanksBefore = 2 * levels.count
            } else {
                // `} else {`-like lines and `], [` close before they open.
                let leading = line.lead.prefix { tokens[$0].bracketChange < 0 }.count
                Formatter.close(leading, &levels)
                tokens[line.lead.lowerBound].blanksBefore = 2 * levels.count
                if change + leading > 0 { levels.append(change + leading) }
            }
        }
    }

    private static func close(_ count: Int, _ levels: inout [Int]) {
        var left = count
        while left > 0, let top = levels.last {
            if left >= top {
                levels.removeLast()
                left -= top
            } else {
                levels[levels.count - 1] = top - left
                left = 0
            }
        }
    }

    private mutating func space(_ line: Line) {
        for at in line.code.dropFirst() {
            let before = at >= line.code.lowerBound + 2 ? tokens[at - 2] : nil
            tokens[at].blanksBefore = Formatter.isSpaced(before, tokens[at - 1], tokens[at]) ? 1 : 0
        }
    }

    /// Whether there is a blank between `left` and `right`; `before` stands before `left`.
    private static func isSpaced(_ before: FormatToken?, _ left: FormatToken, _ right: FormatToken) -> Bool {
        if right.kind == .comment { return true }
        switch right.kind {
        case .symbol(.comma), .symbol(.ellipsis), .symbol(.dot), .symbol(.closeParenthesis), .symbol(.closeBracket):
            return false
        case .symbol(.closeBrace): return !left.isSymbol(.openBrace)
        case .symbol(.openParenthesis):
            if left.isSymbol(.identifier) { return false }
        case .symbol(.openBracket):
            if endsOperand(left) { return false }
            if left.isSymbol(.binary(.multiply)), before?.isSymbol(.dot) == true { return false }
        default: break
        }
        switch left.kind {
        case .symbol(.openParenthesis), .symbol(.openBracket), .symbol(.dot), .symbol(.not): return false
        case .symbol(.binary(.subtract)): return before.map(endsOperand) ?? false
        default: return true
        }
    }

    private static func endsOperand(_ token: FormatToken) -> Bool {
        switch token.kind {
        case .string, .heredoc, .symbol(.identifier), .symbol(.number), .symbol(.closeParenthesis),
            .symbol(.closeBracket), .symbol(.closeBrace):
            true
        default: false
        }
    }

    // MARK: Columns

    private func width(_ range: Range<Int>) -> Int {
        range.reduce(0) { sum, at in
            let text = bytes[tokens[at].range]
            // A token over several lines counts with its last one.
            let last = text.lastIndex(of: UInt8(ascii: "\n")).map { text[($0 + 1)...] } ?? text
            return sum + tokens[at].blanksBefore + String(decoding: last, as: UTF8.self).count
        }
    }

    private mutating func align() {
        for chain in chains({ !$0.assignment.isEmpty }) {
            let widths = chain.map { width(lines[$0].lead) }
            let widest = widths.max() ?? 0
            for (at, width) in zip(chain, widths) {
                tokens[lines[at].assignment.lowerBound].blanksBefore = widest - width + 1
            }
        }
        for chain in chains({ !$0.comment.isEmpty }) {
            let widths = chain.map { width(lines[$0].code) }
            let widest = widths.max() ?? 0
            for (at, width) in zip(chain, widths) {
                tokens[lines[at].comment.lowerBound].blanksBefore = widest - width + 1
            }
        }
    }

    /// The numbers of neighbouring lines that belong together.
    private func chains(_ belongs: (Line) -> Bool) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while start < lines.count {
            var end = start
            while end < lines.count, belongs(lines[end]), end == start || continues(end) { end += 1 }
            if end > start { found.append(start..<end) }
            start = max(end, start + 1)
        }
        return found
    }

    /// Lines of different depth, and what comes after a heredoc, are not aligned with what was before.
    private func continues(_ at: Int) -> Bool {
        indentation(lines[at]) == indentation(lines[at - 1])
            && !lines[at - 1].assignment.contains { tokens[$0].kind == .heredoc }
    }

    private func indentation(_ line: Line) -> Int? { line.lead.first.map { tokens[$0].blanksBefore } }

    private func text() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + bytes.count / 8)
        for line in lines {
            for at in line.all {
                out.append(contentsOf: repeatElement(0x20, count: tokens[at].blanksBefore))
                out += bytes[tokens[at].range]
            }
            out.append(0x0A)
        }
        return out
    }
}
