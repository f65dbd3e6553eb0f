/// Functions on numbers.
enum NumberFunctions {
    static let table: [String: Function] = [
        "abs": Function([.number("num")], absolute),
        "ceil": Function([.number("num")], ceiling),
        "floor": Function([.number("num")], floor),
        "log": Function([.number("num"), .number("base")], logarithm),
        "max": Function([], variadic: .number("numbers"), maximum),
        "min": Function([], variadic: .number("numbers"), minimum),
        "parseint": Function([.string("number"), .number("base")], parseInteger),
        "pow": Function([.number("num"), .number("power")], power),
        "signum": Function([.number("num")], sign),
    ]

    private static func value(_ number: Number?) throws(FunctionError) -> Value {
        guard let number else { throw FunctionError("the result is out of the range of numbers") }
        return .number(number)
    }

    static func absolute(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let number = arguments.number(0)
        return try value(number.isNegative ? number.negated : number)
    }

    static func ceiling(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        try value(arguments.number(0).roundedToInteger(up: true))
    }

    static func floor(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        try value(arguments.number(0).roundedToInteger(up: false))
    }

    static func logarithm(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let (number, base) = (arguments.number(0).double, arguments.number(1).double)
        guard number > 0 else { throw FunctionError("the number must be greater than zero", argument: 0) }
        guard base > 0, base != 1 else {
            throw FunctionError("the base must be greater than zero and not one", argument: 1)
        }
        return try value(Number(number.naturalLogarithm / base.naturalLogarithm))
    }

    static func maximum(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard let found = arguments.compactMap(\.numberValue).max() else {
            throw FunctionError("must pass at least one number")
        }
        return .number(found)
    }

    static func minimum(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard let found = arguments.compactMap(\.numberValue).min() else {
            throw FunctionError("must pass at least one number")
        }
        return .number(found)
    }

    static func parseInteger(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let base = try arguments.integer(1)
        guard (2...62).contains(base) else {
            throw FunctionError("base must be a whole number between 2 and 62 inclusive", argument: 1)
        }
        let text = arguments.text(0)
        var digits = Array(text.utf8)[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard digits.count <= BigFloat.textLengthMax, !digits.isEmpty,
            let whole = BigNatural(digits: digits, radix: UInt32(base))
        else {
            throw FunctionError("cannot parse \"\(text.prefix(100))\" as a base \(base) integer", argument: 0)
        }
        return try value(BigFloat(isNegative: isNegative, mantissa: whole, exponent: 0).map(Number.init))
    }

    static func power(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let result = Double.power(arguments.number(0).double, arguments.number(1).double)
        guard result.isFinite else { throw FunctionError("the result is not a finite number") }
        return try value(Number(result))
    }

    static func sign(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let number = arguments.number(0)
        return Value(number.isZero ? 0 : number.isNegative ? -1 : 1)
    }
}

/// Elementary functions, which the standard library leaves to the C library that Core doesn't import.
/// The methods are those of FreeBSD's msun; the error is below one unit of the last place.
extension Double {
    private static let ln2High = 6.93147180369123816490e-01
    private static let ln2Low = 1.90821492927058770002e-10

    /// For positive finite numbers.
    var naturalLogarithm: Double {
        var fraction = significand / 2
        var power = Double(exponent + 1)
        if fraction < 0.5.squareRoot() {
            fraction *= 2
            power -= 1
        }
        let f = fraction - 1
        let s = f / (2 + f)
        let s2 = s * s
        let s4 = s2 * s2
        let odd =
            s2
            * (6.666666666666735130e-01
                + s4 * (2.857142874366239149e-01 + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)))
        let even = s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01))
        let half = 0.5 * f * f
        return power * Self.ln2High - ((half - (s * (half + odd + even) + power * Self.ln2Low)) - f)
    }

    var exponential: Double {
        if self > 709.79 { return .infinity }
        if self < -745.2 { return 0 }
        let k = (self * 1.44269504088896338700).rounded()
        let (high, low) = (self - k * Self.ln2High, k * Self.ln2Low)
        let r = high - low
        let t = r * r
        let c =
            r - t
            * (1.66666666666666657415e-01
                + t
                * (-2.77777777770155933842e-03
                    + t
                    * (6.61375632143793436117e-05
                        + t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))))
        let y = 1 - ((low - (r * c) / (2 - c)) - high)
        return Double(sign: .plus, exponent: Int(k), significand: y)
    }

    /// `base` to the power `exponent`; not a number where there is no real result.
    static func power(_ base: Double, _ exponent: Double) -> Double {
        if exponent == 0 || base == 1 { return 1 }
        if base == 0 { return exponent < 0 ? .infinity : 0 }
        if exponent == 0.5 { return base.squareRoot() }
        if exponent == -0.5 { return 1 / base.squareRoot() }
        var whole = exponent.magnitude.rounded(.down)
        var fraction = exponent.magnitude - whole
        if fraction != 0 && base < 0 { return .nan }
        if whole >= 0x1p63 {
            return base.magnitude > 1 ? (exponent > 0 ? .infinity : 0) : (exponent > 0 ? 0 : .infinity)
        }
        var result = 1.0
        if fraction != 0 {
            if fraction > 0.5 {
                fraction -= 1
                whole += 1
            }
            result = (fraction * base.naturalLogarithm).exponential
        }
        var square = base
        var left = UInt64(whole)
        while left > 0 {
            if left & 1 == 1 { result *= square }
            left >>= 1
            if left > 0 { square *= square }
        }
        return exponent < 0 ? 1 / result : result
    }
}
