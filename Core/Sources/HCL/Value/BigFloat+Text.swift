extension BigFloat {
    /// Longest text of a number that is read.
    static let textLengthMax = 4096

    /// Reads `digits[.digits][(e|E)[+|-]digits]` with an optional sign; nil for anything else or out of range.
    init?(parsing text: some Collection<UInt8>) {
        guard text.count <= Self.textLengthMax else { return nil }
        var rest = text[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        var digits = Array(rest.prefix(while: isDigit))
        rest = rest.dropFirst(digits.count)
        var scale = 0
        if rest.first == UInt8(ascii: ".") {
            let fraction = Array(rest.dropFirst().prefix(while: isDigit))
            guard !fraction.isEmpty || !digits.isEmpty else { return nil }
            digits += fraction
            scale -= fraction.count
            rest = rest.dropFirst(fraction.count + 1)
        }
        if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
            guard let power = Int(String(decoding: rest.dropFirst(), as: UTF8.self)) else { return nil }
            guard abs(power) <= Self.exponentMax else { return nil }
            scale += power
            rest = rest.suffix(0)
        }
        guard rest.isEmpty, !digits.isEmpty, let whole = BigNatural(digits: digits) else { return nil }
        self.init(isNegative: isNegative, decimal: whole, scale: scale)
    }

    /// `decimal` × 10^`scale`.
    init?(isNegative: Bool, decimal: BigNatural, scale: Int) {
        if scale >= 0 {
            guard decimal.isZero || scale <= Self.exponentMax / 3 else { return nil }
            self.init(isNegative: isNegative, mantissa: decimal * BigNatural.power(10, scale), exponent: 0)
            return
        }
        let divisor = BigNatural.power(10, -scale)
        let shift = max(0, Self.standardPrecision + 2 + divisor.bitWidth - decimal.bitWidth)
        let (quotient, rest) = (decimal << shift).divided(by: divisor)
        let mantissa = (quotient << 1) + BigNatural(rest.isZero ? 0 : 1)
        self.init(isNegative: isNegative, mantissa: mantissa, exponent: -shift - 1)
    }

    /// The shortest decimal digits that identify the number at its precision, and where the point stands:
    /// value = 0.d₁d₂d₃… × 10^point.
    var shortestDecimal: (digits: [UInt8], point: Int) {
        if mantissa.isZero { return ([], 0) }
        // The lowest bit stands for half a unit of the last place.
        let shift = precision + 1 - mantissa.bitWidth
        let exact = shift >= 0 ? mantissa << shift : mantissa >> -shift
        let power = exponent - shift
        let inclusive = !exact.bit(1)
        let scale = power >= 0 ? BigNatural(1) << power : BigNatural.power(5, -power)
        let one = BigNatural(1)
        var numbers = [exact, exact - one, exact + one].map { ($0 * scale).decimalDigits }
        let width = numbers[2].count
        for at in 0..<3 { numbers[at] = Array(repeating: 0, count: width - numbers[at].count) + numbers[at] }
        let digits = Self.shortest(value: numbers[0], lower: numbers[1], upper: numbers[2], inclusive: inclusive)
        let leading = digits.prefix { $0 == 0 }.count
        var kept = Array(digits.dropFirst(leading))
        while kept.last == 0 { kept.removeLast() }
        return (kept, width + min(0, power) - leading)
    }

    /// The shortest prefix of `value`, rounded up or down, that lies between the bounds.
    private static func shortest(value: [UInt8], lower: [UInt8], upper: [UInt8], inclusive: Bool) -> [UInt8] {
        let isZeroAfter = { (digits: [UInt8], at: Int) in digits[at...].allSatisfy { $0 == 0 } }
        var upperIsAhead = false  // upper's prefix is larger than value's by more than the digit compared
        for at in value.indices {
            let down =
                lower[..<(at + 1)] != value[..<(at + 1)] || (inclusive && isZeroAfter(lower, at + 1))
            let differs = value[at] != upper[at] || upperIsAhead
            let up =
                differs
                && (inclusive || upperIsAhead || value[at] + 1 < upper[at] || !isZeroAfter(upper, at + 1))
            if value[at] != upper[at] { upperIsAhead = upperIsAhead || value[at] + 1 < upper[at] }
            if !down && !up { continue }
            var prefix = Array(value[..<(at + 1)])
            let roundsUp: Bool
            if down && up {
                let next = at + 1 < value.count ? value[at + 1] : 0
                let tie = next == 5 && (at + 2 >= value.count || isZeroAfter(value, at + 2))
                roundsUp = tie ? value[at] % 2 == 1 : next >= 5
            } else {
                roundsUp = up
            }
            if roundsUp { increment(&prefix) }
            return prefix + Array(repeating: 0, count: max(0, value.count - prefix.count))
        }
        return value
    }

    private static func increment(_ digits: inout [UInt8]) {
        for at in digits.indices.reversed() {
            if digits[at] < 9 {
                digits[at] += 1
                return
            }
            digits[at] = 0
        }
        digits.insert(1, at: 0)
    }

    /// Plain decimal notation without exponent, as short as identifies the number.
    var text: String {
        let (digits, point) = shortestDecimal
        if digits.isEmpty { return "0" }
        var out: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        let ascii = digits.map { $0 + UInt8(ascii: "0") }
        let zero = UInt8(ascii: "0")
        if point <= 0 {
            out += [zero, UInt8(ascii: ".")] + Array(repeating: zero, count: -point) + ascii
        } else if point >= ascii.count {
            out += ascii + Array(repeating: zero, count: point - ascii.count)
        } else {
            out += ascii[..<point] + [UInt8(ascii: ".")] + ascii[point...]
        }
        return String(decoding: out, as: UTF8.self)
    }
}
