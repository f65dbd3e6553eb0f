import Model

/// Reads the time zone files of the operating system.
enum ZoneFile {
    /// Where the system keeps them.
    private static let directory = "/usr/share/zoneinfo/"
    /// The zone of this machine.
    private static let local = "/etc/localtime"

    /// The rules of a zone such as `Europe/Berlin`; UTC for the empty name. Nil if the system doesn't know it.
    static func rules(_ name: String) -> TimeZoneRules? {
        let path = name == "Local" ? local : directory + name
        let isName = TimeZoneNames.contains(name)
        let bytes = isName && !name.isEmpty ? try? StandardInput.file(path) : nil
        return TimeZoneDatabase(files: bytes.map { [name: $0] } ?? [:]).rules(name)
    }

    /// All zones that the system knows, for a server: some 600 small files.
    static func database() -> TimeZoneDatabase {
        var files: [String: [UInt8]] = [:]
        for name in TimeZoneNames.all {
            files[name] = try? StandardInput.file(directory + name)
        }
        files["Local"] = try? StandardInput.file(local)
        return TimeZoneDatabase(files: files)
    }
}
