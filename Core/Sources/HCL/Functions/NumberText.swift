/// Numbers in the notations of `format`.
extension Number {
    /// Exact decimal digits and where the point stands: value = 0.d₁d₂… × 10^point. No digits for zero.
    private var exactDecimal: (digits: [UInt8], point: Int) {
        let value = big
        if value.mantissa.isZero { return ([], 0) }
        let scaled =
            value.exponent >= 0
            ? value.mantissa << value.exponent : value.mantissa * BigNatural.power(5, -value.exponent)
        let digits = scaled.decimalDigits
        return (digits, digits.count + min(0, value.exponent))
    }

    /// Rounds to so many digits, half to even.
    private static func rounded(_ number: (digits: [UInt8], point: Int), to count: Int) -> (digits: [UInt8], point: Int)
    {
        guard count < number.digits.count else { return number }
        guard count >= 0 else { return ([], 0) }
        var kept = Array(number.digits[..<count])
        let rest = number.digits[count...]
        let isHalf = rest.first == 5 && rest.dropFirst().allSatisfy { $0 == 0 }
        let roundsUp = isHalf ? (kept.last ?? 0) % 2 == 1 : (rest.first ?? 0) >= 5
        guard roundsUp else { return (kept, number.point) }
        for at in kept.indices.reversed() {
            if kept[at] < 9 {
                kept[at] += 1
                return (kept, number.point)
            }
            kept[at] = 0
        }
        return ([1] + kept, number.point + 1)
    }

    private static func ascii(_ digits: some Sequence<UInt8>) -> String {
        String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    }

    /// `12.50`: so many decimals, without sign.
    func fixed(_ decimals: Int) -> String {
        let exact = exactDecimal
        let (digits, point) = Number.rounded(exact, to: exact.point + decimals)
        let whole = point > 0 ? digits.prefix(point) + Array(repeating: 0, count: max(0, point - digits.count)) : [0]
        guard decimals > 0 else { return Number.ascii(whole) }
        var fraction = Array(repeating: UInt8(0), count: min(decimals, max(0, -point)))
        if point < digits.count, fraction.count < decimals { fraction += digits.dropFirst(max(0, point)) }
        fraction += Array(repeating: 0, count: max(0, decimals - fraction.count))
        return Number.ascii(whole) + "." + Number.ascii(fraction.prefix(decimals))
    }

    /// `1.25e+01`: so many decimals, nil for as many as needed, without sign.
    func exponential(_ decimals: Int?, upper: Bool) -> String {
        var number = decimals == nil ? big.shortestDecimal : Number.rounded(exactDecimal, to: (decimals ?? 0) + 1)
        if number.digits.isEmpty { number = ([0], 1) }
        var fraction = Array(number.digits.dropFirst())
        if let decimals { fraction += Array(repeating: 0, count: max(0, decimals - fraction.count)) }
        let power = number.point - 1
        let size = power.magnitude < 10 ? "0\(power.magnitude)" : "\(power.magnitude)"
        return Number.ascii([number.digits[0]]) + (fraction.isEmpty ? "" : "." + Number.ascii(fraction))
            + (upper ? "E" : "e") + (power < 0 ? "-" : "+") + size
    }

    /// The shorter of both, by C's rule for `%g`, without sign.
    func general(_ precision: Int?, upper: Bool) -> String {
        let significant = precision.map { max(1, $0) }
        let number = significant.map { Number.rounded(exactDecimal, to: $0) } ?? big.shortestDecimal
        var digits = number.digits
        while digits.last == 0 { digits.removeLast() }
        if digits.isEmpty { return "0" }
        var limit = significant ?? 6
        if limit > digits.count, digits.count >= number.point { limit = digits.count }
        if significant == nil { limit = 6 }
        let power = number.point - 1
        if power < -4 || power >= max(limit, 1) {
            let size = power.magnitude < 10 ? "0\(power.magnitude)" : "\(power.magnitude)"
            return Number.ascii(digits[..<1]) + (digits.count > 1 ? "." + Number.ascii(digits[1...]) : "")
                + (upper ? "E" : "e") + (power < 0 ? "-" : "+") + size
        }
        if number.point <= 0 { return "0." + String(repeating: "0", count: -number.point) + Number.ascii(digits) }
        if number.point >= digits.count {
            return Number.ascii(digits) + String(repeating: "0", count: number.point - digits.count)
        }
        return Number.ascii(digits[..<number.point]) + "." + Number.ascii(digits[number.point...])
    }

    /// A whole number in base 2, 8, 10 or 16, without sign; nil if there is a fraction.
    func whole(base: UInt32, upper: Bool) -> String? {
        guard isInteger else { return nil }
        var rest = big.integerPart
        if rest.isZero { return "0" }
        var out: [UInt8] = []
        let letters = Array((upper ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        while !rest.isZero {
            let (quotient, digit) = rest.dividedSmall(by: base)
            out.append(letters[Int(digit)])
            rest = quotient
        }
        return String(decoding: out.reversed(), as: UTF8.self)
    }
}
