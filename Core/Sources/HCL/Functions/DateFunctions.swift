import Base

/// `formatdate` and `timeadd`.
enum DateFunctions {
    static let table: [String: Function] = [
        "formatdate": Function([.string("format"), .string("time")], formatDate),
        "timeadd": Function([.string("timestamp"), .string("duration")], timeAdd),
    ]

    static func formatDate(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let time = try ZonedTime(arguments.text(1), argument: 1)
        return Value(try DateFormat(Array(arguments.text(0).utf8)).text(time))
    }

    static func timeAdd(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var time = try ZonedTime(arguments.text(0), argument: 0)
        guard let span = TimeSpan(text: arguments.text(1)) else {
            throw FunctionError("\"\(arguments.text(1))\" is not a duration such as \"1h30m\"", argument: 1)
        }
        let (sum, overflow) = time.instant.nanoseconds.addingReportingOverflow(span.nanoseconds)
        guard !overflow else { throw FunctionError("the result is out of the range of times") }
        time.instant = Instant(nanoseconds: sum)
        return Value(time.text)
    }
}

/// A moment with the offset of the zone it was written in.
struct ZonedTime {
    var instant: Instant
    var offsetMinutes: Int
    /// Written as `Z`, not as an offset.
    var isUTC: Bool

    /// Reads RFC 3339.
    init(_ text: String, argument: Int) throws(FunctionError) {
        let bytes = Array(text.utf8)
        func fail(_ reason: String) -> FunctionError {
            FunctionError("not a valid RFC3339 timestamp: \(reason): \"\(text)\"", argument: argument)
        }
        func digits(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[from..<(from + count)] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            return value
        }
        func has(_ at: Int, _ symbols: String) -> Bool { at < bytes.count && symbols.utf8.contains(bytes[at]) }
        guard let year = digits(0, 4), has(4, "-"), let month = digits(5, 2), has(7, "-"), let day = digits(8, 2) else {
            throw fail("the date must be YYYY-MM-DD")
        }
        guard has(10, "T") else { throw fail("missing required time introducer 'T'") }
        guard let hour = digits(11, 2), has(13, ":"), let minute = digits(14, 2), has(16, ":"),
            let second = digits(17, 2)
        else { throw fail("the time must be hh:mm:ss") }
        let lengths = [
            31, year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31,
        ]
        guard (1...12).contains(month), day >= 1, day <= lengths[month - 1] else { throw fail("there is no such day") }
        guard hour < 24, minute < 60, second < 60 else { throw fail("there is no such time of day") }
        var at = 19
        var nanosecond = 0
        if has(at, ".") {
            var scale = 100_000_000
            at += 1
            guard has(at, "0123456789") else { throw fail("digits must follow the point") }
            while let digit = digits(at, 1) {
                nanosecond += digit * scale
                scale /= 10
                at += 1
            }
        }
        isUTC = has(at, "Z")
        offsetMinutes = 0
        if isUTC {
            at += 1
        } else {
            guard has(at, "+-"), let hours = digits(at + 1, 2), has(at + 3, ":"), let minutes = digits(at + 4, 2),
                hours < 24,
                minutes < 60
            else { throw fail("a UTC offset is missing: Z, or +hh:mm") }
            offsetMinutes = (hours * 60 + minutes) * (bytes[at] == UInt8(ascii: "-") ? -1 : 1)
            at += 6
        }
        guard at == bytes.count else { throw fail("extra characters") }
        guard (1678...2261).contains(year) else { throw fail("only the years 1678 to 2261 are supported") }
        let local = CalendarTime(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, nanosecond: nanosecond)
        instant = Instant(nanoseconds: local.instant.nanoseconds - Int64(offsetMinutes) * 60_000_000_000)
    }

    /// The time on the clock of its zone.
    var local: CalendarTime {
        CalendarTime(Instant(nanoseconds: instant.nanoseconds + Int64(offsetMinutes) * 60_000_000_000))
    }

    /// RFC 3339, seconds only.
    var text: String {
        let time = CalendarTime(local.instant).instant.rfc3339()
        return isUTC ? time : String(time.dropLast()) + offset(separator: ":")
    }

    func offset(separator: String) -> String {
        let size = offsetMinutes.magnitude
        let pad = { (value: UInt) in (value < 10 ? "0" : "") + String(value) }
        return (offsetMinutes < 0 ? "-" : "+") + pad(size / 60) + separator + pad(size % 60)
    }
}

/// The little language of `formatdate`.
private struct DateFormat {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    let format: [UInt8]

    init(_ format: [UInt8]) { self.format = format }

    func text(_ time: ZonedTime) throws(FunctionError) -> String {
        var out: [UInt8] = []
        var at = 0
        while at < format.count {
            let byte = format[at]
            if byte == UInt8(ascii: "'") {
                at = try quoted(at + 1, &out)
                continue
            }
            guard Character(UnicodeScalar(byte)).isASCII, Character(UnicodeScalar(byte)).isLetter else {
                out.append(byte)
                at += 1
                continue
            }
            var end = at
            while end < format.count, format[end] == byte { end += 1 }
            out += try verb(String(decoding: format[at..<end], as: UTF8.self), time).utf8
            at = end
        }
        return String(decoding: out, as: UTF8.self)
    }

    private func quoted(_ start: Int, _ out: inout [UInt8]) throws(FunctionError) -> Int {
        var at = start
        while at < format.count {
            if format[at] == UInt8(ascii: "'") {
                guard at + 1 < format.count, format[at + 1] == UInt8(ascii: "'") else { return at + 1 }
                at += 1
            }
            out.append(format[at])
            at += 1
        }
        throw FunctionError("unterminated literal '", argument: 0)
    }

    private func verb(_ verb: String, _ time: ZonedTime) throws(FunctionError) -> String {
        let local = time.local
        func pad(_ value: Int, _ width: Int = 2) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let hour12 = local.hour % 12 == 0 ? 12 : local.hour % 12
        switch verb {
        case "YYYY": return pad(local.year, 4)
        case "YY": return pad(local.year % 100)
        case "MMMM": return Self.months[local.month - 1]
        case "MMM": return String(Self.months[local.month - 1].prefix(3))
        case "MM": return pad(local.month)
        case "M": return String(local.month)
        case "DD": return pad(local.day)
        case "D": return String(local.day)
        case "EEEE": return Self.days[local.weekday]
        case "EEE": return String(Self.days[local.weekday].prefix(3))
        case "hh": return pad(local.hour)
        case "h": return String(local.hour)
        case "HH": return pad(hour12)
        case "H": return String(hour12)
        case "AA": return local.hour < 12 ? "AM" : "PM"
        case "aa": return local.hour < 12 ? "am" : "pm"
        case "mm": return pad(local.minute)
        case "m": return String(local.minute)
        case "ss": return pad(local.second)
        case "s": return String(local.second)
        case "ZZZZZ": return time.offset(separator: ":")
        case "ZZZZ": return time.offset(separator: "")
        case "ZZZ": return time.offsetMinutes == 0 ? "UTC" : time.offset(separator: "")
        case "Z": return time.offsetMinutes == 0 ? "Z" : time.offset(separator: ":")
        default: throw FunctionError("invalid date format verb \"\(verb)\": \(Self.hint(verb))", argument: 0)
        }
    }

    private static func hint(_ verb: String) -> String {
        switch verb.first {
        case "Y": "year must either be \"YYYY\" or \"YY\""
        case "M": "month must be \"MMMM\", \"MMM\", \"MM\" or \"M\""
        case "D": "day of month must either be \"DD\" or \"D\""
        case "E": "day of week must either be \"EEEE\" or \"EEE\""
        case "h", "H": "24-hour must be \"hh\" or \"h\", 12-hour \"HH\" or \"H\""
        case "m": "minute must either be \"mm\" or \"m\""
        case "s": "second must either be \"ss\" or \"s\""
        case "A", "a": "must be \"AA\" or \"aa\""
        case "Z": "timezone must be \"Z\", \"ZZZ\", \"ZZZZ\" or \"ZZZZZ\""
        default: "letters that are to stand for themselves must be put in single quotes"
        }
    }
}
