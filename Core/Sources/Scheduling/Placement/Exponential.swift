/// Powers from nothing but IEEE additions and multiplications, so that every machine computes the same bits:
/// scores decide where allocations go, and followers, replays and simulations must agree on them. (What a
/// system's `exp` returns differs in the last bits from one C library to the next.)
enum Exponential {
    /// 2 to the power of `x`; relative error below 1e-15 for results that are normal numbers.
    static func exp2(_ x: Double) -> Double {
        guard x < 1024 else { return x.isNaN ? x : .infinity }
        guard x > -1022 else { return 0 }
        let whole = x.rounded()
        // |r| ≤ ln 2 / 2, where 15 terms of the series of eʳ (1/n! each) leave less than 1e-19.
        let r = (x - whole) * 0.693_147_180_559_945_309_4
        var sum = 1.0 / 1_307_674_368_000
        sum = sum * r + 1.0 / 87_178_291_200
        sum = sum * r + 1.0 / 6_227_020_800
        sum = sum * r + 1.0 / 479_001_600
        sum = sum * r + 1.0 / 39_916_800
        sum = sum * r + 1.0 / 3_628_800
        sum = sum * r + 1.0 / 362_880
        sum = sum * r + 1.0 / 40_320
        sum = sum * r + 1.0 / 5_040
        sum = sum * r + 1.0 / 720
        sum = sum * r + 1.0 / 120
        sum = sum * r + 1.0 / 24
        sum = sum * r + 1.0 / 6
        sum = sum * r + 1.0 / 2
        sum = sum * r + 1
        sum = sum * r + 1
        guard abs(whole) < 1000 else { return Double(sign: .plus, exponent: Int(whole), significand: sum) }
        // The power of two by its bits: the product is exact.
        return sum * Double(bitPattern: UInt64(Int64(whole) + 1023) << 52)
    }

    /// 10 to the power of `x`; relative error below 1e-14 for |x| < 10.
    static func exp10(_ x: Double) -> Double { exp2(x * 3.321_928_094_887_362_347_9) }

    /// e to the power of `x`; relative error below 1e-14 for |x| < 20.
    static func exp(_ x: Double) -> Double { exp2(x * 1.442_695_040_888_963_407_4) }
}
