/// An image's name as a job writes it: `[registry/]path[:tag][@digest]`.
struct ImageReference: Hashable, Sendable {
    /// Registry and path.
    var repository: String
    /// "latest" if neither tag nor digest is written.
    var tag: String
    var digest: String?

    init(_ text: String) {
        var rest = text
        for scheme in ["docker://", "https://", "http://"] where rest.hasPrefix(scheme) {
            rest = String(rest.dropFirst(scheme.count))
        }
        if let at = rest.firstIndex(of: "@") {
            digest = String(rest[rest.index(after: at)...])
            rest = String(rest[..<at])
        }
        // A colon before the last slash is a registry's port.
        let start = rest.lastIndex(of: "/") ?? rest.startIndex
        if let colon = rest[start...].lastIndex(of: ":") {
            tag = String(rest[rest.index(after: colon)...])
            repository = String(rest[..<colon])
        } else {
            tag = digest == nil ? "latest" : ""
            repository = rest
        }
    }

    /// The registry's name: what stands before the first slash if it looks like a host, else Docker's own.
    var registry: String {
        let first = repository.prefix { $0 != "/" }
        let isHost =
            first.count < repository.count && (first.contains(".") || first.contains(":") || first == "localhost")
        return isHost ? String(first) : "docker.io"
    }

    /// The full name, as the daemon takes it.
    var name: String {
        repository + (tag.isEmpty ? "" : ":" + tag) + (digest.map { "@" + $0 } ?? "")
    }

    /// What the pull request calls the tag.
    var version: String { digest ?? tag }

    /// Whether the same name may mean another image tomorrow, so that it is pulled at every start.
    var isMoving: Bool { digest == nil && tag == "latest" }
}
