/// Base64 with padding (RFC 4648), for payloads, file frames and basic authentication.
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The text of some bytes.
    public static func text(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var at = 0
        while at < bytes.count {
            let left = bytes.count - at
            let word =
                UInt32(bytes[at]) << 16 | (left > 1 ? UInt32(bytes[at + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[at + 2]) : 0)
            for place in 0..<4 {
                let digit = Int(word >> UInt32(18 - 6 * place) & 63)
                out.append(place <= left ? alphabet[digit] : UInt8(ascii: "="))
            }
            at += 3
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// The bytes of a text; nil if it is not Base64. Line breaks are skipped.
    public static func bytes(_ text: String) -> [UInt8]? {
        var out: [UInt8] = []
        var word: UInt32 = 0
        var digits = 0
        var padding = 0
        for byte in text.utf8 where byte != 0x0A && byte != 0x0D {
            if byte == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let digit = value(byte) else { return nil }
            word = word << 6 | digit
            digits += 1
            if digits % 4 == 0 {
                out += [UInt8(word >> 16 & 255), UInt8(word >> 8 & 255), UInt8(word & 255)]
                word = 0
            }
        }
        guard padding <= 2, (digits + padding) % 4 == 0 || padding == 0 else { return nil }
        switch digits % 4 {
        case 0: break
        case 2: out.append(UInt8(word >> 4 & 255))
        case 3: out += [UInt8(word >> 10 & 255), UInt8(word >> 2 & 255)]
        default: return nil
        }
        return out
    }

    private static func value(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a") + 26)
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0") + 52)
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
