/// The time zones that a server knows: the system's files by name, read when a zone is asked for.
///
/// It holds bytes and not rules: most zones are never asked for, and the rules of all are ten times as large.
public struct TimeZoneDatabase: Hashable, Sendable {
    private var files: [String: [UInt8]]

    /// - Parameter files: TZif files by zone name; `Local` is the zone of the server itself.
    public init(files: [String: [UInt8]] = [:]) { self.files = files }

    /// The rules of a zone; UTC for the empty name, and for `Local` where the server's own zone isn't known.
    /// Nil if the system has no data for it.
    public func rules(_ name: String) -> TimeZoneRules? {
        if name.isEmpty || name == "UTC" { return .utc }
        if let rules = files[name].flatMap(TimeZoneRules.init(file:)) { return rules }
        return name == "Local" ? .utc : nil
    }
}
