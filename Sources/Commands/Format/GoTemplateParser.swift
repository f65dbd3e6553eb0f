import Base

/// Reads a template.
struct GoTemplateParser {
    private enum Piece {
        case text(String)
        case action(String)
    }

    private var pieces: [Piece] = []
    private var at = 0
    private let source: String

    init(_ text: String) { source = text }

    mutating func parse() throws(GoTemplateError) -> [GoTemplate.Node] {
        try cut()
        let (nodes, end) = try nodes()
        if let end { throw GoTemplateError(message: "template: unexpected {{\(end)}}") }
        return nodes
    }

    /// Splits the source at `{{` and `}}`, and trims around `{{-` and `-}}`.
    private mutating func cut() throws(GoTemplateError) {
        var rest = Substring(source)
        var trimNext = false
        while true {
            guard let open = Self.range(of: "{{", in: rest) else {
                pieces.append(.text(trimNext ? Self.trimmedStart(rest) : String(rest)))
                return
            }
            var text = trimNext ? Self.trimmedStart(rest[..<open]) : String(rest[..<open])
            rest = rest[open...].dropFirst(2)
            guard let close = Self.range(of: "}}", in: rest) else {
                throw GoTemplateError(message: "template: unclosed action")
            }
            var action = rest[..<close]
            rest = rest[close...].dropFirst(2)
            if action.hasPrefix("- ") || action == "-" {
                action = action.dropFirst()
                while let last = text.last, last.isWhitespace { text.removeLast() }
            }
            trimNext = action.hasSuffix(" -") || action == "-"
            if trimNext { action = action.dropLast() }
            pieces.append(.text(text))
            let inner = action.drop { $0.isWhitespace }
            if !inner.hasPrefix("/*") { pieces.append(.action(String(inner))) }
        }
    }

    private static func trimmedStart(_ text: Substring) -> String { String(text.drop { $0.isWhitespace }) }

    private static func range(of mark: String, in text: Substring) -> Substring.Index? {
        var at = text.startIndex
        while at < text.endIndex {
            if text[at...].hasPrefix(mark) { return at }
            at = text.index(after: at)
        }
        return nil
    }

    /// Nodes up to `end` or `else`, which is returned.
    private mutating func nodes() throws(GoTemplateError) -> ([GoTemplate.Node], String?) {
        var nodes: [GoTemplate.Node] = []
        while at < pieces.count {
            let piece = pieces[at]
            at += 1
            switch piece {
            case .text(let text): if !text.isEmpty { nodes.append(.text(text)) }
            case .action(let action):
                let words = action.split(separator: " ", maxSplits: 1).map(String.init)
                let head = words.first?.trimmingBlanks ?? ""
                if head == "end" || head == "else" { return (nodes, action.trimmingBlanks) }
                if let kind = GoTemplate.BranchKind(rawValue: head) {
                    nodes.append(try branch(kind, words.count > 1 ? words[1] : ""))
                } else {
                    nodes.append(.pipeline(try pipeline(action)))
                }
            }
        }
        return (nodes, nil)
    }

    private mutating func branch(
        _ kind: GoTemplate.BranchKind, _ test: String
    ) throws(GoTemplateError) -> GoTemplate.Node {
        let condition = try pipeline(test)
        let (body, end) = try nodes()
        guard let end else { throw GoTemplateError(message: "template: unexpected EOF; {{end}} is missing") }
        if end == "end" { return .branch(kind: kind, test: condition, body: body, otherwise: []) }
        let rest = end.dropFirst("else".count).drop { $0.isWhitespace }
        if rest.hasPrefix("if ") {
            let nested = try branch(.if, String(rest.dropFirst(3)))
            return .branch(kind: kind, test: condition, body: body, otherwise: [nested])
        }
        let (otherwise, last) = try nodes()
        guard last == "end" else { throw GoTemplateError(message: "template: unexpected EOF; {{end}} is missing") }
        return .branch(kind: kind, test: condition, body: body, otherwise: otherwise)
    }

    private func pipeline(_ text: String) throws(GoTemplateError) -> GoTemplate.Pipeline {
        var lexer = GoTemplateLexer(text)
        var tokens = try lexer.tokens()[...]
        let pipeline = try Self.pipeline(&tokens)
        if !tokens.isEmpty { throw GoTemplateError(message: "template: unexpected \"\(tokens[tokens.startIndex])\"") }
        return pipeline
    }

    private static func pipeline(
        _ tokens: inout ArraySlice<GoTemplateLexer.Token>
    ) throws(GoTemplateError) -> GoTemplate.Pipeline {
        var pipeline = GoTemplate.Pipeline()
        if let assign = tokens.prefix(4).firstIndex(of: .mark(":=")) ?? tokens.prefix(4).firstIndex(of: .mark("=")) {
            for token in tokens[..<assign] {
                if case .variable(let name, _) = token { pipeline.variables.append(name) }
            }
            tokens = tokens[(assign + 1)...]
        }
        var command: [GoTemplate.Term] = []
        while let token = tokens.first {
            if token == .mark(")") { break }
            tokens.removeFirst()
            switch token {
            case .mark("|"):
                pipeline.commands.append(command)
                command = []
            case .mark("("):
                command.append(.group(try Self.pipeline(&tokens)))
                guard tokens.first == .mark(")") else {
                    throw GoTemplateError(message: "template: unclosed left paren")
                }
                tokens.removeFirst()
            case .mark(let mark): throw GoTemplateError(message: "template: unexpected \"\(mark)\"")
            case .dot: command.append(.dot)
            case .field(let path): command.append(.field(path))
            case .variable(let name, let path): command.append(.variable(name, path))
            case .value(let value): command.append(.value(value))
            case .word(let word): command.append(.function(word))
            }
        }
        if command.isEmpty { throw GoTemplateError(message: "template: missing value for command") }
        pipeline.commands.append(command)
        return pipeline
    }
}

/// Cuts an action into tokens.
struct GoTemplateLexer {
    enum Token: Hashable {
        case dot
        case field([String])
        case variable(String, [String])
        case value(JSON)
        case word(String)
        case mark(String)
    }

    private var rest: Substring

    init(_ text: String) { rest = Substring(text) }

    mutating func tokens() throws(GoTemplateError) -> [Token] {
        var tokens: [Token] = []
        while true {
            rest = rest.drop { $0.isWhitespace }
            guard let first = rest.first else { return tokens }
            switch first {
            case "\"", "`": tokens.append(.value(.string(try quoted(first))))
            case "(", ")", "|", ",":
                rest.removeFirst()
                if first != "," { tokens.append(.mark(String(first))) }
            case ":", "=":
                let mark = rest.hasPrefix(":=") ? ":=" : "="
                rest = rest.dropFirst(mark.count)
                tokens.append(.mark(mark))
            case ".":
                let path = path()
                tokens.append(path.isEmpty ? .dot : .field(path))
            case "$":
                rest.removeFirst()
                let name = "$" + word()
                tokens.append(.variable(name, rest.first == "." ? path() : []))
            default:
                let word = rest.prefix { $0.isLetter || $0.isNumber || "_-+.".contains($0) }
                guard !word.isEmpty else { throw GoTemplateError(message: "template: unexpected \"\(first)\"") }
                rest = rest.dropFirst(word.count)
                tokens.append(Self.literal(String(word)))
            }
        }
    }

    private static func literal(_ word: String) -> Token {
        switch word {
        case "true": return .value(true)
        case "false": return .value(false)
        case "nil": return .value(.null)
        default:
            if let number = Int64(word) { return .value(.int(number)) }
            if word.first.map({ $0.isNumber || $0 == "-" }) == true, let number = Double(word) {
                return .value(.double(number))
            }
            return .word(word)
        }
    }

    private mutating func word() -> String {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest.dropFirst(word.count)
        return String(word)
    }

    private mutating func path() -> [String] {
        var path: [String] = []
        while rest.first == "." {
            rest.removeFirst()
            let name = word()
            if !name.isEmpty { path.append(name) }
        }
        return path
    }

    private mutating func quoted(_ quote: Character) throws(GoTemplateError) -> String {
        rest.removeFirst()
        var out = ""
        while let next = rest.first {
            rest.removeFirst()
            if next == quote { return out }
            if next == "\\", quote == "\"", let escaped = rest.first {
                rest.removeFirst()
                switch escaped {
                case "n": out += "\n"
                case "t": out += "\t"
                default: out.append(escaped)
                }
            } else {
                out.append(next)
            }
        }
        throw GoTemplateError(message: "template: unterminated quoted string")
    }
}

extension String {
    /// Without blanks at both ends.
    var trimmingBlanks: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
