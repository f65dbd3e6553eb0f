/// Plain text substitution: `${name}` where the name is made of letters, digits, `_`, `-` and `.`.
///
/// Used for task `env` values, meta, services and checks, kill signals, users. What has no value stays as it
/// is, also what does not look like a name.
public struct Interpolation: Hashable, Sendable {
    /// Environment variables, looked at first.
    public var environment: [String: String]
    /// Node references: `node.datacenter`, `attr.kernel.name`, `meta.rack`.
    public var references: [String: String]

    public init(environment: [String: String], references: [String: String]) {
        self.environment = environment
        self.references = references
    }

    public func callAsFunction(_ text: String) -> String {
        guard text.contains("${") else { return text }
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if let (name, end) = Self.name(in: bytes, at: at), let value = environment[name] ?? references[name] {
                out.append(contentsOf: value.utf8)
                at = end
            } else {
                out.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The name of a reference that begins at `start`, and where it ends.
    private static func name(in bytes: [UInt8], at start: Int) -> (String, Int)? {
        guard start + 3 < bytes.count, bytes[start] == UInt8(ascii: "$"), bytes[start + 1] == UInt8(ascii: "{")
        else { return nil }
        var end = start + 2
        while end < bytes.count, isNamePart(bytes[end]) { end += 1 }
        guard end < bytes.count, end > start + 2, bytes[end] == UInt8(ascii: "}") else { return nil }
        return (String(decoding: bytes[(start + 2)..<end], as: UTF8.self), end + 1)
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
