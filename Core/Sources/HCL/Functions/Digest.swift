/// The hash functions of the language, written out here because Core imports no cryptography.
/// They are for naming and comparing, where the language offers them; no secret of the product relies on them.
enum Digest {
    // MARK: MD5

    static func md5(_ message: [UInt8]) -> [UInt8] {
        let shifts: [[UInt32]] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]]
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
        forBlocks(message, size: 64, lengthBytes: 8, bigEndian: false) { block in
            let words = littleEndianWords(block)
            var (a, b, c, d) = (state[0], state[1], state[2], state[3])
            for i in 0..<64 {
                let f: UInt32
                let g: Int
                switch i / 16 {
                case 0: (f, g) = ((b & c) | (~b & d), i)
                case 1: (f, g) = ((d & b) | (~d & c), (5 * i + 1) % 16)
                case 2: (f, g) = (b ^ c ^ d, (3 * i + 5) % 16)
                default: (f, g) = (c ^ (b | ~d), (7 * i) % 16)
                }
                let sum = a &+ f &+ sines[i] &+ words[g]
                (a, d, c, b) = (d, c, b, b &+ rotated(sum, shifts[i / 16][i % 4]))
            }
            for (at, value) in [a, b, c, d].enumerated() { state[at] &+= value }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
    }

    /// ⌊2³² · |sin i|⌋ for i from 1 to 64, by the addition theorem.
    private static let sines: [UInt32] = {
        let (sin1, cos1) = (0.8414709848078965, 0.5403023058681398)
        var (sine, cosine) = (0.0, 1.0)
        return (0..<64).map { _ in
            (sine, cosine) = (sine * cos1 + cosine * sin1, cosine * cos1 - sine * sin1)
            return UInt32(sine.magnitude * 4_294_967_296)
        }
    }()

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }

    // MARK: SHA-1

    static func sha1(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        forBlocks(message, size: 64, lengthBytes: 8, bigEndian: true) { block in
            var words = bigEndianWords(block)
            for t in 16..<80 { words.append(rotated(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1)) }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for t in 0..<80 {
                let f: UInt32
                let k: UInt32
                switch t / 20 {
                case 0: (f, k) = ((b & c) | (~b & d), 0x5A82_7999)
                case 1: (f, k) = (b ^ c ^ d, 0x6ED9_EBA1)
                case 2: (f, k) = ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
                default: (f, k) = (b ^ c ^ d, 0xCA62_C1D6)
                }
                let next = rotated(a, 5) &+ f &+ e &+ k &+ words[t]
                (e, d, c, b, a) = (d, c, rotated(b, 30), a, next)
            }
            for (at, value) in [a, b, c, d, e].enumerated() { state[at] &+= value }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }

    // MARK: SHA-2

    static func sha256(_ message: [UInt8]) -> [UInt8] {
        var state = roots(2, 8).map { UInt32($0 >> 32) }
        let constants = cubeRoots.map { UInt32($0 >> 32) }
        forBlocks(message, size: 64, lengthBytes: 8, bigEndian: true) { block in
            var words = bigEndianWords(block)
            func turned(_ word: UInt32, _ count: UInt32) -> UInt32 { rotated(word, 32 - count) }
            for t in 16..<64 {
                let s0 = turned(words[t - 15], 7) ^ turned(words[t - 15], 18) ^ words[t - 15] >> 3
                let s1 = turned(words[t - 2], 17) ^ turned(words[t - 2], 19) ^ words[t - 2] >> 10
                words.append(words[t - 16] &+ s0 &+ words[t - 7] &+ s1)
            }
            var v = state
            for t in 0..<64 {
                let s1 = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)
                let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
                let first = v[7] &+ s1 &+ choice &+ constants[t] &+ words[t]
                let s0 = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)
                let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
                v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
            }
            for at in 0..<8 { state[at] &+= v[at] }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * $0)) } }
    }

    static func sha512(_ message: [UInt8]) -> [UInt8] {
        var state = roots(2, 8)
        let constants = cubeRoots
        forBlocks(message, size: 128, lengthBytes: 16, bigEndian: true) { block in
            let halves = bigEndianWords(block)
            var words = (0..<16).map { UInt64(halves[2 * $0]) << 32 | UInt64(halves[2 * $0 + 1]) }
            func turned(_ word: UInt64, _ count: UInt64) -> UInt64 { word >> count | word << (64 - count) }
            for t in 16..<80 {
                let s0 = turned(words[t - 15], 1) ^ turned(words[t - 15], 8) ^ words[t - 15] >> 7
                let s1 = turned(words[t - 2], 19) ^ turned(words[t - 2], 61) ^ words[t - 2] >> 6
                words.append(words[t - 16] &+ s0 &+ words[t - 7] &+ s1)
            }
            var v = state
            for t in 0..<80 {
                let s1 = turned(v[4], 14) ^ turned(v[4], 18) ^ turned(v[4], 41)
                let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
                let first = v[7] &+ s1 &+ choice &+ constants[t] &+ words[t]
                let s0 = turned(v[0], 28) ^ turned(v[0], 34) ^ turned(v[0], 39)
                let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
                v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
            }
            for at in 0..<8 { state[at] &+= v[at] }
        }
        return state.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    private static let cubeRoots = roots(3, 80)

    /// The first 64 bits of the fractions of the square (cube) roots of the first primes.
    private static func roots(_ degree: Int, _ count: Int) -> [UInt64] {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < count {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            let target = BigNatural(prime) << (64 * degree)
            var root = BigNatural()
            for bit in (0..<69).reversed() {
                let trial = root + (BigNatural(1) << bit)
                let power = degree == 2 ? trial * trial : trial * trial * trial
                if BigNatural.compare(power, target) <= 0 { root = trial }
            }
            let high = (root >> 64) << 64
            return (root - high).uint64 ?? 0
        }
    }

    // MARK: Blocks

    private static func littleEndianWords(_ block: ArraySlice<UInt8>) -> [UInt32] {
        bigEndianWords(block).map(\.byteSwapped)
    }

    private static func bigEndianWords(_ block: ArraySlice<UInt8>) -> [UInt32] {
        var words: [UInt32] = []
        words.reserveCapacity(80)
        for start in stride(from: block.startIndex, to: block.endIndex, by: 4) {
            var word: UInt32 = 0
            for byte in block[start..<(start + 4)] { word = word << 8 | UInt32(byte) }
            words.append(word)
        }
        return words
    }

    /// Pads the message as all of them do and hands out its blocks, each with indices from 0.
    private static func forBlocks(
        _ message: [UInt8], size: Int, lengthBytes: Int, bigEndian: Bool, _ body: (ArraySlice<UInt8>) -> Void
    ) {
        var padded = message
        padded.append(0x80)
        while (padded.count + lengthBytes) % size != 0 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        let length = (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
        padded += bigEndian ? Array(repeating: 0, count: lengthBytes - 8) + length.reversed() : length
        for start in stride(from: 0, to: padded.count, by: size) {
            body(ArraySlice(Array(padded[start..<(start + size)])))
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
