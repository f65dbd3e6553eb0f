/// The process's environment variables, as they were at its start.
public enum ProcessEnvironment {
    /// Reads them from `/proc`, since libc's `environ` is a mutable global. Empty where there is no `/proc`.
    public static func read() -> [String: String] {
        guard let bytes = try? StandardInput.file("/proc/self/environ") else { return [:] }
        var environment: [String: String] = [:]
        for entry in bytes.split(separator: 0) {
            guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<equals], as: UTF8.self)
            environment[name] = String(decoding: entry[(equals + 1)...], as: UTF8.self)
        }
        return environment
    }
}
