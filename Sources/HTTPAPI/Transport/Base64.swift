/// Standard base64 with padding (RFC 4648, section 4).
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var at = 0
        while at < bytes.count {
            let left = bytes.count - at
            let word =
                UInt32(bytes[at]) << 16 | (left > 1 ? UInt32(bytes[at + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[at + 2]) : 0)
            out.append(alphabet[Int(word >> 18 & 63)])
            out.append(alphabet[Int(word >> 12 & 63)])
            out.append(left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "="))
            out.append(left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "="))
            at += 3
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The bytes, or the position of the first byte that doesn't belong.
    static func decode(_ text: String) -> Result<[UInt8], Base64Error> {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count / 4 * 3)
        var word: UInt32 = 0
        var digits = 0
        for (at, byte) in bytes.enumerated() {
            if byte == UInt8(ascii: "=") {
                guard digits >= 2, at >= bytes.count - 2, bytes.count % 4 == 0 else {
                    return .failure(Base64Error(offset: at))
                }
                continue
            }
            guard let digit = value(of: byte), at == 0 || bytes[at - 1] != UInt8(ascii: "=") else {
                return .failure(Base64Error(offset: at))
            }
            word = word << 6 | digit
            digits += 1
            if digits == 4 {
                out += [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
                (word, digits) = (0, 0)
            }
        }
        guard bytes.count % 4 == 0 else { return .failure(Base64Error(offset: bytes.count)) }
        if digits == 2 { out.append(UInt8(word >> 4 & 255)) }
        if digits == 3 { out += [UInt8(word >> 10 & 255), UInt8(word >> 2 & 255)] }
        return .success(out)
    }

    private static func value(of byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}

struct Base64Error: Error, Hashable, CustomStringConvertible {
    var offset: Int
    var description: String { "illegal base64 data at input byte \(offset)" }
}
