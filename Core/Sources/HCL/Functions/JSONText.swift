/// JSON text as `jsonencode` writes it: no blanks, members by name, `<`, `>` and `&` escaped, numbers in full.
enum JSONText {
    static func encoded(_ value: Value) -> String {
        var out: [UInt8] = []
        write(value, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// A string in double quotes, without the escapes for HTML.
    static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        write(text, to: &out, escapesHTML: false)
        return String(decoding: out, as: UTF8.self)
    }

    private static func write(_ value: Value, to out: inout [UInt8]) {
        switch value {
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .number(let number): out += number.description.utf8
        case .string(let text): write(text, to: &out, escapesHTML: true)
        case .list(let items), .set(let items), .tuple(let items):
            out.append(UInt8(ascii: "["))
            for (at, element) in items.elements.enumerated() {
                if at > 0 { out.append(UInt8(ascii: ",")) }
                write(element, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .map(let items), .object(let items):
            out.append(UInt8(ascii: "{"))
            for (at, member) in items.members.enumerated() {
                if at > 0 { out.append(UInt8(ascii: ",")) }
                write(member.key, to: &out, escapesHTML: true)
                out.append(UInt8(ascii: ":"))
                write(member.value, to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, to out: inout [UInt8], escapesHTML: Bool) {
        out.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\"".utf8
            case "\\": out += "\\\\".utf8
            case "\n": out += "\\n".utf8
            case "\r": out += "\\r".utf8
            case "\t": out += "\\t".utf8
            case "<" where escapesHTML, ">" where escapesHTML, "&" where escapesHTML: escape(scalar, to: &out)
            case "\u{2028}", "\u{2029}", "\u{0}"..<"\u{20}": escape(scalar, to: &out)
            default: out += String(Character(scalar)).utf8
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func escape(_ scalar: Unicode.Scalar, to out: inout [UInt8]) {
        let digits = String(scalar.value, radix: 16)
        out += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
    }
}
