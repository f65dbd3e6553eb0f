/// Base64, URL, CSV, JSON and YAML.
enum EncodingFunctions {
    static let table: [String: Function] = [
        "base64encode": Function([.string("str")], base64Encode),
        "base64decode": Function([.string("str")], base64Decode),
        "urlencode": Function([.string("str")], urlEncode),
        "csvdecode": Function([.string("str")], csvDecode),
        "jsonencode": Function([.nullable("val")], jsonEncode),
        "jsondecode": Function([.string("str")], jsonDecode),
        "yamlencode": Function([.nullable("value")], yamlEncode),
        "yamldecode": Function([.string("src")], yamlDecode),
    ]

    static func base64Encode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let bytes = Array(arguments.text(0).utf8)
        try environment.spend(bytes.count / 3 * 4 + 4)
        return .string(Base64.encoded(bytes))
    }

    static func base64Decode(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard let bytes = Base64.decoded(arguments.text(0)) else {
            throw FunctionError("failed to decode base64 data: the text is not base64", argument: 0)
        }
        guard bytes.firstInvalidUTF8 == nil else {
            throw FunctionError("the result of decoding the provided string is not valid UTF-8", argument: 0)
        }
        return Value(String(decoding: bytes, as: UTF8.self))
    }

    /// The form of query strings: blanks become `+`.
    static func urlEncode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let text = arguments.text(0)
        try environment.spend(text.utf8.count * 3)
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                out.append(byte)
            case 0x20: out.append(UInt8(ascii: "+"))
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return .string(String(decoding: out, as: UTF8.self))
    }

    static func csvDecode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        var reader = CSVReader(Array(arguments.text(0).utf8))
        guard let header = try reader.row() else { throw FunctionError("missing header line", argument: 0) }
        let names = header.map(\.normalized)
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw FunctionError("duplicate column name \"\(name)\"", argument: 0)
        }
        let type = ValueType.object(of: names.map { .init($0, .string) })
        var rows: [Value] = []
        while let row = try reader.row() {
            guard row.count == names.count else {
                throw FunctionError(
                    "record on line \(reader.line): wrong number of fields (\(row.count) instead of \(names.count))",
                    argument: 0)
            }
            try environment.charge(row.count * Value.cellSize)
            var members: [String: Value] = [:]
            for (name, field) in zip(names, row) { members[name] = Value(field) }
            rows.append(.object(members))
        }
        return .list(rows, of: type)
    }

    static func jsonEncode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        try environment.spend(arguments[0].size)
        return Value(JSONText.encoded(arguments[0]))
    }

    static func jsonDecode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let source = SourceFile(name: "", bytes: Array(arguments.text(0).utf8))
        try environment.charge(source.bytes.count)
        var parser = JSONBodyParser(source: source, limits: .standard)
        if let node = parser.wholeValue() { return node.value }
        let problem = parser.diagnostics.first
        let place = problem?.subject?.start
        throw FunctionError(
            "invalid JSON at line \(place?.line ?? 1), column \(place?.column ?? 1): \(problem?.detail ?? "")",
            argument: 0)
    }

    static func yamlEncode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        try environment.spend(arguments[0].size)
        return Value(try YAMLText.encoded(arguments[0], environment))
    }

    static func yamlDecode(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        do {
            var parser = YAMLParser(arguments.text(0), sizeMax: environment.sizeMax)
            return try parser.document()
        } catch {
            throw FunctionError("on line \(error.line): \(error.message)", argument: 0)
        }
    }
}

extension JSONNode {
    /// The value that the JSON stands for, without templates.
    var value: Value {
        switch kind {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let number): .number(number)
        case .string(let text, _): Value(text)
        case .array(let elements): .tuple(elements.map(\.value))
        case .object(let members):
            .object(Dictionary(members.map { ($0.name.normalized, $0.value.value) }) { $1 })
        }
    }
}

/// Base64 with the standard alphabet and padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encoded(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count / 3 * 4 + 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            bits <<= UInt32(8 * (3 - group.count))
            for place in 0..<4 {
                let isFilled = place <= group.count
                out.append(isFilled ? alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Line breaks are passed over; nil if the text is not base64.
    static func decoded(_ text: String) -> [UInt8]? {
        let symbols = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        guard symbols.count % 4 == 0 else { return nil }
        let padding = symbols.suffix(2).reduce(0) { $0 + ($1 == UInt8(ascii: "=") ? 1 : 0) }
        var out: [UInt8] = []
        var bits: UInt32 = 0
        for (at, symbol) in symbols.dropLast(padding).enumerated() {
            guard let value = value(symbol) else { return nil }
            bits = bits << 6 | value
            if at % 4 == 3 {
                out += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
                bits = 0
            }
        }
        switch padding {
        case 1: out += [UInt8(bits >> 10 & 255), UInt8(bits >> 2 & 255)]
        case 2: out.append(UInt8(bits >> 4 & 255))
        default: break
        }
        return out
    }

    private static func value(_ symbol: UInt8) -> UInt32? {
        switch symbol {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(symbol - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(symbol - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(symbol - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

/// Comma-separated values as in RFC 4180. Empty lines are passed over.
struct CSVReader {
    private let bytes: [UInt8]
    private var at = 0
    private(set) var line = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func row() throws(FunctionError) -> [String]? {
        while byte == 0x0A || (byte == 0x0D && at + 1 < bytes.count && bytes[at + 1] == 0x0A) {
            if byte == 0x0A { line += 1 }
            at += 1
        }
        guard byte != nil else { return nil }
        line += 1
        var fields: [String] = []
        while true {
            fields.append(byte == UInt8(ascii: "\"") ? try quoted() : try plain())
            if byte == UInt8(ascii: ",") {
                at += 1
                continue
            }
            if byte == 0x0D { at += 1 }
            if byte == 0x0A { at += 1 }
            return fields
        }
    }

    private mutating func plain() throws(FunctionError) -> String {
        let start = at
        while let next = byte, next != UInt8(ascii: ","), next != 0x0A {
            if next == UInt8(ascii: "\"") {
                throw FunctionError("parse error on line \(line): bare \" in a field without quotes", argument: 0)
            }
            at += 1
        }
        var end = at
        if byte == 0x0A, end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func quoted() throws(FunctionError) -> String {
        at += 1
        var out: [UInt8] = []
        while let next = byte {
            at += 1
            if next != UInt8(ascii: "\"") {
                if next == 0x0A { line += 1 }
                out.append(next)
                continue
            }
            if byte == UInt8(ascii: "\"") {
                out.append(next)
                at += 1
                continue
            }
            guard byte == nil || byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D else {
                throw FunctionError(
                    "parse error on line \(line): extraneous or missing \" in a quoted field", argument: 0)
            }
            return String(decoding: out, as: UTF8.self)
        }
        throw FunctionError("parse error on line \(line): a quoted field is not closed", argument: 0)
    }
}
