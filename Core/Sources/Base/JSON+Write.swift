extension JSON {
    /// The text on one line, members ordered by name, no HTML escapes, no trailing newline.
    public var text: String { String(decoding: bytes(indent: nil), as: UTF8.self) }

    /// The text over several lines, indented by `indent` blanks a level (Nomad's pretty form has 4).
    public func pretty(indent: Int = 4) -> String {
        String(decoding: bytes(indent: indent), as: UTF8.self)
    }

    /// The text as UTF-8 bytes.
    public func bytes(indent: Int? = nil) -> [UInt8] {
        var writer = JSONWriter(indent: indent)
        writer.write(self, level: 0)
        return writer.out
    }

    /// The text in pieces of about 64 KiB, so that the text of a large tree is never there as a whole.
    public func write(indent: Int? = nil, to sink: @escaping ([UInt8]) -> Void) {
        var writer = JSONWriter(indent: indent, sink: sink)
        writer.write(self, level: 0)
        sink(writer.out)
    }
}

/// Appends JSON text to a buffer. Public so that large lists can be written element by element.
public struct JSONWriter {
    public private(set) var out: [UInt8] = []
    private let indent: Int?
    /// By number of members: the order of names of the last such object. Objects of one kind follow each other.
    private var orders: [Int: [Int]] = [:]
    /// Takes what is written, in pieces; the last one stays in `out`.
    private let sink: (([UInt8]) -> Void)?
    private static let pieceBytes = 1 << 16

    public init(indent: Int? = nil) { self.init(indent: indent, sink: nil) }

    fileprivate init(indent: Int?, sink: (([UInt8]) -> Void)?) {
        self.indent = indent
        self.sink = sink
    }

    private mutating func handOver() {
        guard out.count >= Self.pieceBytes, let sink else { return }
        sink(out)
        out.removeAll(keepingCapacity: true)
    }

    /// Takes what has been written so far and empties the buffer.
    public mutating func take() -> [UInt8] {
        defer { out.removeAll(keepingCapacity: true) }
        return out
    }

    public mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { out.append(contentsOf: $0) }
    }

    public mutating func write(_ value: JSON, level: Int = 0) {
        switch value {
        case .null: raw("null")
        case .bool(let flag): if flag { raw("true") } else { raw("false") }
        case .int(let number): write(number)
        case .double(let number): write(number)
        case .string(let text): write(text)
        case .array(let elements):
            guard !elements.isEmpty else { return raw("[]") }
            raw("[")
            for (at, element) in elements.enumerated() {
                if at > 0 { raw(",") }
                newline(level + 1)
                write(element, level: level + 1)
                handOver()
            }
            newline(level)
            raw("]")
        case .object(let object):
            guard !object.isEmpty else { return raw("{}") }
            raw("{")
            let members = object.members
            var isFirst = true
            for at in order(of: members) {
                if !isFirst { raw(",") }
                isFirst = false
                newline(level + 1)
                write(members[at].name)
                raw(":")
                if indent != nil { raw(" ") }
                write(members[at].value, level: level + 1)
                handOver()
            }
            newline(level)
            raw("}")
        }
    }

    /// The places of members by their names' bytes.
    private mutating func order(of members: [(name: String, value: JSON)]) -> [Int] {
        if let known = orders[members.count],
            zip(known, known.dropFirst()).allSatisfy({ JSONObject.precedes(members[$0].name, members[$1].name) })
        {
            return known
        }
        let order = members.indices.sorted { JSONObject.precedes(members[$0].name, members[$1].name) }
        if members.count > 1 { orders[members.count] = order }
        return order
    }

    public mutating func write(_ number: Int64) {
        if number >= 0, number < 10 { return out.append(48 + UInt8(number)) }
        out.append(contentsOf: String(number).utf8)
    }

    /// Integral doubles are written as `1.0`, so that they stay doubles when read back.
    public mutating func write(_ number: Double) {
        guard number.isFinite else { return raw("null") }
        out.append(contentsOf: number.description.utf8)
    }

    public mutating func write(_ text: String) {
        var text = text
        out.append(UInt8(ascii: "\""))
        text.withUTF8 { bytes in
            // Runs of bytes that need no escape, which is nearly all, are copied whole.
            var start = 0
            for at in bytes.indices where Self.needsEscape(bytes[at]) {
                out.append(contentsOf: bytes[start..<at])
                escape(bytes[at])
                start = at + 1
            }
            out.append(contentsOf: bytes[start...])
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): raw("\\\"")
        case UInt8(ascii: "\\"): raw("\\\\")
        case 0x0A: raw("\\n")
        case 0x0D: raw("\\r")
        case 0x09: raw("\\t")
        default:
            raw("\\u00")
            for digit in [byte >> 4, byte & 15] { out.append(digit < 10 ? 48 + digit : 87 + digit) }
        }
    }

    private mutating func newline(_ level: Int) {
        guard let indent else { return }
        out.append(0x0A)
        out.append(contentsOf: repeatElement(0x20, count: indent * level))
    }
}
