public import Base

/// The flags of a command line, read.
public struct FlagValues: Sendable {
    private var kinds: [String: Flag.Kind] = [:]
    private var given: [String: [String]] = [:]

    init(_ flags: [Flag]) {
        for flag in flags { kinds[flag.name] = flag.kind }
    }

    mutating func set(_ name: String, _ value: String) {
        if kinds[name] == .list { given[name, default: []].append(value) } else { given[name] = [value] }
    }

    public func isGiven(_ name: String) -> Bool { given[name] != nil }

    public func bool(_ name: String) -> Bool {
        if let text = given[name]?.last { return FlagParser.bool(text) ?? false }
        if case .bool(let value) = kinds[name] { return value }
        return false
    }
    public func text(_ name: String) -> String {
        if let text = given[name]?.last { return text }
        if case .text(let value) = kinds[name] { return value }
        return ""
    }
    /// The value of a flag that may be missing.
    public func optional(_ name: String) -> String? { given[name]?.last }
    public func optionalBool(_ name: String) -> Bool? { given[name]?.last.flatMap(FlagParser.bool) }
    public func number(_ name: String) -> Int64 {
        if let text = given[name]?.last { return Int64(text) ?? 0 }
        if case .number(let value) = kinds[name] { return value }
        return 0
    }
    public func span(_ name: String) -> TimeSpan {
        if let text = given[name]?.last { return TimeSpan(text: text) ?? .zero }
        if case .span(let value) = kinds[name] { return value }
        return .zero
    }
    public func list(_ name: String) -> [String] { given[name] ?? [] }
}

/// Why flags can't be read; the text is the one that Go programs give, since wrappers look for it.
public struct FlagError: Error, Hashable, Sendable {
    public var message: String
}

/// Reads flags the way Go's flag package does: `-x v`, `-x=v`, `--x`, booleans take a value only after `=`,
/// reading stops at the first argument that is no flag, `--` ends the flags.
public enum FlagParser {
    /// What a command line says.
    public enum Result: Sendable {
        case values(FlagValues, arguments: [String])
        /// `-h` or `-help` was given.
        case help
    }

    public static func parse(_ arguments: [String], flags: [Flag]) throws(FlagError) -> Result {
        var byName: [String: Flag] = [:]
        for flag in flags { byName[flag.name] = flag }
        var values = FlagValues(flags)
        var at = 0
        while at < arguments.count {
            let argument = arguments[at]
            guard argument.hasPrefix("-"), argument.count > 1 else { break }
            at += 1
            if argument == "--" { break }
            let body = argument.hasPrefix("--") ? argument.dropFirst(2) : argument.dropFirst()
            if body.isEmpty || body.hasPrefix("-") || body.hasPrefix("=") {
                throw FlagError(message: "bad flag syntax: \(argument)")
            }
            let equals = body.firstIndex(of: "=")
            let name = String(body[..<(equals ?? body.endIndex)])
            var value = equals.map { String(body[body.index(after: $0)...]) }
            guard let flag = byName[name] else {
                if name == "h" || name == "help" { return .help }
                throw FlagError(message: "flag provided but not defined: -\(name)")
            }
            if value == nil {
                if flag.needsNoValue {
                    value = "true"
                } else if at < arguments.count {
                    value = arguments[at]
                    at += 1
                } else {
                    throw FlagError(message: "flag needs an argument: -\(name)")
                }
            }
            let text = value ?? ""
            try check(text, flag)
            values.set(name, text)
        }
        return .values(values, arguments: Array(arguments[at...]))
    }

    private static func check(_ text: String, _ flag: Flag) throws(FlagError) {
        let quoted = GoQuote.text(text)
        switch flag.kind {
        case .bool:
            if bool(text) == nil {
                throw FlagError(message: "invalid boolean value \(quoted) for -\(flag.name): parse error")
            }
        case .optionalBool:
            if bool(text) == nil {
                throw FlagError(message: "invalid boolean value \(quoted) for flag -\(flag.name): parse error")
            }
        case .number:
            if Int64(text) == nil {
                throw FlagError(message: "invalid value \(quoted) for flag -\(flag.name): parse error")
            }
        case .span:
            if TimeSpan(text: text) == nil {
                throw FlagError(message: "invalid value \(quoted) for flag -\(flag.name): parse error")
            }
        case .text, .list, .optional: break
        }
    }

    /// The words that Go takes for booleans.
    public static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
