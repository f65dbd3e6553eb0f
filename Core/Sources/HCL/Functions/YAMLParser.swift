/// Reads one YAML document: block and flow collections, all five kinds of scalars, comments, anchors and aliases,
/// the tags of the core schema. What it doesn't know (complex keys, other tags) is an error with its line.
struct YAMLParser {
    struct ParseError: Error {
        var line: Int
        var message: String
    }

    static let depthMax = 100

    let lines: [Line]
    let sizeMax: Int
    /// The line being read and the position in it.
    var row = 0
    var column = 0
    var depth = 0
    var anchors: [String: Value] = [:]

    struct Line {
        var scalars: [Unicode.Scalar]
        var number: Int
        var indent: Int
        /// Nothing but blanks and a comment.
        var isEmpty: Bool
    }

    init(_ text: String, sizeMax: Int) {
        self.sizeMax = sizeMax
        var number = 0
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { part in
            number += 1
            var scalars = Array(part.unicodeScalars)
            if scalars.last == "\r" { scalars.removeLast() }
            let indent = scalars.prefix { $0 == " " }.count
            let first = scalars.dropFirst(indent).first { $0 != " " && $0 != "\t" }
            return Line(scalars: scalars, number: number, indent: indent, isEmpty: first == nil || first == "#")
        }
    }

    func error(_ message: String) -> ParseError {
        ParseError(line: row < lines.count ? lines[row].number : lines.count, message: message)
    }

    mutating func document() throws(ParseError) -> Value {
        skipEmptyLines()
        while row < lines.count, lines[row].scalars.first == "%" {
            row += 1
            skipEmptyLines()
        }
        if isMarker("---") {
            column = 3
            skipBlanks()
            if isAtLineEnd { nextLine() }
        }
        skipEmptyLines()
        guard row < lines.count, !isMarker("---"), !isMarker("...") else { return .null }
        if column == 0, lines[row].scalars[lines[row].indent] == "\t" {
            throw error("tabs can't be used for indentation")
        }
        let value = try node(parent: -1)
        skipEmptyLines()
        if isMarker("...") {
            nextLine()
            skipEmptyLines()
        }
        guard row >= lines.count else {
            throw error(isMarker("---") ? "only one document is allowed" : "unexpected text after the document")
        }
        return value
    }

    // MARK: Lines

    func isMarker(_ marker: String) -> Bool {
        guard row < lines.count, column == 0 else { return false }
        let scalars = lines[row].scalars
        guard scalars.prefix(3).elementsEqual(marker.unicodeScalars) else { return false }
        return scalars.count == 3 || scalars[3] == " "
    }

    var current: [Unicode.Scalar] { row < lines.count ? lines[row].scalars : [] }
    var peek: Unicode.Scalar? {
        row < lines.count && column < lines[row].scalars.count ? lines[row].scalars[column] : nil
    }
    func ahead(_ count: Int) -> Unicode.Scalar? {
        row < lines.count && column + count < lines[row].scalars.count ? lines[row].scalars[column + count] : nil
    }

    mutating func nextLine() {
        row += 1
        column = 0
    }

    mutating func skipEmptyLines() {
        while row < lines.count, column == 0, lines[row].isEmpty { row += 1 }
    }

    mutating func skipBlanks() { while peek == " " || peek == "\t" { column += 1 } }

    /// Whether only blanks and a comment follow.
    var isAtLineEnd: Bool {
        guard let scalar = peek else { return true }
        if scalar == "#" {
            return column == 0 || lines[row].scalars[column - 1] == " " || lines[row].scalars[column - 1] == "\t"
        }
        return false
    }

    // MARK: Nodes

    /// The node that begins at the position, or on one of the next lines, deeper than `parent`.
    mutating func node(parent: Int, inSequenceOf mapping: Bool = false) throws(ParseError) -> Value {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw error("nested deeper than \(Self.depthMax) levels") }
        var anchor: String?
        var tag: String?
        // A block collection can't begin on the line of the key it belongs to.
        var isInline = mapping
        while true {
            skipBlanks()
            if isAtLineEnd {
                guard row < lines.count else { return try finish(.null, anchor, tag) }
                nextLine()
                skipEmptyLines()
                guard row < lines.count, !isMarker("---"), !isMarker("...") else {
                    return try finish(.null, anchor, tag)
                }
                let isSequence =
                    lines[row].scalars.dropFirst(lines[row].indent).first == "-" && isDash(lines[row].indent)
                // A sequence may stand at the indentation of the key it belongs to.
                guard lines[row].indent > parent || (mapping && isSequence && lines[row].indent == parent) else {
                    return try finish(.null, anchor, tag)
                }
                column = lines[row].indent
                isInline = false
                if peek == "\t" { throw error("tabs can't be used for indentation") }
            } else if peek == "&", anchor == nil {
                anchor = try word()
            } else if peek == "!", tag == nil {
                tag = try word()
            } else {
                break
            }
        }
        return try finish(try content(parent: parent, tag: tag, isInline: isInline), anchor, tag)
    }

    private func isDash(_ at: Int) -> Bool {
        let scalars = current
        return scalars.count == at + 1 || scalars[at + 1] == " " || scalars[at + 1] == "\t"
    }

    private mutating func finish(_ value: Value, _ anchor: String?, _ tag: String?) throws(ParseError) -> Value {
        var value = value
        if let tag { value = try tagged(value, tag) }
        guard value.size <= sizeMax else { throw error("the document is too large") }
        if let anchor { anchors[String(anchor.dropFirst())] = value }
        return value
    }

    private mutating func word() throws(ParseError) -> String {
        var text = ""
        while let scalar = peek, scalar != " ", scalar != "\t", !",[]{}".unicodeScalars.contains(scalar) {
            text.unicodeScalars.append(scalar)
            column += 1
        }
        guard text.unicodeScalars.count > 1 else { throw error("a name is missing after \(text)") }
        return text
    }

    private mutating func content(parent: Int, tag: String?, isInline: Bool) throws(ParseError) -> Value {
        guard let first = peek else { return .null }
        let start = column
        if first == "-", isDash(column) {
            guard !isInline else { throw error("a sequence can't begin on the line of its key") }
            return try sequence(start)
        }
        if first == "?", ahead(1) == nil || ahead(1) == " " { throw error("complex mapping keys are not supported") }
        if first == "|" || first == ">" { return try blockScalar(parent: parent, isFolded: first == ">") }
        if try isMappingKey() {
            guard !isInline else { throw error("a mapping can't begin on the line of its key") }
            return try mapping(start)
        }
        switch first {
        case "*":
            let value = try alias()
            try endLine()
            return value
        case "[", "{":
            let value = try flow()
            try endLine()
            return value
        case "\"", "'":
            let text = try quoted()
            try endLine()
            return Value(text)
        case "@", "`": throw error("a plain value can't begin with \(Character(first))")
        case "%": throw error("a plain value can't begin with %")
        default: break
        }
        let text = try plain(parent: parent)
        return tag == "!!str" || tag == "!" ? Value(text) : Self.resolved(text)
    }

    mutating func alias() throws(ParseError) -> Value {
        let name = String(try word().dropFirst())
        guard let value = anchors[name] else { throw error("unknown anchor \"\(name)\"") }
        return value
    }

    mutating func endLine() throws(ParseError) {
        skipBlanks()
        guard isAtLineEnd else { throw error("unexpected text at the end of the line") }
        nextLine()
    }

    private mutating func sequence(_ indent: Int) throws(ParseError) -> Value {
        var elements: [Value] = []
        while true {
            column += 1
            elements.append(try node(parent: indent))
            skipEmptyLines()
            guard row < lines.count, column == 0, lines[row].indent == indent, !isMarker("---"),
                lines[row].scalars[indent] == "-", isDash(indent)
            else { break }
            column = indent
        }
        if row < lines.count, column == 0, lines[row].indent > indent { throw error("wrong indentation in a sequence") }
        return .tuple(elements)
    }

    /// Whether `key:` stands at the position, on this line.
    private func isMappingKey() throws(ParseError) -> Bool {
        var probe = self
        switch probe.peek {
        case "\"", "'":
            let line = probe.row
            guard (try? probe.quoted()) != nil, probe.row == line else { return false }
        case "[", "{": return false
        default:
            while let scalar = probe.peek {
                if scalar == ":", probe.ahead(1) == nil || probe.ahead(1) == " " || probe.ahead(1) == "\t" {
                    return true
                }
                if scalar == "#", probe.column > 0, probe.lines[probe.row].scalars[probe.column - 1] == " " {
                    return false
                }
                probe.column += 1
            }
            return false
        }
        probe.skipBlanks()
        return probe.peek == ":" && (probe.ahead(1) == nil || probe.ahead(1) == " " || probe.ahead(1) == "\t")
    }

    private mutating func key() throws(ParseError) -> Value {
        if peek == "\"" || peek == "'" {
            let text = try quoted()
            skipBlanks()
            column += 1
            return Value(text)
        }
        if peek == "*" {
            let value = try alias()
            skipBlanks()
            column += 1
            return value
        }
        var text = ""
        while let scalar = peek {
            if scalar == ":", ahead(1) == nil || ahead(1) == " " || ahead(1) == "\t" { break }
            text.unicodeScalars.append(scalar)
            column += 1
        }
        column += 1
        return Self.resolved(text.trimmingBlankSuffix)
    }

    private mutating func mapping(_ indent: Int) throws(ParseError) -> Value {
        var members: [String: Value] = [:]
        var merged: [Value] = []
        while true {
            let key = try key()
            let value = try node(parent: indent, inSequenceOf: true)
            if key == .string("<<") {
                merged += value.elements ?? [value]
            } else {
                guard case .string(let name)? = try? key.converted(to: .string) else {
                    throw error("a key must be a text, a number or a bool")
                }
                guard members.updateValue(value, forKey: name) == nil else { throw error("duplicate key \"\(name)\"") }
            }
            skipEmptyLines()
            guard row < lines.count, column == 0, lines[row].indent == indent, !isMarker("---"), !isMarker("...") else {
                break
            }
            column = indent
            guard try isMappingKey() else { throw error("a mapping key (name:) is expected here") }
        }
        if row < lines.count, column == 0, lines[row].indent > indent { throw error("wrong indentation in a mapping") }
        for source in merged {
            guard let inherited = source.members else { throw error("<< must be followed by a mapping") }
            for member in inherited where members[member.key] == nil { members[member.key] = member.value }
        }
        return .object(members)
    }
}
