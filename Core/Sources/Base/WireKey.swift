/// The rule that turns a Swift property name into the field name of the HTTP API.
///
/// The API writes `ID`, `JobID`, `MemoryMB`, `CPU`, `DNS`. Our properties are `id`, `jobID`, `memoryMB`,
/// `cpu`, `dns`: so the first letter goes up, and a leading acronym goes up whole.
public enum WireKey {
    /// The field name of a property, `memoryMB` → `MemoryMB`, `grpcService` → `GRPCService`.
    ///
    /// Works on bytes: it is asked for every field of every request.
    public static func name(of property: String) -> String {
        var property = property
        return property.withUTF8 { text in
            let head = text.prefix { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
            let raised = isAcronym(head) ? head.count : min(1, head.count)
            return String(unsafeUninitializedCapacity: text.count) { out in
                for at in 0..<text.count { out[at] = at < raised ? text[at] & 0xDF : text[at] }
                return text.count
            }
        }
    }

    private static func isAcronym(_ head: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard (2...4).contains(head.count) else { return false }
        var letters: UInt32 = 0
        for byte in head { letters = letters << 8 | UInt32(byte) }
        return acronyms.contains(letters)
    }

    private static let acronyms: [UInt32] = [
        "id", "cpu", "dns", "cidr", "ip", "iops", "csi", "cni", "numa", "grpc", "http", "tls", "ui", "se", "tg",
    ].map { $0.utf8.reduce(0) { $0 << 8 | UInt32($1) } }
}

/// A type whose JSON object leaves out members that are null, zero, false or empty, as the API does for
/// evaluations, allocations and plans.
public protocol OmitsZeroValues {}

/// A type some of whose properties don't follow `WireKey`'s rule.
public protocol CustomWireKeys {
    /// Property name → field name.
    static var wireKeys: [String: String] { get }
}

/// A type with properties that some wire views leave out (for example a node's secret).
public protocol HiddenWireKeys {
    /// Property names that are never written.
    static var hiddenWireKeys: Set<String> { get }
}
