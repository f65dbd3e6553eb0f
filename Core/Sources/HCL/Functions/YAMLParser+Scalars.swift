extension YAMLParser {
    /// A plain value over one or several lines; lines are folded.
    mutating func plain(parent: Int) throws(ParseError) -> String {
        var text = plainLine()
        nextLine()
        var breaks = 1
        while row < lines.count {
            let line = lines[row]
            if line.scalars.allSatisfy({ $0 == " " || $0 == "\t" }) {
                breaks += 1
                row += 1
                continue
            }
            guard line.indent > parent, !line.isEmpty, !isMarker("---"), !isMarker("...") else { break }
            column = line.indent
            if isKeyLine() { throw error("a mapping can't begin inside a plain value") }
            text += breaks > 1 ? String(repeating: "\n", count: breaks - 1) : " "
            text += plainLine()
            nextLine()
            breaks = 1
        }
        column = 0
        return text
    }

    private func isKeyLine() -> Bool {
        let scalars = current
        for at in column..<scalars.count where scalars[at] == ":" {
            if at + 1 == scalars.count || scalars[at + 1] == " " { return true }
        }
        return false
    }

    /// The rest of the line without its comment.
    private mutating func plainLine() -> String {
        var text = String.UnicodeScalarView()
        while let scalar = peek {
            if scalar == "#", column > 0, current[column - 1] == " " || current[column - 1] == "\t" { break }
            text.append(scalar)
            column += 1
        }
        return String(text).trimmingBlankSuffix
    }

    /// A value in single or double quotes; the position ends behind it.
    mutating func quoted() throws(ParseError) -> String {
        let quote = peek
        column += 1
        var text = ""
        while true {
            guard let scalar = peek else {
                try foldLine(&text)
                continue
            }
            column += 1
            if scalar == quote {
                if quote == "'", peek == "'" {
                    text += "'"
                    column += 1
                    continue
                }
                return text
            }
            if scalar == "\\", quote == "\"" {
                if peek == nil {
                    nextLine()
                    guard row < lines.count else { throw error("a quoted value is not closed") }
                    skipBlanks()
                } else {
                    text += try escape()
                }
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }

    private mutating func foldLine(_ text: inout String) throws(ParseError) {
        while text.unicodeScalars.last == " " || text.unicodeScalars.last == "\t" { text.unicodeScalars.removeLast() }
        var breaks = 0
        repeat {
            nextLine()
            breaks += 1
            guard row < lines.count else { throw error("a quoted value is not closed") }
            skipBlanks()
        } while peek == nil
        text += breaks > 1 ? String(repeating: "\n", count: breaks - 1) : " "
    }

    private mutating func escape() throws(ParseError) -> String {
        guard let scalar = peek else { return "" }
        column += 1
        switch scalar {
        case "0": return "\0"
        case "a": return "\u{07}"
        case "b": return "\u{08}"
        case "t", "\t": return "\t"
        case "n": return "\n"
        case "v": return "\u{0B}"
        case "f": return "\u{0C}"
        case "r": return "\r"
        case "e": return "\u{1B}"
        case " ": return " "
        case "\"": return "\""
        case "/": return "/"
        case "\\": return "\\"
        case "N": return "\u{85}"
        case "_": return "\u{A0}"
        case "L": return "\u{2028}"
        case "P": return "\u{2029}"
        case "x": return try hexadecimal(2)
        case "u": return try hexadecimal(4)
        case "U": return try hexadecimal(8)
        default: throw error("unknown escape \\\(Character(scalar))")
        }
    }

    private mutating func hexadecimal(_ count: Int) throws(ParseError) -> String {
        var digits = ""
        while digits.count < count, let scalar = peek {
            digits.unicodeScalars.append(scalar)
            column += 1
        }
        guard digits.count == count, let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw error("an escape needs \(count) hexadecimal digits")
        }
        return String(Character(scalar))
    }

    /// `|` and `>` with their indicators.
    mutating func blockScalar(parent: Int, isFolded: Bool) throws(ParseError) -> Value {
        column += 1
        var keep: Unicode.Scalar?
        var indent: Int?
        while let scalar = peek, scalar != " ", scalar != "\t" {
            if scalar == "-" || scalar == "+" {
                keep = scalar
            } else if let digit = Int(String(Character(scalar))), digit > 0 {
                indent = max(0, parent) + digit
            } else {
                throw error("unknown block scalar indicator \(Character(scalar))")
            }
            column += 1
        }
        try endLine()
        var content: [ArraySlice<Unicode.Scalar>] = []
        while row < lines.count {
            let line = lines[row]
            let isBlank = line.scalars.allSatisfy { $0 == " " }
            if indent == nil, !isBlank { indent = max(line.indent, parent + 1) }
            if !isBlank, line.indent < (indent ?? parent + 1) { break }
            content.append(line.scalars.dropFirst(indent ?? line.scalars.count))
            row += 1
        }
        var trailing = 0
        while content.last?.isEmpty == true {
            content.removeLast()
            trailing += 1
        }
        // The text's own last line break is the empty line at its end.
        if row >= lines.count, trailing > 0 { trailing -= 1 }
        var text =
            isFolded ? folded(content) : content.map { String(String.UnicodeScalarView($0)) }.joined(separator: "\n")
        switch keep {
        case "-": break
        case "+": text += String(repeating: "\n", count: trailing + (content.isEmpty ? 0 : 1))
        default: if !content.isEmpty { text += "\n" }
        }
        return Value(text)
    }

    private func folded(_ lines: [ArraySlice<Unicode.Scalar>]) -> String {
        var text = ""
        var breaks = 0
        var wasIndented = false
        for (at, line) in lines.enumerated() {
            if line.isEmpty {
                breaks += 1
                continue
            }
            let isIndented = line.first == " " || line.first == "\t"
            if at > 0 {
                let literal = isIndented || wasIndented || text.isEmpty
                text +=
                    breaks > 0 || literal
                    ? String(repeating: "\n", count: breaks + (literal && !text.isEmpty ? 1 : 0)) : " "
            }
            text += String(String.UnicodeScalarView(line))
            breaks = 0
            wasIndented = isIndented
        }
        return text
    }

    /// A flow collection, or a value inside one; may go over several lines.
    mutating func flow() throws(ParseError) -> Value {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw error("nested deeper than \(Self.depthMax) levels") }
        try skipFlowBlanks()
        switch peek {
        case "[":
            column += 1
            var elements: [Value] = []
            while try !closesFlow("]") {
                let value = try flow()
                try skipFlowBlanks()
                if peek == ":" {
                    column += 1
                    guard case .string(let name)? = try? value.converted(to: .string) else {
                        throw error("a key must be a text")
                    }
                    elements.append(.object([name: try flowValue()]))
                } else {
                    elements.append(value)
                }
                try separateFlow("]")
            }
            return .tuple(elements)
        case "{":
            column += 1
            var members: [String: Value] = [:]
            while try !closesFlow("}") {
                guard case .string(let name)? = try? flow().converted(to: .string) else {
                    throw error("a key must be a text")
                }
                try skipFlowBlanks()
                var value = Value.null
                if peek == ":" {
                    column += 1
                    value = try flowValue()
                }
                guard members.updateValue(value, forKey: name) == nil else { throw error("duplicate key \"\(name)\"") }
                try separateFlow("}")
            }
            return .object(members)
        case "\"", "'": return Value(try quoted())
        case "*": return try alias()
        default: return Self.resolved(try flowPlain())
        }
    }

    private mutating func flowValue() throws(ParseError) -> Value {
        try skipFlowBlanks()
        if peek == "," || peek == "}" || peek == "]" { return .null }
        return try flow()
    }

    private mutating func flowPlain() throws(ParseError) -> String {
        var text = ""
        while let scalar = peek {
            if ",[]{}".unicodeScalars.contains(scalar) { break }
            if scalar == ":", ahead(1).map({ " ,[]{}".unicodeScalars.contains($0) }) ?? true { break }
            if scalar == "#", column > 0, current[column - 1] == " " { break }
            text.unicodeScalars.append(scalar)
            column += 1
        }
        let trimmed = text.trimmingBlankSuffix
        guard !trimmed.isEmpty else { throw error("a value is missing") }
        return trimmed
    }

    private mutating func skipFlowBlanks() throws(ParseError) {
        while true {
            skipBlanks()
            guard isAtLineEnd else { return }
            nextLine()
            guard row < lines.count else { throw error("a flow collection is not closed") }
        }
    }

    private mutating func closesFlow(_ close: Unicode.Scalar) throws(ParseError) -> Bool {
        try skipFlowBlanks()
        guard peek == close else { return false }
        column += 1
        return true
    }

    private mutating func separateFlow(_ close: Unicode.Scalar) throws(ParseError) {
        try skipFlowBlanks()
        if peek == "," {
            column += 1
        } else if peek != close {
            throw error("a comma or \(Character(close)) is expected")
        }
    }

    /// The value of a plain scalar.
    static func resolved(_ text: String) -> Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .bool(false)
        default: break
        }
        guard let first = text.utf8.first, first < 0x3A, first != UInt8(ascii: "/") else { return Value(text) }
        let plain = text.filter { $0 != "_" }
        let unsigned = plain.hasPrefix("-") || plain.hasPrefix("+") ? plain.dropFirst() : plain[...]
        for (prefix, radix) in [("0x", UInt32(16)), ("0o", 8), ("0b", 2)] where unsigned.hasPrefix(prefix) {
            guard let whole = BigNatural(digits: unsigned.dropFirst(2).utf8, radix: radix), unsigned.count > 2,
                let number = BigFloat(isNegative: plain.hasPrefix("-"), mantissa: whole, exponent: 0)
            else { return Value(text) }
            return .number(Number(number))
        }
        let body = unsigned.hasPrefix(".") ? "0" + unsigned : unsigned
        guard text.contains(where: \.isNumber), let number = Number(parsing: (plain.hasPrefix("-") ? "-" : "") + body)
        else { return Value(text) }
        return .number(number)
    }

    func tagged(_ value: Value, _ tag: String) throws(ParseError) -> Value {
        do {
            switch tag {
            case "!!str", "!": return value.isNull ? .string("") : try value.converted(to: .string)
            case "!!int", "!!float": return try value.converted(to: .number)
            case "!!bool": return try value.converted(to: .bool)
            case "!!null", "!!map", "!!seq": return value
            case "!!binary", "!!timestamp": return value
            default: throw error("unsupported tag \(tag)")
            }
        } catch let failure as ParseError {
            throw failure
        } catch {
            throw self.error("the value doesn't fit its tag \(tag)")
        }
    }
}
