/// Tells the content type from the first bytes, as browsers would (WHATWG MIME Sniffing), for answers whose
/// type nobody knows. What a browser might run is called plain text.
enum ContentSniffing {
    /// Bytes that are looked at.
    static let bytesMax = 512

    private static let signatures: [(bytes: [UInt8], type: String)] = [
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "image/png"),
        ([0xFF, 0xD8, 0xFF], "image/jpeg"),
        (Array("GIF87a".utf8), "image/gif"), (Array("GIF89a".utf8), "image/gif"),
        (Array("%PDF-".utf8), "application/pdf"), ([0x50, 0x4B, 0x03, 0x04], "application/zip"),
        ([0x1F, 0x8B, 0x08], "application/x-gzip"),
    ]

    static func contentType(of bytes: [UInt8]) -> String {
        for signature in signatures where bytes.starts(with: signature.bytes) { return signature.type }
        return bytes.prefix(bytesMax).contains(where: isBinary)
            ? "application/octet-stream" : "text/plain; charset=utf-8"
    }

    private static func isBinary(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x00...0x08, 0x0B, 0x0E...0x1A, 0x1C...0x1F: true
        default: false
        }
    }
}
