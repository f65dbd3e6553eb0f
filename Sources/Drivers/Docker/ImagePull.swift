internal import Base

/// What the daemon has said about a pull so far: its progress stream is one JSON object a line.
struct ImagePull: Hashable, Sendable {
    struct Layer: Hashable, Sendable {
        var current: Int64 = 0
        var total: Int64 = 0
        var done = false
    }

    private var pending: [UInt8] = []
    private(set) var layers: [String: Layer] = [:]
    /// The daemon's complaint, if the pull has failed.
    private(set) var error: String?

    /// Takes a piece of the stream.
    mutating func take(_ piece: [UInt8]) {
        pending += piece
        while let end = pending.firstIndex(of: 10) {
            if let line = try? JSON(parsing: Array(pending[..<end])) { take(line) }
            pending.removeFirst(end + 1)
        }
    }

    private mutating func take(_ line: JSON) {
        if let text = line["error"]?.stringValue { error = text }
        guard let id = line["id"]?.stringValue, let status = line["status"]?.stringValue else { return }
        var layer = layers[id] ?? Layer()
        switch status {
        case "Pulling fs layer", "Waiting", "Verifying Checksum", "Extracting": break
        case "Downloading":
            layer.current = line["progressDetail"]?["current"]?.intValue ?? layer.current
            layer.total = line["progressDetail"]?["total"]?.intValue ?? layer.total
        case "Download complete": layer.current = layer.total
        case "Pull complete", "Already exists":
            layer.current = layer.total
            layer.done = true
        default: return  // "Pulling from library/redis": the id is the tag
        }
        layers[id] = layer
    }

    /// How far it is, in a line.
    var progress: String {
        let done = layers.values.count { $0.done }
        let current = layers.values.reduce(0) { $0 + $1.current }
        let total = layers.values.reduce(0) { $0 + $1.total }
        return "\(done) of \(layers.count) layers, \(Self.mib(current)) of \(Self.mib(total)) MiB"
    }

    private static func mib(_ bytes: Int64) -> String {
        let tenths = (bytes * 10 + (1 << 19)) >> 20
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Whether a failed pull can't succeed later, the registry having said that there is no such image.
    static func isFinal(_ message: String) -> Bool {
        let lower = message.lowercased()
        return ["not found", "manifest unknown", "does not exist", "invalid reference", "access denied"].contains {
            lower.contains($0)
        }
    }
}
