/// Why a text is not JSON, with its place.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in words.
    public var reason: String
    /// Byte offset in the text.
    public var offset: Int
    /// Line and column of the offset, both from 1; the column counts bytes.
    public var line: Int
    public var column: Int

    public var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSON {
    /// Deepest nesting that is parsed; a deeper text is an error, not a crash.
    public static let nestingMax = 512

    /// Parses a whole text (RFC 8259). Of members with the same name the last one counts.
    public init(parsing text: String) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Parses a whole text of UTF-8 bytes.
    public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.document()
    }
}

struct JSONParser {
    let bytes: [UInt8]
    var at = 0
    var depth = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        let value = try value()
        skipSpace()
        if at < bytes.count { throw error("unexpected text after the value") }
        return value
    }

    private func error(_ reason: String, at offset: Int? = nil) -> JSONSyntaxError {
        let place = min(offset ?? at, bytes.count)
        var line = 1
        var start = 0
        for i in 0..<place where bytes[i] == UInt8(ascii: "\n") {
            line += 1
            start = i + 1
        }
        return JSONSyntaxError(reason: reason, offset: place, line: line, column: place - start + 1)
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            let byte = bytes[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at += 1
        }
    }

    private mutating func value() throws(JSONSyntaxError) -> JSON {
        skipSpace()
        guard at < bytes.count else { throw error("unexpected end of JSON input") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("invalid character \(shown(bytes[at])) looking for beginning of value")
        }
    }

    private func shown(_ byte: UInt8) -> String { "'\(Character(UnicodeScalar(byte)))'" }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        let (start, count) = (at, word.utf8CodeUnitCount)
        let isThere =
            start + count <= bytes.count
            && word.withUTF8Buffer { expected in bytes[start..<start + count].elementsEqual(expected) }
        guard isThere else { throw error("invalid literal, expected \(word)") }
        at += count
        return value
    }

    private mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        if depth > JSON.nestingMax { throw error("nested deeper than \(JSON.nestingMax) levels") }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSON {
        try enter()
        at += 1
        var elements: [JSON] = []
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
            at += 1
            depth -= 1
            return .array([])
        }
        while true {
            elements.append(try value())
            skipSpace()
            guard at < bytes.count else { throw error("unexpected end of JSON input") }
            at += 1
            if bytes[at - 1] == UInt8(ascii: "]") { break }
            if bytes[at - 1] != UInt8(ascii: ",") {
                throw error("invalid character \(shown(bytes[at - 1])) after array element", at: at - 1)
            }
        }
        depth -= 1
        return .array(elements)
    }

    private mutating func object() throws(JSONSyntaxError) -> JSON {
        try enter()
        at += 1
        var object = JSONObject()
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
            at += 1
            depth -= 1
            return .object(object)
        }
        // The last name, as long as each came after the one before.
        var last: String?
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw error("expected a member name in double quotes")
            }
            let name = try string()
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else {
                throw error("expected ':' after the member name")
            }
            at += 1
            let member = try value()
            if object.appendAscending(name, member, after: last) {
                last = name
            } else {
                object[name] = member
                last = nil
            }
            skipSpace()
            guard at < bytes.count else { throw error("unexpected end of JSON input") }
            at += 1
            if bytes[at - 1] == UInt8(ascii: "}") { break }
            if bytes[at - 1] != UInt8(ascii: ",") {
                throw error("invalid character \(shown(bytes[at - 1])) after object member", at: at - 1)
            }
        }
        depth -= 1
        return .object(object)
    }

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = at
        var integral = true
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        let digits = at
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): at += 1
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"),
                UInt8(ascii: "-"):
                integral = false
                at += 1
            default:
                return try finishNumber(start: start, digits: digits, integral: integral)
            }
        }
        return try finishNumber(start: start, digits: digits, integral: integral)
    }

    private func finishNumber(start: Int, digits: Int, integral: Bool) throws(JSONSyntaxError) -> JSON {
        // Most numbers are short and whole: those are added up here.
        if integral, at - digits < 18, at > digits, bytes[digits] != UInt8(ascii: "0") || at - digits == 1 {
            var value: Int64 = 0
            for byte in bytes[digits..<at] { value = value * 10 + Int64(byte - UInt8(ascii: "0")) }
            return .int(digits > start ? -value : value)
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        let leadingZero = at - digits > 1 && bytes[digits] == UInt8(ascii: "0") && integral
        if leadingZero { throw error("a number must not start with 0", at: start) }
        if integral, let value = Int64(text) { return .int(value) }
        let last = bytes[at - 1]
        guard last >= UInt8(ascii: "0"), last <= UInt8(ascii: "9"), let value = Double(text), value.isFinite
        else { throw error("invalid number \(text)", at: start) }
        return .double(value)
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = at
        at += 1
        var run = at
        var out: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                if out.isEmpty {
                    defer { at += 1 }
                    return String(decoding: bytes[run..<at], as: UTF8.self)
                }
                out.append(contentsOf: bytes[run..<at])
                at += 1
                return String(decoding: out, as: UTF8.self)
            }
            if byte < 0x20 { throw error("control character in a string; write it as an escape") }
            guard byte == UInt8(ascii: "\\") else {
                at += 1
                continue
            }
            out.append(contentsOf: bytes[run..<at])
            at += 1
            try escape(into: &out)
            run = at
        }
        throw error("string is not closed", at: start)
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONSyntaxError) {
        guard at < bytes.count else { throw error("string is not closed") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
        case UInt8(ascii: "b"): out.append(0x08)
        case UInt8(ascii: "f"): out.append(0x0C)
        case UInt8(ascii: "n"): out.append(0x0A)
        case UInt8(ascii: "r"): out.append(0x0D)
        case UInt8(ascii: "t"): out.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try hexUnit()
            var scalar = UnicodeScalar(unit)
            if (0xD800...0xDBFF).contains(unit), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let low = try hexUnit()
                if (0xDC00...0xDFFF).contains(low) {
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
                    scalar = UnicodeScalar(unit)
                }
            }
            out.append(contentsOf: String(Character(scalar ?? "\u{FFFD}")).utf8)
        default: throw error("invalid escape \\\(Character(UnicodeScalar(byte)))", at: at - 2)
        }
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> UInt32 {
        guard at + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
        else { throw error("\\u needs four hexadecimal digits") }
        at += 4
        return unit
    }
}
