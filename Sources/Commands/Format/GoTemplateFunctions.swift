import Base

/// The functions that templates may call.
enum GoTemplateFunctions {
    static func call(_ name: String, _ arguments: [JSON]) throws(GoTemplateError) -> JSON {
        func argument(_ at: Int) throws(GoTemplateError) -> JSON {
            guard arguments.indices.contains(at) else {
                throw GoTemplateError(message: "template: wrong number of args for \(name)")
            }
            return arguments[at]
        }
        switch name {
        case "print": return .string(arguments.map(GoTemplateEvaluator.text).joined())
        case "println": return .string(arguments.map(GoTemplateEvaluator.text).joined(separator: " ") + "\n")
        case "printf":
            return .string(format(GoTemplateEvaluator.text(try argument(0)), Array(arguments.dropFirst())))
        case "len":
            switch try argument(0) {
            case .array(let elements): return .int(Int64(elements.count))
            case .object(let object): return .int(Int64(object.count))
            case .string(let text): return .int(Int64(text.utf8.count))
            default: return 0
            }
        case "index": return index(arguments)
        case "not": return .bool(!GoTemplateEvaluator.isTrue(try argument(0)))
        case "and":
            return arguments.first { !GoTemplateEvaluator.isTrue($0) } ?? arguments.last ?? .null
        case "or":
            return arguments.first { GoTemplateEvaluator.isTrue($0) } ?? arguments.last ?? .null
        case "eq":
            let first = try argument(0)
            return .bool(arguments.dropFirst().contains { same(first, $0) })
        case "ne": return .bool(!same(try argument(0), try argument(1)))
        case "lt", "le", "gt", "ge": return .bool(compare(name, try argument(0), try argument(1)))
        case "json", "toJSON": return .string(try argument(0).text)
        case "toUpper", "upper": return .string(GoTemplateEvaluator.text(try argument(0)).uppercased())
        case "toLower", "lower": return .string(GoTemplateEvaluator.text(try argument(0)).lowercased())
        case "join":
            let texts = (try argument(0).arrayValue ?? []).map(GoTemplateEvaluator.text)
            return .string(texts.joined(separator: GoTemplateEvaluator.text(try argument(1))))
        default: throw GoTemplateError(message: "template: function \"\(name)\" not defined")
        }
    }

    private static func index(_ arguments: [JSON]) -> JSON {
        var value = arguments.first ?? .null
        for key in arguments.dropFirst() {
            switch key {
            case .string(let name): value = value[name] ?? .null
            case .int(let at): value = value[Int(at)] ?? .null
            default: value = .null
            }
        }
        return value
    }

    private static func same(_ a: JSON, _ b: JSON) -> Bool {
        if let x = a.doubleValue, let y = b.doubleValue { return x == y }
        return a == b
    }

    private static func compare(_ name: String, _ a: JSON, _ b: JSON) -> Bool {
        let order: Int
        if let x = a.doubleValue, let y = b.doubleValue {
            order = x < y ? -1 : x > y ? 1 : 0
        } else {
            let (x, y) = (GoTemplateEvaluator.text(a), GoTemplateEvaluator.text(b))
            order = x < y ? -1 : x > y ? 1 : 0
        }
        switch name {
        case "lt": return order < 0
        case "le": return order <= 0
        case "gt": return order > 0
        default: return order >= 0
        }
    }

    /// `%s %v %d %q %t %f` with width, precision and `-`; `%%`.
    private static func format(_ pattern: String, _ arguments: [JSON]) -> String {
        var out = ""
        var rest = Substring(pattern)
        var arguments = arguments[...]
        while let at = rest.firstIndex(of: "%") {
            out += rest[..<at]
            rest = rest[rest.index(after: at)...]
            let flags = rest.prefix { "-+ 0123456789.".contains($0) }
            rest = rest.dropFirst(flags.count)
            guard let verb = rest.first else { return out + "%!(NOVERB)" }
            rest = rest.dropFirst()
            if verb == "%" {
                out += "%"
                continue
            }
            guard let value = arguments.popFirst() else {
                out += "%!\(verb)(MISSING)"
                continue
            }
            out += pad(formatted(value, verb, String(flags)), String(flags))
        }
        return out + rest
    }

    private static func formatted(_ value: JSON, _ verb: Character, _ flags: String) -> String {
        switch verb {
        case "q": return GoQuote.text(GoTemplateEvaluator.text(value))
        case "f":
            let places = flags.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first
            return Decimal.text(value.doubleValue ?? 0, places: places.flatMap { Int($0) } ?? 6)
        default: return GoTemplateEvaluator.text(value)
        }
    }

    private static func pad(_ text: String, _ flags: String) -> String {
        let left = flags.hasPrefix("-")
        let width = Int(flags.drop { $0 == "-" || $0 == "+" || $0 == " " }.prefix { $0.isNumber }) ?? 0
        let fill = String(repeating: " ", count: max(0, min(width, 1024) - text.count))
        return left ? text + fill : fill + text
    }
}
