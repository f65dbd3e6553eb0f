import Base
import HCL

/// Values in the notation of job files.
enum HCLText {
    /// Whether a name can stand without quotes.
    static func isName(_ text: String) -> Bool {
        let document = Document(parsing: text + " = 1\n", name: "name", syntax: .native)
        var diagnostics = document.diagnostics
        let attributes = document.body.attributes(&diagnostics)
        return !diagnostics.hasErrors && attributes.count == 1 && attributes.first?.name == text
    }

    static func value(_ value: JSON) -> String {
        switch value {
        case .null, .bool, .int, .double: value.text
        case .string(let text): quoted(text)
        case .array(let elements): "[" + elements.map(Self.value).joined(separator: ", ") + "]"
        case .object(let object):
            "{ "
                + object.sorted.map { name, value in "\(quoted(name)) = \(Self.value(value))" }.joined(separator: ", ")
                + " }"
        }
    }

    /// A quoted string. References that are resolved at run time, such as `${attr.kernel.name}`, stay as they are;
    /// everything else that looks like a template is escaped.
    static func quoted(_ text: String) -> String {
        let plain = "\"" + escaped(text) + "\""
        guard text.utf8.contains(UInt8(ascii: "{")) else { return plain }
        return evaluated(plain) == text ? plain : "\"" + escaped(withoutTemplates(text)) + "\""
    }

    private static func evaluated(_ source: String) -> String? {
        var diagnostics = Diagnostics()
        var context = EvaluationContext(functions: .standard, unknownRoot: .literal)
        context.variables = ["var": .object([:]), "local": .object([:])]
        return Expression.parse(source, name: "text", &diagnostics)?.evaluate(in: context, &diagnostics)?.stringValue
    }

    private static func withoutTemplates(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            // `$${` is the text `${`: a brace after a mark doubles the mark.
            if scalar == "{", let last = out.unicodeScalars.last, last == "$" || last == "%" {
                out.unicodeScalars.append(last)
            }
            out.unicodeScalars.append(scalar)
        }
        return out
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// The lines of a heredoc with the marker `EOT`; nil for texts that are better quoted: on one line, without a
    /// newline at the end, with control characters or a line that is the marker.
    static func heredoc(_ text: String) -> String? {
        let scalars = text.unicodeScalars
        guard scalars.last == "\n", scalars.count > 1 else { return nil }
        guard !scalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard !lines.contains(where: { $0.drop { $0 == " " || $0 == "\t" }.hasPrefix("EOT") }) else { return nil }
        let isWritten = { (lines: String) in evaluated("<<EOT\n\(lines)EOT\n") == text }
        if isWritten(text) { return text }
        let bare = withoutTemplates(text)
        return isWritten(bare) ? bare : nil
    }

    /// `10m`, not `10m0s`.
    static func span(_ span: TimeSpan) -> String {
        var text = span.text
        if text.hasSuffix("m0s") { text.removeLast(2) }
        if text.hasSuffix("h0m") { text.removeLast(2) }
        return text
    }
}
