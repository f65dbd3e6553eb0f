/// A template as it is read: literals, interpolations and directives one after another, not nested yet.
struct TemplateItems {
    enum Item {
        case literal(String)
        case interpolation(SyntaxNode, between: ByteRange)
        case ifStart(SyntaxNode, ByteRange)
        case elseMark(ByteRange)
        case endIf(ByteRange)
        case forStart(SyntaxNode.ForClause, ByteRange)
        case endFor(ByteRange)
    }

    private(set) var items: [Item] = []
    /// The sequence before ended in `~}`: blanks at the start of a directly following literal are dropped.
    var trimsNext = false

    mutating func append(literal bytes: some Sequence<UInt8>) {
        var text = String(decoding: Array(bytes), as: UTF8.self)
        guard !text.isEmpty else { return }
        if trimsNext { text = text.trimmingBlankPrefix }
        trimsNext = false
        items.append(.literal(text))
    }

    mutating func append(_ item: Item) {
        trimsNext = false
        items.append(item)
    }

    /// For a sequence that starts with `${~`: drops blanks at the end of a literal directly before it.
    mutating func trimLast() {
        guard case .literal(let text) = items.last else { return }
        items[items.count - 1] = .literal(text.trimmingBlankSuffix)
    }

    /// Takes the common indentation off all lines (`<<-`). Lines that are blank don't count.
    mutating func removeIndentation() {
        var least = Int.max
        var indented: [Int] = []
        var isLineStart = true
        for (at, item) in items.enumerated() {
            guard case .literal(let text) = item else {
                if isLineStart { least = 0 }
                isLineStart = false
                continue
            }
            if isLineStart {
                let blanks = text.count - text.trimmingBlankPrefix.count
                let isBlankLine = blanks == text.count && text.last?.isNewline == true
                if !isBlankLine {
                    least = min(least, blanks)
                    indented.append(at)
                }
            }
            isLineStart = text.last?.isNewline == true
        }
        guard least > 0, least < Int.max else { return }
        for at in indented {
            if case .literal(let text) = items[at] { items[at] = .literal(String(text.dropFirst(least))) }
        }
    }
}

extension String {
    var trimmingBlankPrefix: String {
        String(unicodeScalars.drop { $0.properties.isWhitespace })
    }

    var trimmingBlankSuffix: String {
        var scalars = unicodeScalars
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return String(scalars)
    }
}

extension SyntaxNode {
    /// The text of a string that holds no template sequences.
    var plainString: String? {
        guard case .template(let parts) = kind else { return nil }
        var text = ""
        for part in parts {
            guard case .literal(let literal) = part else { return nil }
            text += literal
        }
        return text
    }
}
