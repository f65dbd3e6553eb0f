/// A text in double quotes with escapes, as `%q` writes it.
enum GoQuote {
    static func text(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                out += digits.count == 1 ? "\\x0\(digits)" : "\\x\(digits)"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
