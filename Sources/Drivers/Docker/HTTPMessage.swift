/// The head of an HTTP response.
struct HTTPHead: Hashable, Sendable {
    /// How the end of the body is known.
    enum BodyEnd: Hashable, Sendable {
        case length(Int), chunks, connection
    }

    var status: Int
    /// Names in lower case.
    var headers: [String: String]

    /// Longest head that is taken.
    static let bytesMax = 64 << 10

    /// Takes a whole head off the buffer; nil while there is none.
    static func take(from buffer: inout [UInt8]) throws(DriverError) -> HTTPHead? {
        guard let end = firstEmptyLine(buffer) else {
            if buffer.count > bytesMax {
                throw DriverError(.failed, "the Docker daemon's answer has no end of its head")
            }
            return nil
        }
        let lines = String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst(end + 4)
        let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw DriverError(.failed, "the Docker daemon's answer is not HTTP: \((lines.first ?? "").prefix(100))")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        return HTTPHead(status: status, headers: headers)
    }

    var bodyEnd: BodyEnd {
        if status == 204 || status == 304 { return .length(0) }
        if headers["transfer-encoding"]?.lowercased() == "chunked" { return .chunks }
        if let length = headers["content-length"].flatMap({ Int($0) }) { return .length(length) }
        return .connection
    }

    private static func firstEmptyLine(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { at in
            bytes[at] == 13 && bytes[at + 1] == 10 && bytes[at + 2] == 13 && bytes[at + 3] == 10
        }
    }
}

/// Takes the pieces of a response's body out of what comes over the connection.
struct HTTPBody: Hashable, Sendable {
    private var end: HTTPHead.BodyEnd
    private var left = 0
    private(set) var finished = false

    init(_ end: HTTPHead.BodyEnd) {
        self.end = end
        if case .length(let count) = end {
            left = count
            finished = count == 0
        }
    }

    /// Whether the body is over if the connection ends now.
    var mayEndHere: Bool { finished || end == .connection }

    /// The next piece; nil if more bytes are needed first (or `finished`).
    mutating func take(from buffer: inout [UInt8]) throws(DriverError) -> [UInt8]? {
        if finished || buffer.isEmpty { return nil }
        switch end {
        case .connection:
            defer { buffer = [] }
            return buffer
        case .length:
            let piece = Array(buffer.prefix(left))
            buffer.removeFirst(piece.count)
            left -= piece.count
            finished = left == 0
            return piece
        case .chunks:
            return try takeChunk(&buffer)
        }
    }

    private mutating func takeChunk(_ buffer: inout [UInt8]) throws(DriverError) -> [UInt8]? {
        if left == 0 {
            guard let line = buffer.firstIndex(of: 10) else { return nil }
            let text = String(decoding: buffer[..<line].prefix { $0 != 13 && $0 != UInt8(ascii: ";") }, as: UTF8.self)
            if text.isEmpty {  // the line end after a chunk
                buffer.removeFirst(line + 1)
                return buffer.isEmpty ? nil : try takeChunk(&buffer)
            }
            guard let count = Int(text, radix: 16) else {
                throw DriverError(
                    .failed, "the Docker daemon's answer has a broken chunk length \"\(text.prefix(20))\"")
            }
            buffer.removeFirst(line + 1)
            left = count
            finished = count == 0
            if finished || buffer.isEmpty { return nil }
        }
        let piece = Array(buffer.prefix(left))
        buffer.removeFirst(piece.count)
        left -= piece.count
        return piece
    }
}

/// Text that may stand in a URL's query or path segment.
func percentEncoded(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "~"), UInt8(ascii: "/"):
            bytes.append(byte)
        default: bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Base 64 with the URL alphabet and padding, as registry credentials are sent.
func base64URL(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let number = group.reduce(0) { $0 << 8 | UInt32($1) } << (8 * (3 - UInt32(group.count)))
        for at in 0..<4 {
            out.append(at <= group.count ? alphabet[Int(number >> (18 - 6 * UInt32(at)) & 63)] : UInt8(ascii: "="))
        }
    }
    return String(decoding: out, as: UTF8.self)
}
