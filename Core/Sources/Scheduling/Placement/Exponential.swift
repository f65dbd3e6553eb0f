/// Powers from nothing but IEEE additions and multiplications, so that every machine computes the same bits:
/// scores decide where allocations go, and followers, replays and simulations must agree on them. (What a
/// system's `exp` returns differs in the last bits from one C library to the next.)
enum Exponential {
    /// 1/n! by n.
    private static let inverseFactorials: [Double] = (0...15).map { n in
        1 / (1...max(1, n)).reduce(1.0) { $0 * Double($1) }
    }

    /// 2 to the power of `x`; relative error below 1e-15 for results that are normal numbers.
    static func exp2(_ x: Double) -> Double {
        guard x < 1024 else { return x.isNaN ? x : .infinity }
        guard x > -1022 else { return 0 }
        let whole = x.rounded()
        // |r| ≤ ln 2 / 2, where 15 terms of the series of eʳ leave less than 1e-19.
        let r = (x - whole) * 0.693_147_180_559_945_309_4
        let terms = Self.inverseFactorials
        var sum = terms[15]
        for n in stride(from: 14, through: 0, by: -1) { sum = sum * r + terms[n] }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }

    /// 10 to the power of `x`; relative error below 1e-14 for |x| < 10.
    static func exp10(_ x: Double) -> Double { exp2(x * 3.321_928_094_887_362_347_9) }

    /// e to the power of `x`; relative error below 1e-14 for |x| < 20.
    static func exp(_ x: Double) -> Double { exp2(x * 1.442_695_040_888_963_407_4) }
}
