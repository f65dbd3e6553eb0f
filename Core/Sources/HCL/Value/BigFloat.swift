/// A binary floating-point number: ± mantissa × 2^exponent, rounded to nearest even at `precision` bits.
///
/// HCL numbers have 512 bits. Numbers made from a `Double` remember that they have 53, because
/// the shortest text that identifies a number depends on its precision.
struct BigFloat: Hashable, Sendable {
    static let standardPrecision = 512
    /// Numbers beyond 2^±exponentMax are an error: their text alone would be thousands of digits.
    static let exponentMax = 16_384

    let isNegative: Bool
    /// Odd, or zero.
    let mantissa: BigNatural
    let exponent: Int
    let precision: Int

    /// Rounds; nil if the number is out of range. `sticky` says that non-zero bits below were dropped.
    init?(
        isNegative: Bool, mantissa: BigNatural, exponent: Int, precision: Int = standardPrecision, sticky: Bool = false
    ) {
        var (bits, power) = (mantissa, exponent)
        let excess = bits.bitWidth - precision
        if excess > 0 {
            let half = bits.bit(excess - 1)
            let below = sticky || bits.trailingZeroBits < excess - 1
            bits = bits >> excess
            power += excess
            if half && (below || bits.isOdd) { bits = bits + BigNatural(1) }
        }
        let zeros = bits.trailingZeroBits
        bits = bits >> zeros
        power += zeros
        if bits.isZero { power = 0 }
        guard abs(power + bits.bitWidth) <= Self.exponentMax else { return nil }
        self.isNegative = isNegative && !bits.isZero
        self.mantissa = bits
        self.exponent = power
        self.precision = precision
    }

    /// Compares by value: the precision doesn't count.
    static func == (a: BigFloat, b: BigFloat) -> Bool {
        a.isNegative == b.isNegative && a.exponent == b.exponent && a.mantissa == b.mantissa
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(isNegative)
        hasher.combine(exponent)
        hasher.combine(mantissa)
    }

    var isInteger: Bool { exponent >= 0 }

    var int64: Int64? {
        guard isInteger, mantissa.bitWidth + exponent <= 64, let size = (mantissa << exponent).uint64 else {
            return nil
        }
        if isNegative { return size <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- size) : nil }
        return Int64(exactly: size)
    }

    /// The magnitude without its fraction.
    var integerPart: BigNatural { exponent >= 0 ? mantissa << exponent : mantissa >> -exponent }

    static func compare(_ a: BigFloat, _ b: BigFloat) -> Int {
        if a.isNegative != b.isNegative { return a.isNegative ? -1 : 1 }
        let low = min(a.exponent, b.exponent)
        let order = BigNatural.compare(a.mantissa << (a.exponent - low), b.mantissa << (b.exponent - low))
        return a.isNegative ? -order : order
    }

    static func add(_ a: BigFloat, _ b: BigFloat) -> BigFloat? {
        let low = min(a.exponent, b.exponent)
        let (x, y) = (a.mantissa << (a.exponent - low), b.mantissa << (b.exponent - low))
        let precision = max(a.precision, b.precision)
        if a.isNegative == b.isNegative {
            return BigFloat(isNegative: a.isNegative, mantissa: x + y, exponent: low, precision: precision)
        }
        return BigNatural.compare(x, y) >= 0
            ? BigFloat(isNegative: a.isNegative, mantissa: x - y, exponent: low, precision: precision)
            : BigFloat(isNegative: b.isNegative, mantissa: y - x, exponent: low, precision: precision)
    }

    static func multiply(_ a: BigFloat, _ b: BigFloat) -> BigFloat? {
        BigFloat(
            isNegative: a.isNegative != b.isNegative, mantissa: a.mantissa * b.mantissa,
            exponent: a.exponent + b.exponent, precision: max(a.precision, b.precision))
    }

    /// `b` is not zero.
    static func divide(_ a: BigFloat, _ b: BigFloat) -> BigFloat? {
        let precision = max(a.precision, b.precision)
        let shift = max(0, precision + 2 + b.mantissa.bitWidth - a.mantissa.bitWidth)
        let (quotient, rest) = (a.mantissa << shift).divided(by: b.mantissa)
        // Two more bits below the rounding place, so that the sticky bit can't fall on a tie.
        let mantissa = (quotient << 1) + BigNatural(rest.isZero ? 0 : 1)
        return BigFloat(
            isNegative: a.isNegative != b.isNegative, mantissa: mantissa,
            exponent: a.exponent - b.exponent - shift - 1, precision: precision)
    }

    /// The remainder of the division rounded towards zero; it has the sign of `a`. `b` is not zero.
    static func remainder(_ a: BigFloat, _ b: BigFloat) -> BigFloat? {
        let low = min(a.exponent, b.exponent)
        let rest = (a.mantissa << (a.exponent - low)).divided(by: b.mantissa << (b.exponent - low)).remainder
        return BigFloat(
            isNegative: a.isNegative, mantissa: rest, exponent: low, precision: max(a.precision, b.precision))
    }

    var negated: BigFloat? {
        BigFloat(isNegative: !isNegative, mantissa: mantissa, exponent: exponent, precision: precision)
    }

    /// The nearest double, ties to even; infinite beyond the range of doubles.
    var double: Double {
        if mantissa.isZero { return 0 }
        let top = exponent + mantissa.bitWidth
        let bits = min(53, top + 1074)
        guard bits > 0,
            let rounded = BigFloat(isNegative: false, mantissa: mantissa, exponent: exponent, precision: bits)
        else { return isNegative ? -0.0 : 0 }
        let size = Double(rounded.mantissa.uint64 ?? 0)
        let value = Double(sign: .plus, exponent: rounded.exponent, significand: size)
        return isNegative ? -value : value
    }

    /// The exact value of a finite double, remembering its 53 bits.
    init?(_ value: Double) {
        guard value.isFinite else { return nil }
        if value == 0 {
            self.init(isNegative: false, mantissa: BigNatural(), exponent: 0, precision: 53)
            return
        }
        let exponent = value.exponent - 52
        let significand = value.magnitude.significand * Double(1 << 52 as UInt64)
        self.init(
            isNegative: value < 0, mantissa: BigNatural(UInt64(significand)), exponent: Int(exponent), precision: 53)
    }
}
