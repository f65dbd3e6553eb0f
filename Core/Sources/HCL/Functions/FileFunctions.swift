import Base

/// Functions on files and paths. All of them are refused where the context gives no access to files.
enum FileFunctions {
    static let table: [String: Function] = [
        "abspath": Function([.string("path")], absolute),
        "basename": Function([.string("path")], base),
        "dirname": Function([.string("path")], directory),
        "file": Function([.string("path")], file),
        "filebase64": Function([.string("path")], fileBase64),
        "fileexists": Function([.string("path")], exists),
        "fileset": Function([.string("path"), .string("pattern")], set),
        "pathexpand": Function([.string("path")], expand),
    ]

    private static func files(_ environment: Function.Environment) throws(FunctionError) -> any FileAccess {
        guard let files = environment.files else { throw FunctionError("filesystem function disabled") }
        return files
    }

    private static func failure(_ error: FileAccessError) -> FunctionError { FunctionError(error.message, argument: 0) }

    static func absolute(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let files = try files(environment)
        do { return Value(cleaned(try files.absolute(arguments.text(0)))) } catch { throw failure(error) }
    }

    static func base(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        _ = try files(environment)
        let path = arguments.text(0)
        if path.isEmpty { return .string(".") }
        return Value(path.split(separator: "/").last.map(String.init) ?? "/")
    }

    static func directory(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        _ = try files(environment)
        let path = arguments.text(0)
        guard let slash = path.lastIndex(of: "/") else { return .string(".") }
        return Value(Self.cleaned(String(path[...slash])))
    }

    /// The shortest path that means the same, without looking at any file.
    static func cleaned(_ path: String) -> String {
        let isRooted = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isRooted {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isRooted ? "/" + joined : joined.isEmpty ? "." : joined
    }

    private static func bytes(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError)
        -> [UInt8]
    {
        let files = try files(environment)
        let bytes: [UInt8]
        do { bytes = try files.read(arguments.text(0)) } catch { throw failure(error) }
        try environment.spend(bytes.count)
        return bytes
    }

    static func file(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let bytes = try bytes(arguments, environment)
        guard bytes.firstInvalidUTF8 == nil else {
            throw FunctionError(
                "contents of \(arguments.text(0)) are not valid UTF-8; use the filebase64 function to obtain the "
                    + "Base64 encoded contents", argument: 0)
        }
        return Value(String(decoding: bytes, as: UTF8.self))
    }

    static func fileBase64(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        .string(Base64.encoded(try bytes(arguments, environment)))
    }

    static func exists(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let files = try files(environment)
        do { return .bool(try files.exists(arguments.text(0))) } catch { throw failure(error) }
    }

    static func expand(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let files = try files(environment)
        let path = arguments.text(0)
        guard path == "~" || path.hasPrefix("~/") else {
            if path.hasPrefix("~") {
                throw FunctionError("cannot expand the home directory of another user", argument: 0)
            }
            return arguments[0]
        }
        guard let home = files.homeDirectory else {
            throw FunctionError("the home directory is not known", argument: 0)
        }
        return Value(home + path.dropFirst())
    }

    static func set(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let files = try files(environment)
        let pattern: RegularExpression
        do { pattern = try RegularExpression(PathPattern.expression(arguments.text(1))) } catch {
            throw FunctionError("failed to glob pattern (\(arguments.text(1))): syntax error in pattern", argument: 1)
        }
        let found: [String]
        do { found = try files.files(under: arguments.text(0)) } catch { throw failure(error) }
        var matching: [Value] = []
        for path in found {
            var work = 0
            if pattern.match(Array(path.unicodeScalars), from: 0, &work) != nil { matching.append(Value(path)) }
            try environment.charge(8 * work)
        }
        return .set(matching, of: .string)
    }
}

/// Patterns of `fileset`: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any number of directories.
enum PathPattern {
    /// The regular expression that means the same.
    static func expression(_ pattern: String) -> String {
        let scalars = Array(pattern.unicodeScalars)
        var out = "^"
        var at = 0
        var braces = 0
        while at < scalars.count {
            let scalar = scalars[at]
            at += 1
            switch scalar {
            case "*":
                guard at < scalars.count, scalars[at] == "*" else {
                    out += "[^/]*"
                    continue
                }
                at += 1
                if at < scalars.count, scalars[at] == "/" {
                    at += 1
                    out += "(?:[^/]+/)*"
                } else {
                    out += "(?s:.*)"
                }
            case "?": out += "[^/]"
            case "[":
                out += "["
                if at < scalars.count, scalars[at] == "!" || scalars[at] == "^" {
                    out += "^"
                    at += 1
                }
                while at < scalars.count, scalars[at] != "]" {
                    if scalars[at] == "[" { out += "\\" }
                    out.unicodeScalars.append(scalars[at])
                    at += 1
                }
                out += at < scalars.count ? "]" : ""
                at += 1
            case "{":
                braces += 1
                out += "(?:"
            case "}" where braces > 0:
                braces -= 1
                out += ")"
            case "," where braces > 0: out += "|"
            case "\\":
                guard at < scalars.count else { break }
                out += quoted(scalars[at])
                at += 1
            default: out += quoted(scalar)
            }
        }
        return out + "\\z"
    }

    private static func quoted(_ scalar: Unicode.Scalar) -> String {
        "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) ? "\\\(Character(scalar))" : String(Character(scalar))
    }
}
