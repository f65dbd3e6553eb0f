/// The rule that turns a Swift property name into the field name of the HTTP API.
///
/// The API writes `ID`, `JobID`, `MemoryMB`, `CPU`, `DNS`. Our properties are `id`, `jobID`, `memoryMB`,
/// `cpu`, `dns`: so the first letter goes up, and a leading acronym goes up whole.
public enum WireKey {
    private static let acronyms: Set<String> = [
        "id", "cpu", "dns", "cidr", "ip", "iops", "csi", "cni", "numa", "grpc", "http", "tls", "ui", "se", "tg",
    ]

    /// The field name of a property, `memoryMB` → `MemoryMB`, `grpcService` → `GRPCService`.
    public static func name(of property: String) -> String {
        let head = property.prefix { $0.isLowercase }
        if acronyms.contains(String(head)) { return head.uppercased() + property.dropFirst(head.count) }
        return property.prefix(1).uppercased() + property.dropFirst()
    }
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
