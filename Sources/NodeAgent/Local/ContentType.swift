/// Guesses a file's type from its name and its first bytes.
enum ContentType {
    /// Bytes that are looked at.
    static let headBytes = 512

    private static let byEnding: [String: String] = [
        "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8", "json": "application/json", "xml": "text/xml; charset=utf-8",
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml",
        "pdf": "application/pdf", "txt": "text/plain; charset=utf-8", "wasm": "application/wasm", "webp": "image/webp",
    ]

    static func of(name: String, head: [UInt8]) -> String {
        if let dot = name.lastIndex(of: "."), let type = byEnding[name[name.index(after: dot)...].lowercased()] {
            return type
        }
        let starts: [([UInt8], String)] = [
            (Array("%PDF-".utf8), "application/pdf"), ([0x89, 0x50, 0x4E, 0x47], "image/png"),
            ([0xFF, 0xD8, 0xFF], "image/jpeg"), (Array("GIF8".utf8), "image/gif"),
            ([0x1F, 0x8B], "application/x-gzip"),
            (Array("PK\u{3}\u{4}".utf8), "application/zip"),
        ]
        for (start, type) in starts where head.starts(with: start) { return type }
        // Control characters that texts don't have make it binary (WHATWG MIME sniffing, section 7.1).
        let binary = head.contains {
            $0 <= 0x08 || $0 == 0x0B || (0x0E...0x1A).contains($0) || (0x1C...0x1F).contains($0)
        }
        return binary ? "application/octet-stream" : "text/plain; charset=utf-8"
    }
}
