/// The canonical layout of files in the native syntax: two blanks for each level, `=` and comments of neighbouring
/// lines aligned, one blank around operators. Comments, empty lines, strings and heredocs stay as they are.
public struct Formatter {
    private let bytes: [UInt8]
    private var lines: [Line] = []

    /// One line: what stands before `=`, the rest from `=` on where it is a whole value, and the comment.
    private struct Line {
        var lead: [FormatToken] = []
        var assignment: [FormatToken] = []
        var comment: [FormatToken] = []
    }

    /// The canonical text.
    ///
    /// - Throws: the problems of a text that isn't correct; such a text is never changed.
    public static func format(_ text: [UInt8], name: String, limits: Limits = .standard) throws(Diagnostics) -> [UInt8]
    {
        let document = Document(parsing: text, name: name, syntax: .native, limits: limits)
        guard !document.diagnostics.hasErrors else { throw document.diagnostics }
        var formatter = Formatter(document.source.bytes)
        return formatter.run()
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() -> [UInt8] {
        var tokenizer = FormatTokenizer(bytes)
        split(tokenizer.run())
        indent()
        for at in lines.indices { lines[at] = spaced(lines[at]) }
        align()
        return text()
    }

    /// Cuts into lines and their cells.
    private mutating func split(_ tokens: [FormatToken]) {
        var line: [FormatToken] = []
        for token in tokens {
            if token.kind == .newline {
                lines.append(cells(line))
                line = []
            } else {
                line.append(token)
            }
        }
        if !line.isEmpty { lines.append(cells(line)) }
    }

    private func cells(_ tokens: [FormatToken]) -> Line {
        var line = Line(lead: tokens)
        if tokens.count > 1, let last = tokens.last, last.kind == .comment {
            line.lead.removeLast()
            line.comment = [last]
        }
        // A value that goes on over the next lines isn't aligned with others.
        if let at = line.lead.firstIndex(where: { $0.isSymbol(.assign) }), at > 0,
            line.lead[at...].reduce(0, { $0 + $1.bracketChange }) == 0
        {
            line.assignment = Array(line.lead[at...])
            line.lead.removeSubrange(at...)
        }
        return line
    }

    /// Brackets opened on one line make one level, whatever their number.
    private mutating func indent() {
        var levels: [Int] = []
        for at in lines.indices where !lines[at].lead.isEmpty {
            let change = (lines[at].lead + lines[at].assignment).reduce(0) { $0 + $1.bracketChange }
            if change < 0 {
                Formatter.close(-change, &levels)
                lines[at].lead[0].blanksBefore = 2 * levels.count
            } else {
                // `} else {`-like lines and `], [` close before they open.
                var leading = 0
                for token in lines[at].lead {
                    guard token.bracketChange < 0 else { break }
                    leading += 1
                }
                Formatter.close(leading, &levels)
                lines[at].lead[0].blanksBefore = 2 * levels.count
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

    private func spaced(_ line: Line) -> Line {
        var all = line.lead + line.assignment
        for at in all.indices.dropFirst() {
            let before = at >= 2 ? all[at - 2] : nil
            all[at].blanksBefore = Formatter.isSpaced(before, all[at - 1], all[at]) ? 1 : 0
        }
        return Line(
            lead: Array(all[..<line.lead.count]), assignment: Array(all[line.lead.count...]), comment: line.comment)
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

    private static func width(_ tokens: [FormatToken], _ bytes: [UInt8]) -> Int {
        tokens.reduce(0) { sum, token in
            let text = bytes[token.range]
            // A token over several lines counts with its last one.
            let last = text.lastIndex(of: UInt8(ascii: "\n")).map { text[($0 + 1)...] } ?? text
            return sum + token.blanksBefore + String(decoding: last, as: UTF8.self).count
        }
    }

    private mutating func align() {
        for chain in chains({ !$0.assignment.isEmpty }) {
            let widths = chain.map { Formatter.width(lines[$0].lead, bytes) }
            let widest = widths.max() ?? 0
            for (at, width) in zip(chain, widths) { lines[at].assignment[0].blanksBefore = widest - width + 1 }
        }
        for chain in chains({ !$0.comment.isEmpty }) {
            let widths = chain.map { Formatter.width(lines[$0].lead + lines[$0].assignment, bytes) }
            let widest = widths.max() ?? 0
            for (at, width) in zip(chain, widths) { lines[at].comment[0].blanksBefore = widest - width + 1 }
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
        lines[at].lead.first?.blanksBefore == lines[at - 1].lead.first?.blanksBefore
            && !lines[at - 1].assignment.contains { $0.kind == .heredoc }
    }

    private func text() -> [UInt8] {
        var out: [UInt8] = []
        for line in lines {
            for token in line.lead + line.assignment + line.comment {
                out.append(contentsOf: repeatElement(0x20, count: token.blanksBefore))
                out += bytes[token.range]
            }
            out.append(0x0A)
        }
        return out
    }
}
