public import Base

/// Replaces the references in a driver's `config`: `${NOMAD_PORT_http}`, `${env["X"]}`, `${attr.kernel.name}`,
/// `${node.attr.x}`, `${meta.rack}`. Unlike plain substitution, an unknown name is an error, and `$${` stands
/// for a literal `${`.
public struct ConfigEvaluation: Hashable, Sendable {
    private let environment: [String: String]
    private let references: [String: String]

    /// `references` are the node's, as `Interpolation` has them.
    public init(environment: [String: String], references: [String: String]) {
        self.environment = environment
        self.references = references
    }

    /// The config with every text evaluated, names of members too. Throws the first mistake, in the order
    /// of the config.
    public func evaluate(_ config: JSON, path: String = "config") throws(EvaluationError) -> JSON {
        switch config {
        case .string(let text):
            return .string(try evaluate(text, path: path))
        case .array(let elements):
            var out: [JSON] = []
            for (at, element) in elements.enumerated() { out.append(try evaluate(element, path: "\(path)[\(at)]")) }
            return .array(out)
        case .object(let object):
            var out = JSONObject()
            for member in object.members {
                let name = try evaluate(member.name, path: path)
                out[name] = try evaluate(member.value, path: "\(path).\(member.name)")
            }
            return .object(out)
        case .null, .bool, .int, .double:
            return config
        }
    }

    /// One text.
    public func evaluate(_ text: String, path: String) throws(EvaluationError) -> String {
        guard text.contains("${") || text.contains("%{") else { return text }
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let rest = bytes[at...]
            if rest.starts(with: "$${".utf8) || rest.starts(with: "%%{".utf8) {
                out += bytes[(at + 1)...(at + 2)]
                at += 3
            } else if rest.starts(with: "%{".utf8) {
                throw EvaluationError(path: path, reason: "template directives (%{…}) can't be used at run time")
            } else if rest.starts(with: "${".utf8) {
                guard let end = Self.end(of: bytes, from: at + 2) else {
                    throw EvaluationError(path: path, reason: "\"${\" is not closed in \"\(text)\"")
                }
                let expression = String(decoding: bytes[(at + 2)..<end], as: UTF8.self)
                out += try value(of: expression, path: path).utf8
                at = end + 1
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Position of the brace that closes an expression; braces inside of quoted text don't count.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var isQuoted = false
        var at = start
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\\") where isQuoted: at += 1
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "}") where !isQuoted: return at
            default: break
            }
            at += 1
        }
        return nil
    }

    private func value(of expression: String, path: String) throws(EvaluationError) -> String {
        let parts = try Self.parts(of: expression, path: path)
        if parts.first == "env" {
            guard parts.count > 1 else {
                throw EvaluationError(path: path, reason: "\"env\" needs a name, such as env[\"HOME\"]")
            }
            if let value = environment[parts.dropFirst().joined(separator: ".")] { return value }
        } else {
            let name = parts.joined(separator: ".")
            if let value = environment[name] ?? references[name] { return value }
            // `node.attr.x` is another word for `attr.x`.
            if parts.first == "node", let value = references[parts.dropFirst().joined(separator: ".")],
                parts.count > 2, ["attr", "meta"].contains(parts[1])
            {
                return value
            }
        }
        throw EvaluationError(
            path: path,
            reason: "unknown variable \"\(expression)\"; known are the task's environment (NOMAD_…, env[\"NAME\"]), "
                + "node.…, attr.… and meta.…")
    }

    /// `a.b["c.d"].e` as `a`, `b`, `c.d`, `e`.
    private static func parts(of expression: String, path: String) throws(EvaluationError) -> [String] {
        var rest = Substring(expression)
        while rest.first?.isWhitespace ?? false { rest.removeFirst() }
        while rest.last?.isWhitespace ?? false { rest.removeLast() }
        var parts: [String] = []
        func word() -> String {
            let word = rest.prefix { $0.utf8.allSatisfy { $0 != UInt8(ascii: ".") && Interpolation.isNamePart($0) } }
            rest = rest.dropFirst(word.count)
            return String(word)
        }
        parts.append(word())
        while let separator = rest.first {
            rest.removeFirst()
            switch separator {
            case ".":
                parts.append(word())
            case "[":
                let isText = rest.first == "\""
                if isText { rest.removeFirst() }
                let index = rest.prefix { isText ? $0 != "\"" : $0.isNumber }
                rest = rest.dropFirst(index.count)
                let close = isText ? "\"]" : "]"
                guard rest.hasPrefix(close) else { throw unreadable(expression, path) }
                rest = rest.dropFirst(close.count)
                parts.append(String(index))
            default: throw unreadable(expression, path)
            }
        }
        if parts.contains("") { throw unreadable(expression, path) }
        return parts
    }

    private static func unreadable(_ expression: String, _ path: String) -> EvaluationError {
        EvaluationError(
            path: path,
            reason: "\"\(expression)\" can't be evaluated at run time; only references are known there, such as "
                + "NOMAD_PORT_http, env[\"HOME\"] or attr.kernel.name")
    }
}

/// Why a `config` could not be evaluated.
public struct EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where: `config.args[1]`.
    public var path: String
    public var reason: String
    public var description: String { "\(path): \(reason)" }
}
