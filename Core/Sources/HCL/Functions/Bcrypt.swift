/// The bcrypt password hash, version 2a.
struct Bcrypt {
    static let costRange = 4...14

    private var p: [UInt32]
    private var s: [UInt32]

    /// - Parameters:
    ///   - salt: 16 bytes.
    ///   - cost: logarithm of the number of rounds.
    static func hash(_ password: [UInt8], salt: [UInt8], cost: Int) -> String {
        var cipher = Bcrypt(password + [0], salt, cost)
        var text: [UInt32] = [0x4F72_7068, 0x6561_6E42, 0x6568_6F6C, 0x6465_7253, 0x6372_7944, 0x6F75_6274]
        for at in stride(from: 0, to: 6, by: 2) {
            for _ in 0..<64 { (text[at], text[at + 1]) = cipher.encrypted(text[at], text[at + 1]) }
        }
        let bytes = text.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
        return "$2a$\(cost < 10 ? "0" : "")\(cost)$" + encoded(salt) + encoded(Array(bytes.dropLast()))
    }

    private init(_ key: [UInt8], _ salt: [UInt8], _ cost: Int) {
        p = Array(Self.piWords[..<18])
        s = Array(Self.piWords[18...])
        expand(key, salt)
        let none = [UInt8](repeating: 0, count: 16)
        for _ in 0..<(1 << cost) {
            expand(key, none)
            expand(salt, none)
        }
    }

    private mutating func encrypted(_ high: UInt32, _ low: UInt32) -> (UInt32, UInt32) {
        var (left, right) = (high, low)
        for round in 0..<16 {
            left ^= p[round]
            let (a, b) = (s[Int(left >> 24)], s[256 + Int(left >> 16 & 255)])
            let (c, d) = (s[512 + Int(left >> 8 & 255)], s[768 + Int(left & 255)])
            right ^= ((a &+ b) ^ c) &+ d
            (left, right) = (right, left)
        }
        return (right ^ p[17], left ^ p[16])
    }

    private mutating func expand(_ key: [UInt8], _ salt: [UInt8]) {
        var at = 0
        for word in 0..<18 {
            var value: UInt32 = 0
            for _ in 0..<4 {
                value = value << 8 | UInt32(key[at])
                at = (at + 1) % key.count
            }
            p[word] ^= value
        }
        let salts = (0..<4).map { word in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(salt[4 * word + $1]) } }
        var (left, right): (UInt32, UInt32) = (0, 0)
        var turn = 0
        func mixed() { turn = (turn + 2) % 4 }
        for word in stride(from: 0, to: 18, by: 2) {
            (left, right) = encrypted(left ^ salts[turn], right ^ salts[turn + 1])
            mixed()
            (p[word], p[word + 1]) = (left, right)
        }
        for word in stride(from: 0, to: 1024, by: 2) {
            (left, right) = encrypted(left ^ salts[turn], right ^ salts[turn + 1])
            mixed()
            (s[word], s[word + 1]) = (left, right)
        }
    }

    /// Blowfish's tables are the fraction of π in hexadecimal: 1042 words. Computed by Machin's formula.
    private static let piWords: [UInt32] = {
        let words = 1042
        let guardBits = 64
        let one = BigNatural(1) << (32 * words + guardBits)
        func arctangent(_ inverse: UInt32) -> BigNatural {
            var term = one.dividedSmall(by: inverse).quotient
            var sum = term
            var divisor: UInt32 = 1
            var isSubtracted = true
            while !term.isZero {
                term = term.dividedSmall(by: inverse * inverse).quotient
                divisor += 2
                let part = term.dividedSmall(by: divisor).quotient
                sum = isSubtracted ? sum - part : sum + part
                isSubtracted.toggle()
            }
            return sum
        }
        let pi = (arctangent(5) << 4) - (arctangent(239) << 2)
        let fraction = (pi - ((pi >> (32 * words + guardBits)) << (32 * words + guardBits))) >> guardBits
        var low = fraction.words
        while low.count < words { low.append(0) }
        return low.reversed()
    }()

    /// bcrypt's own base64: another alphabet, no padding.
    private static func encoded(_ bytes: [UInt8]) -> String {
        let alphabet = Array("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for place in 0...group.count { out.append(alphabet[Int(bits >> UInt32(18 - 6 * place) & 63)]) }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
