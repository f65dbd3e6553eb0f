/// A number of HCL: integers are exact, everything else is a 512-bit binary floating-point number.
public struct Number: Hashable, Sendable, Comparable, CustomStringConvertible {
    enum Storage: Hashable, Sendable {
        /// Every integer of 64 bits is kept here and nowhere else, so that equality is equality of storage.
        case integer(Int64)
        case big(BigFloat)
    }

    let storage: Storage

    public init(_ value: Int64) { storage = .integer(value) }
    public init(_ value: Int) { storage = .integer(Int64(value)) }

    init(_ value: BigFloat) { storage = value.int64.map(Storage.integer) ?? .big(value) }

    /// nil for infinite and for not-a-number.
    public init?(_ value: Double) {
        guard let big = BigFloat(value) else { return nil }
        self.init(big)
    }

    /// Reads decimal notation (`12`, `-0.5`, `1e3`); nil for anything else and beyond about 10^±4900.
    public init?(parsing text: String) { self.init(parsing: text.utf8) }

    init?(parsing bytes: some Collection<UInt8>) {
        if bytes.count <= 18, let small = Number.smallInteger(bytes) {
            self.init(small)
            return
        }
        guard let big = BigFloat(parsing: bytes) else { return nil }
        self.init(big)
    }

    private static func smallInteger(_ bytes: some Collection<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
        }
        return bytes.isEmpty ? nil : value
    }

    var big: BigFloat {
        switch storage {
        case .big(let value): value
        case .integer(let value):
            BigFloat.whole(value)
        }
    }

    /// The number as an integer; nil if it has a fraction or doesn't fit.
    public var int64: Int64? { if case .integer(let value) = storage { value } else { nil } }
    public var int: Int? { int64.map { Int($0) } }

    /// The nearest double.
    public var double: Double {
        switch storage {
        case .integer(let value): Double(value)
        case .big(let value): value.double
        }
    }

    public var isInteger: Bool {
        switch storage {
        case .integer: true
        case .big(let value): value.isInteger
        }
    }

    public var isZero: Bool { storage == .integer(0) }
    public var isNegative: Bool {
        switch storage {
        case .integer(let value): value < 0
        case .big(let value): value.isNegative
        }
    }

    /// Plain decimal notation, never an exponent: `1000`, `0.3`, `-2.5`. Reads back as the same number.
    public var description: String {
        switch storage {
        case .integer(let value): String(value)
        case .big(let value): value.text
        }
    }

    public static func < (a: Number, b: Number) -> Bool { compare(a, b) < 0 }

    static func compare(_ a: Number, _ b: Number) -> Int {
        if case (.integer(let x), .integer(let y)) = (a.storage, b.storage) { return x < y ? -1 : x > y ? 1 : 0 }
        return BigFloat.compare(a.big, b.big)
    }
}

extension BigFloat {
    static func whole(_ value: Int64) -> BigFloat {
        // 64 bits are always in range, so the fallback is never taken.
        BigFloat(isNegative: value < 0, mantissa: BigNatural(value.magnitude), exponent: 0) ?? .zero
    }

    static var zero: BigFloat { BigFloat() }

    private init() {
        self.init(exactly: BigNatural())
    }

    private init(exactly mantissa: BigNatural) {
        isNegative = false
        self.mantissa = mantissa
        exponent = 0
        precision = Self.standardPrecision
    }
}

/// Arithmetic answers nil where the result is out of range.
extension Number {
    static func add(_ a: Number, _ b: Number) -> Number? {
        if case (.integer(let x), .integer(let y)) = (a.storage, b.storage) {
            let (sum, overflow) = x.addingReportingOverflow(y)
            if !overflow { return Number(sum) }
        }
        return BigFloat.add(a.big, b.big).map(Number.init)
    }

    static func subtract(_ a: Number, _ b: Number) -> Number? {
        b.negated.flatMap { add(a, $0) }
    }

    static func multiply(_ a: Number, _ b: Number) -> Number? {
        if case (.integer(let x), .integer(let y)) = (a.storage, b.storage) {
            let (product, overflow) = x.multipliedReportingOverflow(by: y)
            if !overflow { return Number(product) }
        }
        return BigFloat.multiply(a.big, b.big).map(Number.init)
    }

    /// nil for division by zero, too.
    static func divide(_ a: Number, _ b: Number) -> Number? {
        if b.isZero { return nil }
        if case (.integer(let x), .integer(let y)) = (a.storage, b.storage) {
            let (quotient, rest) = x.quotientAndRemainder(safelyBy: y)
            if rest == 0 { return Number(quotient) }
        }
        return BigFloat.divide(a.big, b.big).map(Number.init)
    }

    /// The remainder of the division rounded towards zero: `-17 % 5` is `-2`. nil for division by zero.
    static func remainder(_ a: Number, _ b: Number) -> Number? {
        if b.isZero { return nil }
        if case (.integer(let x), .integer(let y)) = (a.storage, b.storage) {
            return Number(y == -1 ? 0 : x % y)
        }
        return BigFloat.remainder(a.big, b.big).map(Number.init)
    }

    var negated: Number? {
        if case .integer(let value) = storage, value != .min { return Number(-value) }
        return big.negated.map(Number.init)
    }

    /// The largest integer that isn't above (or the smallest that isn't below, with `up`).
    func roundedToInteger(up: Bool) -> Number? {
        guard case .big(let value) = storage, !value.isInteger else { return self }
        var whole = value.integerPart
        if value.isNegative != up { whole = whole + BigNatural(1) }
        return BigFloat(isNegative: value.isNegative, mantissa: whole, exponent: 0).map(Number.init)
    }
}

extension Int64 {
    /// `Int64.min / -1` has no answer in 64 bits: it is given a remainder, so that callers take the wide way.
    fileprivate func quotientAndRemainder(safelyBy divisor: Int64) -> (Int64, Int64) {
        if divisor == -1 && self == .min { return (0, 1) }
        let result = quotientAndRemainder(dividingBy: divisor)
        return (result.quotient, result.remainder)
    }
}
