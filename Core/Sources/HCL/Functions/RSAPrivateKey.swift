/// An RSA private key, for `rsadecrypt` (PKCS #1 v1.5 padding).
struct RSAPrivateKey {
    private static let bitsMax = 8192

    private let modulus: BigNatural
    private let exponent: BigNatural

    /// Reads `RSA PRIVATE KEY` (PKCS #1) and `PRIVATE KEY` (PKCS #8).
    init?(pem: String) {
        let lines = pem.split(whereSeparator: \.isNewline).map { String($0).trimmingBlankPrefix.trimmingBlankSuffix }
        guard let start = lines.firstIndex(where: { $0.hasPrefix("-----BEGIN ") }),
            let end = lines.firstIndex(where: { $0.hasPrefix("-----END ") }), end > start,
            lines[start].hasSuffix("PRIVATE KEY-----"),
            let der = Base64.decoded(lines[(start + 1)..<end].joined())
        else { return nil }
        var reader = DERReader(bytes: der[...])
        guard let outer = reader.next(0x30) else { return nil }
        var fields = DERReader(bytes: outer)
        guard fields.next(0x02) != nil else { return nil }
        if lines[start].contains("RSA") {
            guard let modulus = fields.next(0x02), fields.next(0x02) != nil, let exponent = fields.next(0x02) else {
                return nil
            }
            self.modulus = RSAPrivateKey.natural(modulus)
            self.exponent = RSAPrivateKey.natural(exponent)
        } else {
            guard fields.next(0x30) != nil, let wrapped = fields.next(0x04) else { return nil }
            var inner = DERReader(bytes: wrapped)
            guard let body = inner.next(0x30) else { return nil }
            var key = DERReader(bytes: body)
            guard key.next(0x02) != nil, let modulus = key.next(0x02), key.next(0x02) != nil,
                let exponent = key.next(0x02)
            else { return nil }
            self.modulus = RSAPrivateKey.natural(modulus)
            self.exponent = RSAPrivateKey.natural(exponent)
        }
        guard modulus.bitWidth > 16, modulus.bitWidth <= Self.bitsMax, exponent.bitWidth <= Self.bitsMax else {
            return nil
        }
    }

    private static func natural(_ bytes: ArraySlice<UInt8>) -> BigNatural {
        var words: [UInt32] = []
        for (at, byte) in bytes.reversed().enumerated() {
            if at % 4 == 0 { words.append(0) }
            words[at / 4] |= UInt32(byte) << UInt32(8 * (at % 4))
        }
        return BigNatural(words: words)
    }

    /// nil if the key doesn't fit.
    func decrypted(_ cipher: [UInt8]) -> [UInt8]? {
        let size = (modulus.bitWidth + 7) / 8
        let base = RSAPrivateKey.natural(cipher[...])
        guard cipher.count == size, BigNatural.compare(base, modulus) < 0 else { return nil }
        var result = BigNatural(1)
        for bit in (0..<exponent.bitWidth).reversed() {
            result = (result * result).divided(by: modulus).remainder
            if exponent.bit(bit) { result = (result * base).divided(by: modulus).remainder }
        }
        var padded = result.words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
        while padded.count < size { padded.append(0) }
        let bytes = Array(padded.prefix(size).reversed())
        guard bytes[0] == 0, bytes[1] == 2, let end = bytes.dropFirst(2).firstIndex(of: 0), end >= 10 else {
            return nil
        }
        return Array(bytes[(end + 1)...])
    }
}

/// Takes the elements of a DER sequence one after another.
private struct DERReader {
    var bytes: ArraySlice<UInt8>

    /// The content of the next element if it has this tag.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        guard bytes.popFirst() == tag, let first = bytes.popFirst() else { return nil }
        var length = Int(first)
        if first >= 0x80 {
            length = 0
            guard first & 0x7F <= 4 else { return nil }
            for _ in 0..<(first & 0x7F) {
                guard let byte = bytes.popFirst() else { return nil }
                length = length << 8 | Int(byte)
            }
        }
        guard length <= bytes.count else { return nil }
        let content = bytes.prefix(length)
        bytes = bytes.dropFirst(length)
        return content
    }
}
