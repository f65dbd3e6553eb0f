import Base

/// Functions on text. Lengths and positions count grapheme clusters.
enum StringFunctions {
    static let table: [String: Function] = [
        "upper": Function([.string("str")], upper),
        "lower": Function([.string("str")], lower),
        "title": Function([.string("str")], title),
        "trim": Function([.string("str"), .string("cutset")], trim),
        "trimspace": Function([.string("str")], trimSpace),
        "trimprefix": Function([.string("str"), .string("prefix")], trimPrefix),
        "trimsuffix": Function([.string("str"), .string("suffix")], trimSuffix),
        "chomp": Function([.string("str")], chomp),
        "strrev": Function([.string("str")], reverse),
        "reverse": Function([.string("str")], reverse),
        "strlen": Function([.string("str")], length),
        "substr": Function([.string("str"), .number("offset"), .number("length")], substring),
        "replace": Function([.string("str"), .string("substr"), .string("replace")], replace),
        "regex_replace": Function([.string("str"), .string("pattern"), .string("replace")], regexReplace),
        "indent": Function([.number("spaces"), .string("str")], indent),
        "join": Function(
            [.string("separator")], variadic: .init("lists", .list(.string)), join),
        "split": Function([.string("separator"), .string("str")], split),
    ]

    /// Changes each scalar by itself: `ß` stays `ß` where its upper case would be two letters.
    private static func mapped(
        _ text: String, _ mapping: (Unicode.Scalar.Properties) -> String,
        _ fallback: (Unicode.Scalar.Properties) -> String
    ) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let full = mapping(scalar.properties).unicodeScalars
            let second = fallback(scalar.properties).unicodeScalars
            if full.count == 1, let one = full.first {
                scalars.append(one)
            } else if second.count == 1, let one = second.first {
                scalars.append(one)
            } else {
                scalars.append(scalar)
            }
        }
        return String(scalars)
    }

    static func upper(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        Value(mapped(arguments.text(0), \.uppercaseMapping, \.titlecaseMapping))
    }

    static func lower(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        // The one letter whose full lower case is two scalars: İ, a dotted capital I.
        Value(mapped(arguments.text(0), \.lowercaseMapping) { $0.lowercaseMapping.hasPrefix("i") ? "i" : "" })
    }

    static func title(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var out = ""
        var startsWord = true
        for scalar in arguments.text(0).unicodeScalars {
            let properties = scalar.properties
            let titled = properties.titlecaseMapping
            if startsWord, titled.unicodeScalars.count == 1 {
                out += titled
            } else {
                out.unicodeScalars.append(scalar)
            }
            let inWord = properties.isAlphabetic || properties.numericType != nil || scalar == "_"
            startsWord = scalar.isASCII ? !inWord : !inWord && properties.isWhitespace
        }
        return Value(out)
    }

    private static func trimmed(_ text: String, _ drops: (Unicode.Scalar) -> Bool) -> Value {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, drops(first) { scalars.removeFirst() }
        while let last = scalars.last, drops(last) { scalars.removeLast() }
        return Value(String(scalars))
    }

    static func trim(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let cutset = Set(arguments.text(1).unicodeScalars)
        return trimmed(arguments.text(0)) { cutset.contains($0) }
    }

    static func trimSpace(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        trimmed(arguments.text(0)) { $0.properties.isWhitespace }
    }

    static func trimPrefix(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let (text, prefix) = (Array(arguments.text(0).utf8), Array(arguments.text(1).utf8))
        return text.starts(with: prefix)
            ? Value(String(decoding: text.dropFirst(prefix.count), as: UTF8.self)) : arguments[0]
    }

    static func trimSuffix(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let (text, suffix) = (Array(arguments.text(0).utf8), Array(arguments.text(1).utf8))
        return text.suffix(suffix.count) == suffix[...]
            ? Value(String(decoding: text.dropLast(suffix.count), as: UTF8.self)) : arguments[0]
    }

    static func chomp(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var bytes = Array(arguments.text(0).utf8)
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        return Value(String(decoding: bytes, as: UTF8.self))
    }

    static func reverse(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        Value(String(arguments.text(0).reversed()))
    }

    static func length(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        Value(arguments.text(0).count)
    }

    /// A negative offset counts from the end; the length -1 takes everything.
    static func substring(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let text = arguments.text(0)
        var offset = try arguments.integer(1)
        let length = try arguments.integer(2)
        guard length >= -1 else { throw FunctionError("the length must be -1 or more", argument: 2) }
        let count = text.count
        if offset < 0 { offset = max(0, offset + count) }
        let rest = text.dropFirst(min(offset, count))
        return Value(String(length == -1 ? rest : rest.prefix(length)))
    }

    static func replace(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let (text, wanted, with) = (
            Array(arguments.text(0).utf8), Array(arguments.text(1).utf8), Array(arguments.text(2).utf8)
        )
        var out: [UInt8] = []
        if wanted.isEmpty {
            // Between all characters, before the first and after the last.
            try environment.spend((text.count + 1) * (with.count + 1))
            out += with
            for scalar in arguments.text(0).unicodeScalars { out += Array(String(Character(scalar)).utf8) + with }
            return Value(String(decoding: out, as: UTF8.self))
        }
        var at = 0
        while at < text.count {
            if text[at] == wanted[0], text.count - at >= wanted.count,
                text[at..<(at + wanted.count)].elementsEqual(wanted)
            {
                try environment.spend(with.count + wanted.count)
                guard out.count + with.count <= environment.sizeMax else { throw environment.tooLarge }
                out += with
                at += wanted.count
            } else {
                out.append(text[at])
                at += 1
            }
        }
        return Value(String(decoding: out, as: UTF8.self))
    }

    static func regexReplace(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let expression: RegularExpression
        do {
            expression = try RegularExpression(arguments.text(1))
        } catch {
            throw FunctionError("error parsing regexp: \(error.message)", argument: 1)
        }
        return Value(try expression.replacing(arguments.text(0), with: arguments.text(2), environment))
    }

    static func indent(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let spaces = try arguments.integer(0)
        guard spaces >= 0 else { throw FunctionError("the number of spaces must not be negative", argument: 0) }
        let text = arguments.text(1).utf8
        let lines = text.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) }
        let (added, overflow) = spaces.multipliedReportingOverflow(by: lines)
        try environment.spend(overflow ? .max : added)
        var out: [UInt8] = []
        for byte in text {
            out.append(byte)
            if byte == 0x0A { out.append(contentsOf: repeatElement(0x20, count: spaces)) }
        }
        return Value(String(decoding: out, as: UTF8.self))
    }

    static func join(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        guard arguments.count > 1 else { throw FunctionError("at least one list is required") }
        var parts: [String] = []
        for at in 1..<arguments.count {
            for (position, element) in arguments.elements(at).enumerated() {
                guard case .string(let text) = element else {
                    throw FunctionError(
                        "element \(position) of list \(at) is null; cannot concatenate null values", argument: at)
                }
                parts.append(text)
            }
        }
        let separator = arguments.text(0)
        let (length, overflow) = separator.utf8.count.multipliedReportingOverflow(by: parts.count)
        try environment.spend(overflow ? .max : length)
        return Value(parts.joined(separator: separator))
    }

    /// An empty separator gives every scalar by itself.
    static func split(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let (separator, text) = (Array(arguments.text(0).utf8), arguments.text(1))
        try environment.spend(text.utf8.count)
        if separator.isEmpty {
            return .list(text.unicodeScalars.map { Value(String(Character($0))) }, of: .string)
        }
        let bytes = Array(text.utf8)
        var parts: [Value] = []
        var start = 0
        var at = 0
        while at + separator.count <= bytes.count {
            if bytes[at] == separator[0], bytes[at..<(at + separator.count)].elementsEqual(separator) {
                parts.append(Value(String(decoding: bytes[start..<at], as: UTF8.self)))
                at += separator.count
                start = at
            } else {
                at += 1
            }
        }
        parts.append(Value(String(decoding: bytes[start...], as: UTF8.self)))
        return .list(parts, of: .string)
    }
}
