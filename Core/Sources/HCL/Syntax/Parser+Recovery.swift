extension Parser {
    /// Goes to the end of the line on which the broken item ends, so that the next item can be read.
    mutating func recover() {
        skipsNewlines = false
        var pending = openers
        openers = []
        while true {
            switch token.kind {
            case .endOfFile: return
            case .newline:
                // A forgotten `]` or `)` must not swallow the file: a line that looks like an item ends the search.
                if pending.isEmpty || (!pending.contains(.openBrace) && nextLineIsItem()) {
                    advance()
                    return
                }
            case .openBrace, .openBracket, .openParenthesis: pending.append(token.kind)
            case .closeBrace where pending.isEmpty: return
            case .closeBrace, .closeBracket, .closeParenthesis, .trimmingCloseBrace:
                if !pending.isEmpty { pending.removeLast() }
            case .quote: skipString()
            case .heredoc: skipHeredoc()
            default: break
            }
            advance()
        }
    }

    /// Goes to the brace that closes the single-line block, or to the end of the file.
    mutating func recoverBlock() {
        skipsNewlines = false
        var pending = openers.count
        openers = []
        while true {
            switch token.kind {
            case .endOfFile: return
            case .openBrace, .openBracket, .openParenthesis: pending += 1
            case .closeBrace where pending == 0: return
            case .closeBrace, .closeBracket, .closeParenthesis, .trimmingCloseBrace: pending = max(0, pending - 1)
            case .quote: skipString()
            case .heredoc: skipHeredoc()
            default: break
            }
            advance()
        }
    }

    private func nextLineIsItem() -> Bool {
        var ahead = lexer
        let first = ahead.next()
        switch first.kind {
        case .endOfFile, .closeBrace: return true
        case .identifier:
            let second = ahead.next().kind
            return second == .assign || second == .openBrace || second == .quote
        default: return false
        }
    }

    /// Passes over a quoted string from its opening quote, with the strings nested in its interpolations.
    mutating func skipString() {
        enum Mode { case string, braces }
        var modes: [Mode] = [.string]
        var at = lexer.position
        let bytes = lexer.bytes
        while at < lexer.limit, let mode = modes.last {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\n") { break }
            at += 1
            let opens = byte == UInt8(ascii: "$") || byte == UInt8(ascii: "%")
            switch (mode, byte) {
            case (.string, UInt8(ascii: "\\")): at += 1
            case (.string, UInt8(ascii: "\"")): modes.removeLast()
            case (.string, _) where opens && at < lexer.limit && bytes[at] == UInt8(ascii: "{"):
                let escaped = at >= 2 && bytes[at - 2] == byte
                at += 1
                if !escaped { modes.append(.braces) }
            case (.braces, UInt8(ascii: "\"")): modes.append(.string)
            case (.braces, UInt8(ascii: "{")): modes.append(.braces)
            case (.braces, UInt8(ascii: "}")): modes.removeLast()
            default: break
            }
        }
        lexer.position = min(at, lexer.limit)
    }

    /// Passes over a heredoc, whose introducer is the current token.
    mutating func skipHeredoc() {
        let marker = heredocMarker(token).marker
        var at = token.end
        while at < lexer.limit {
            let end = lineEnd(at)
            if trimmed(at, end).elementsEqual(marker) {
                lexer.position = end
                return
            }
            at = end + 1
        }
        lexer.position = lexer.limit
    }

    /// The offset of the newline that ends the line, or the end of the text.
    func lineEnd(_ start: Int) -> Int {
        var at = start
        while at < lexer.limit, lexer.bytes[at] != UInt8(ascii: "\n") { at += 1 }
        return at
    }

    func trimmed(_ start: Int, _ end: Int) -> ArraySlice<UInt8> {
        var slice = lexer.bytes[start..<end]
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        while let first = slice.first, isBlank(first) { slice.removeFirst() }
        while let last = slice.last, isBlank(last) { slice.removeLast() }
        return slice
    }
}
