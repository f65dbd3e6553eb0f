/// A natural number of any size, as 32-bit words from the lowest. No leading zero words.
struct BigNatural: Hashable, Sendable {
    private(set) var words: [UInt32]

    init(words: [UInt32] = []) {
        self.words = words
        trim()
    }

    init(_ value: UInt64) { self.init(words: [UInt32(truncatingIfNeeded: value), UInt32(value >> 32)]) }

    private mutating func trim() { while words.last == 0 { words.removeLast() } }

    var isZero: Bool { words.isEmpty }
    var isOdd: Bool { (words.first ?? 0) & 1 == 1 }
    var bitWidth: Int { words.isEmpty ? 0 : words.count * 32 - (words.last ?? 0).leadingZeroBitCount }

    var trailingZeroBits: Int {
        guard let at = words.firstIndex(where: { $0 != 0 }) else { return 0 }
        return at * 32 + words[at].trailingZeroBitCount
    }

    /// The value if it fits 64 bits.
    var uint64: UInt64? {
        guard words.count <= 2 else { return nil }
        return (words.count > 1 ? UInt64(words[1]) << 32 : 0) | UInt64(words.first ?? 0)
    }

    static func compare(_ a: BigNatural, _ b: BigNatural) -> Int {
        if a.words.count != b.words.count { return a.words.count < b.words.count ? -1 : 1 }
        for (x, y) in zip(a.words.reversed(), b.words.reversed()) where x != y { return x < y ? -1 : 1 }
        return 0
    }

    static func + (a: BigNatural, b: BigNatural) -> BigNatural {
        var out: [UInt32] = []
        out.reserveCapacity(max(a.words.count, b.words.count) + 1)
        var carry: UInt64 = 0
        for at in 0..<max(a.words.count, b.words.count) {
            let x = at < a.words.count ? UInt64(a.words[at]) : 0
            let y = at < b.words.count ? UInt64(b.words[at]) : 0
            let sum = x + y + carry
            out.append(UInt32(truncatingIfNeeded: sum))
            carry = sum >> 32
        }
        if carry > 0 { out.append(UInt32(carry)) }
        return BigNatural(words: out)
    }

    /// Requires `a >= b`.
    static func - (a: BigNatural, b: BigNatural) -> BigNatural {
        var out = a.words
        var borrow: Int64 = 0
        for at in out.indices {
            var difference = Int64(out[at]) - (at < b.words.count ? Int64(b.words[at]) : 0) - borrow
            borrow = difference < 0 ? 1 : 0
            if difference < 0 { difference += 1 << 32 }
            out[at] = UInt32(difference)
        }
        return BigNatural(words: out)
    }

    static func * (a: BigNatural, b: BigNatural) -> BigNatural {
        if a.isZero || b.isZero { return BigNatural() }
        var out = [UInt32](repeating: 0, count: a.words.count + b.words.count)
        for i in a.words.indices {
            var carry: UInt64 = 0
            for j in b.words.indices {
                let product = UInt64(a.words[i]) * UInt64(b.words[j]) + UInt64(out[i + j]) + carry
                out[i + j] = UInt32(truncatingIfNeeded: product)
                carry = product >> 32
            }
            out[i + b.words.count] = UInt32(carry)
        }
        return BigNatural(words: out)
    }

    static func << (a: BigNatural, shift: Int) -> BigNatural {
        if a.isZero || shift == 0 { return a }
        let (whole, part) = (shift / 32, UInt64(shift % 32))
        var out = [UInt32](repeating: 0, count: whole)
        var carry: UInt64 = 0
        for word in a.words {
            let moved = UInt64(word) << part | carry
            out.append(UInt32(truncatingIfNeeded: moved))
            carry = moved >> 32
        }
        out.append(UInt32(carry))
        return BigNatural(words: out)
    }

    static func >> (a: BigNatural, shift: Int) -> BigNatural {
        let (whole, part) = (shift / 32, UInt64(shift % 32))
        guard whole < a.words.count else { return BigNatural() }
        var out: [UInt32] = []
        for at in whole..<a.words.count {
            let high = at + 1 < a.words.count ? UInt64(a.words[at + 1]) << 32 : 0
            out.append(UInt32(truncatingIfNeeded: (high | UInt64(a.words[at])) >> part))
        }
        return BigNatural(words: out)
    }

    /// Whether bit `at` (from the lowest) is set.
    func bit(_ at: Int) -> Bool { at / 32 < words.count && words[at / 32] >> UInt32(at % 32) & 1 == 1 }

    /// Quotient and remainder by a small number, which is not 0.
    func dividedSmall(by divisor: UInt32) -> (quotient: BigNatural, remainder: UInt32) {
        var out = words
        var rest: UInt64 = 0
        for at in out.indices.reversed() {
            let value = rest << 32 | UInt64(out[at])
            out[at] = UInt32(value / UInt64(divisor))
            rest = value % UInt64(divisor)
        }
        return (BigNatural(words: out), UInt32(rest))
    }

    /// Quotient and remainder (Knuth's algorithm D); `divisor` is not zero.
    func divided(by divisor: BigNatural) -> (quotient: BigNatural, remainder: BigNatural) {
        if BigNatural.compare(self, divisor) < 0 { return (BigNatural(), self) }
        if divisor.words.count == 1 {
            let (quotient, rest) = dividedSmall(by: divisor.words[0])
            return (quotient, BigNatural(UInt64(rest)))
        }
        let shift = (divisor.words.last ?? 0).leadingZeroBitCount
        let v = (divisor << shift).words
        var u = (self << shift).words
        while u.count <= words.count { u.append(0) }
        let n = v.count
        var quotient = [UInt32](repeating: 0, count: u.count - n)
        for j in (0..<(u.count - n)).reversed() {
            let top = UInt64(u[j + n]) << 32 | UInt64(u[j + n - 1])
            var guess = top / UInt64(v[n - 1])
            var rest = top % UInt64(v[n - 1])
            while guess >> 32 != 0 || guess * UInt64(v[n - 2]) > rest << 32 | UInt64(u[j + n - 2]) {
                guess -= 1
                rest += UInt64(v[n - 1])
                if rest >> 32 != 0 { break }
            }
            var borrow: Int64 = 0
            var carry: UInt64 = 0
            for i in 0..<n {
                let product = guess * UInt64(v[i]) + carry
                carry = product >> 32
                let difference = Int64(u[i + j]) - borrow - Int64(product & 0xFFFF_FFFF)
                u[i + j] = UInt32(truncatingIfNeeded: difference)
                borrow = difference < 0 ? 1 : 0
            }
            let difference = Int64(u[j + n]) - borrow - Int64(carry)
            u[j + n] = UInt32(truncatingIfNeeded: difference)
            if difference < 0 {
                guess -= 1
                var back: UInt64 = 0
                for i in 0..<n {
                    let sum = UInt64(u[i + j]) + UInt64(v[i]) + back
                    u[i + j] = UInt32(truncatingIfNeeded: sum)
                    back = sum >> 32
                }
                u[j + n] = UInt32(truncatingIfNeeded: UInt64(u[j + n]) + back)
            }
            quotient[j] = UInt32(guess)
        }
        return (BigNatural(words: quotient), BigNatural(words: Array(u[0..<n])) >> shift)
    }

    static func power(_ base: UInt32, _ exponent: Int) -> BigNatural {
        var result = BigNatural(1)
        var square = BigNatural(UInt64(base))
        var left = exponent
        while left > 0 {
            if left & 1 == 1 { result = result * square }
            left >>= 1
            if left > 0 { square = square * square }
        }
        return result
    }

    /// Reads ASCII digits of a radix up to 62; nil if a byte is not a digit of it.
    /// Above 36, small and capital letters are different digits.
    init?(digits: some Sequence<UInt8>, radix: UInt32 = 10) {
        var words: [UInt32] = []
        for byte in digits {
            guard let digit = BigNatural.digit(byte, radix), digit < radix else { return nil }
            var carry = UInt64(digit)
            for at in words.indices {
                let value = UInt64(words[at]) * UInt64(radix) + carry
                words[at] = UInt32(truncatingIfNeeded: value)
                carry = value >> 32
            }
            if carry > 0 { words.append(UInt32(carry)) }
        }
        self.init(words: words)
    }

    private static func digit(_ byte: UInt8, _ radix: UInt32) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(byte - UInt8(ascii: "A")) + (radix > 36 ? 36 : 10)
        default: nil
        }
    }

    /// Decimal digits from the highest, as values 0...9; empty for zero.
    var decimalDigits: [UInt8] {
        var out: [UInt8] = []
        var rest = self
        while !rest.isZero {
            let (quotient, low) = rest.dividedSmall(by: 1_000_000_000)
            var part = low
            for _ in 0..<9 {
                if quotient.isZero && part == 0 { break }
                out.append(UInt8(part % 10))
                part /= 10
            }
            rest = quotient
        }
        return out.reversed()
    }
}
