/// YAML text as `yamlencode` writes it: block style, all strings in double quotes, longer texts as literal blocks.
enum YAMLText {
    static func encoded(_ value: Value, _ environment: Function.Environment) throws(FunctionError) -> String {
        var writer = Writer()
        writer.document(value)
        guard writer.out.utf8.count <= environment.sizeMax else { throw environment.tooLarge }
        return writer.out
    }

    private struct Writer {
        var out = ""

        mutating func document(_ value: Value) {
            if let elements = value.elements, !elements.isEmpty {
                sequence(elements, 0, continues: false)
            } else if let members = value.members, !members.isEmpty {
                mapping(members, 0, continues: false)
            } else {
                scalar(value, 0)
            }
        }

        private mutating func blanks(_ count: Int) { out += String(repeating: " ", count: count) }

        /// `continues` if the first item stands on a line that has been begun.
        private mutating func sequence(_ elements: [Value], _ indent: Int, continues: Bool) {
            for (at, element) in elements.enumerated() {
                if at > 0 || !continues { blanks(indent) }
                out += "- "
                if let inner = element.elements, !inner.isEmpty {
                    sequence(inner, indent + 2, continues: true)
                } else if let inner = element.members, !inner.isEmpty {
                    mapping(inner, indent + 2, continues: true)
                } else {
                    scalar(element, indent + 2)
                }
            }
        }

        private mutating func mapping(_ members: [Value.Members.Member], _ indent: Int, continues: Bool) {
            for (at, member) in members.enumerated() {
                if at > 0 || !continues { blanks(indent) }
                out += quoted(member.key) + ":"
                if let inner = member.value.elements, !inner.isEmpty {
                    out += "\n"
                    sequence(inner, indent, continues: false)
                } else if let inner = member.value.members, !inner.isEmpty {
                    out += "\n"
                    mapping(inner, indent + 2, continues: false)
                } else {
                    out += " "
                    scalar(member.value, indent + 2)
                }
            }
        }

        private mutating func scalar(_ value: Value, _ indent: Int) {
            switch value {
            case .null: out += "null\n"
            case .bool(let flag): out += flag ? "true\n" : "false\n"
            case .number(let number): out += number.description + "\n"
            case .string(let text): string(text, max(2, indent))
            case .list, .set, .tuple: out += "[]\n"
            case .map, .object: out += "{}\n"
            }
        }

        private mutating func string(_ text: String, _ indent: Int) {
            let isPrintable = text.unicodeScalars.allSatisfy {
                $0 == "\n" || $0 == "\t"
                    || ($0.value >= 0x20 && $0.value != 0x7F && $0.value != 0x85 && $0.value != 0xFEFF)
            }
            guard text.unicodeScalars.contains("\n"), isPrintable else {
                out += quoted(text) + "\n"
                return
            }
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            out += "|"
            if let first = lines.first(where: { !$0.isEmpty }) ?? lines.first, first.hasPrefix(" ") || lines[0].isEmpty
            {
                out += "2"
            }
            if !text.hasSuffix("\n") {
                out += "-"
            } else {
                lines.removeLast()
                if text.hasSuffix("\n\n") || text == "\n" { out += "+" }
            }
            out += "\n"
            for line in lines {
                if !line.isEmpty {
                    blanks(indent)
                    out += line
                }
                out += "\n"
            }
        }

        private func quoted(_ text: String) -> String {
            var quoted = "\""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "\"": quoted += "\\\""
                case "\\": quoted += "\\\\"
                case "\n": quoted += "\\n"
                case "\r": quoted += "\\r"
                case "\t": quoted += "\\t"
                case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}":
                    let digits = String(scalar.value, radix: 16, uppercase: true)
                    quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
                case "\u{FEFF}": quoted += "\\uFEFF"
                default: quoted.unicodeScalars.append(scalar)
                }
            }
            return quoted + "\""
        }
    }
}
