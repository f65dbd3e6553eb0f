/// `format` and `formatlist`.
enum FormatFunctions {
    static let table: [String: Function] = [
        "format": Function([.string("format")], variadic: .nullable("args"), format),
        "formatlist": Function([.string("format")], variadic: .nullable("args"), formatList),
    ]

    /// Widest field and longest fraction.
    static let widthMax = 4096

    static func format(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        Value(try text(arguments.text(0), Array(arguments.dropFirst()), environment))
    }

    private static func text(
        _ format: String, _ arguments: [Value], _ environment: Function.Environment
    ) throws(FunctionError) -> String {
        var scanner = FormatScanner(format: Array(format.utf8), arguments: arguments, environment: environment)
        return try scanner.text()
    }

    static func formatList(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let rest = Array(arguments.dropFirst())
        guard !rest.isEmpty else { return .list([Value(try text(arguments.text(0), [], environment))], of: .string) }
        var length: (count: Int, argument: Int)?
        for (at, argument) in rest.enumerated() {
            guard let elements = argument.elements else { continue }
            if let length, length.count != elements.count {
                throw FunctionError(
                    "argument \(at + 2) has length \(elements.count), which is inconsistent with argument "
                        + "\(length.argument) of length \(length.count)", argument: at + 1)
            }
            length = length ?? (elements.count, at + 2)
        }
        var lines: [Value] = []
        for row in 0..<(length?.count ?? 1) {
            let values = rest.map { $0.elements.map { $0[row] } ?? $0 }
            do {
                lines.append(Value(try text(arguments.text(0), values, environment)))
            } catch {
                throw FunctionError("error on format iteration \(row): \(error.message)", argument: error.argument)
            }
        }
        return .list(lines, of: .string)
    }
}

/// Works through one format string.
private struct FormatScanner {
    struct Verb {
        var text = ""
        var isPlus = false
        var isMinus = false
        var isSpace = false
        var isZero = false
        var isSharp = false
        var width: Int?
        var precision: Int?
        var letter: UInt8 = 0
    }

    let format: [UInt8]
    let arguments: [Value]
    let environment: Function.Environment
    var at = 0
    var next = 0
    var highest = 0

    init(format: [UInt8], arguments: [Value], environment: Function.Environment) {
        self.format = format
        self.arguments = arguments
        self.environment = environment
    }

    mutating func text() throws(FunctionError) -> String {
        var out: [UInt8] = []
        while at < format.count {
            if format[at] != UInt8(ascii: "%") {
                out.append(format[at])
                at += 1
                continue
            }
            let start = at
            at += 1
            let verb = try verb(start)
            if verb.letter == UInt8(ascii: "%") {
                out.append(verb.letter)
                continue
            }
            let piece = Array(try formatted(verb, start).utf8)
            try environment.spend(piece.count)
            guard out.count + piece.count <= environment.sizeMax else { throw environment.tooLarge }
            out += piece
        }
        if highest < arguments.count {
            throw FunctionError(
                highest == 0
                    ? "too many arguments; no verbs in format string"
                    : "too many arguments; only \(highest) used by format string", argument: highest + 1)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private mutating func number() throws(FunctionError) -> Int? {
        var value: Int?
        while at < format.count, format[at] >= UInt8(ascii: "0"), format[at] <= UInt8(ascii: "9") {
            value = (value ?? 0) * 10 + Int(format[at] - UInt8(ascii: "0"))
            guard (value ?? 0) <= FormatFunctions.widthMax else {
                throw FunctionError("widths and precisions are at most \(FormatFunctions.widthMax)", argument: 0)
            }
            at += 1
        }
        return value
    }

    private mutating func verb(_ start: Int) throws(FunctionError) -> Verb {
        var verb = Verb()
        flags: while at < format.count {
            switch format[at] {
            case UInt8(ascii: "+"): verb.isPlus = true
            case UInt8(ascii: "-"): verb.isMinus = true
            case UInt8(ascii: " "): verb.isSpace = true
            case UInt8(ascii: "0"): verb.isZero = true
            case UInt8(ascii: "#"): verb.isSharp = true
            default: break flags
            }
            at += 1
        }
        verb.width = try number()
        if at < format.count, format[at] == UInt8(ascii: ".") {
            at += 1
            verb.precision = try number() ?? 0
        }
        if at < format.count, format[at] == UInt8(ascii: "[") {
            at += 1
            guard let index = try number(), index > 0, at < format.count, format[at] == UInt8(ascii: "]") else {
                throw FunctionError("invalid argument index at offset \(start)", argument: 0)
            }
            at += 1
            next = index - 1
        }
        guard at < format.count else {
            throw FunctionError("unterminated format verb at offset \(start): end of string", argument: 0)
        }
        verb.letter = format[at]
        at += 1
        verb.text = String(decoding: format[start..<at], as: UTF8.self)
        return verb
    }

    private mutating func formatted(_ verb: Verb, _ start: Int) throws(FunctionError) -> String {
        let letter = Character(UnicodeScalar(verb.letter))
        guard "vtbdoxXeEfgGsq".contains(letter) else {
            throw FunctionError("unrecognized format character \"\(letter)\" at offset \(start)", argument: 0)
        }
        guard arguments.indices.contains(next) else {
            throw FunctionError(
                "not enough arguments for \"\(verb.text)\" at \(start): need index \(next + 1) but have "
                    + "\(arguments.count) total", argument: 0)
        }
        let value = arguments[next]
        let index = next
        next += 1
        highest = max(highest, next)
        do {
            return try formatted(value, verb, letter)
        } catch {
            throw FunctionError(
                "unsupported value for \"\(verb.text)\" at \(start): \(error.message)", argument: index + 1)
        }
    }

    private func formatted(_ value: Value, _ verb: Verb, _ letter: Character) throws(ConversionError) -> String {
        switch letter {
        case "v": return try defaultForm(value, verb)
        case "t":
            try requireValue(value)
            return padded((try value.converted(to: .bool)).boolValue == true ? "true" : "false", verb)
        case "s", "q":
            try requireValue(value)
            let text = (try value.converted(to: .string)).stringValue ?? ""
            let shown = verb.precision.map { String(text.prefix($0)) } ?? text
            return padded(letter == "q" ? JSONText.quoted(shown) : shown, verb)
        default: return try numeric(value, verb, letter)
        }
    }

    private func requireValue(_ value: Value) throws(ConversionError) {
        if value.isNull { throw ConversionError("null value cannot be formatted") }
    }

    private func defaultForm(_ value: Value, _ verb: Verb) throws(ConversionError) -> String {
        if verb.isSharp { return padded(JSONText.encoded(value), verb) }
        switch value {
        case .string(let text): return padded(text, verb)
        case .number:
            var verb = verb
            verb.letter = UInt8(ascii: "g")
            return try numeric(value, verb, "g")
        default: return padded(JSONText.encoded(value), verb)
        }
    }

    private func numeric(_ value: Value, _ verb: Verb, _ letter: Character) throws(ConversionError) -> String {
        try requireValue(value)
        guard case .number(let number) = try value.converted(to: .number) else { return "" }
        let text: String?
        switch letter {
        case "b": text = based(number.whole(base: 2, upper: false), "0b", verb)
        case "o": text = based(number.whole(base: 8, upper: false), "0", verb)
        case "d": text = number.whole(base: 10, upper: false)
        case "x": text = based(number.whole(base: 16, upper: false), "0x", verb)
        case "X": text = based(number.whole(base: 16, upper: true), "0X", verb)
        case "e", "E": text = number.exponential(verb.precision ?? 6, upper: letter == "E")
        case "f": text = number.fixed(verb.precision ?? 6)
        default: text = number.general(verb.precision, upper: letter == "G")
        }
        guard let text else { throw ConversionError("an integer is required") }
        let sign = number.isNegative ? "-" : verb.isPlus ? "+" : verb.isSpace ? " " : ""
        let missing = (verb.width ?? 0) - sign.count - text.count
        if verb.isZero, !verb.isMinus, missing > 0 { return sign + String(repeating: "0", count: missing) + text }
        return padded(sign + text, verb)
    }

    /// The flag `#` puts the sign of the base before the digits.
    private func based(_ digits: String?, _ prefix: String, _ verb: Verb) -> String? {
        digits.map { verb.isSharp ? prefix + $0 : $0 }
    }

    private func padded(_ text: String, _ verb: Verb) -> String {
        let missing = (verb.width ?? 0) - text.count
        guard missing > 0 else { return text }
        let filling = String(repeating: verb.isZero && !verb.isMinus ? "0" : " ", count: missing)
        return verb.isMinus ? text + filling : filling + text
    }
}
