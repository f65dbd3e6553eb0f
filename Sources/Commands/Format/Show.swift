import Base

/// How layouts show ids, times and titles.
struct Show: Sendable {
    var isVerbose = false
    var now: Instant
    var zone = Zone.utc
    var style = Style.plain

    /// Characters of an id that are shown without `-verbose`.
    static let idLength = 8

    /// An id in full or its first characters.
    func id(_ id: String) -> String { isVerbose ? id : String(id.prefix(Self.idLength)) }

    /// The first characters of an id, whatever `-verbose` says.
    static func short(_ id: String) -> String { String(id.prefix(idLength)) }

    /// A point in time as RFC 3339 with seconds, in the zone. Empty for "not set".
    func time(_ instant: Instant) -> String {
        if instant == .zero { return "" }
        let offset = zone.offset(at: instant).seconds
        let text = (instant + .seconds(Int64(offset))).rfc3339()
        if offset == 0 { return text }
        return text.dropLast() + Self.offsetText(offset)
    }

    private static func offsetText(_ seconds: Int) -> String {
        let minutes = abs(seconds) / 60
        let (hour, minute) = (minutes / 60, minutes % 60)
        return (seconds < 0 ? "-" : "+") + (hour < 10 ? "0" : "") + "\(hour):" + (minute < 10 ? "0" : "") + "\(minute)"
    }

    /// An RFC 3339 text of the API in the zone, or what stands for "not set".
    func time(text: String, unset: String = "N/A") -> String {
        guard let instant = Instant(rfc3339: text), !text.hasPrefix("0001-") else { return unset }
        return time(instant)
    }

    /// A point in time relative to now: `1m48s ago`, `2d3h from now`.
    func ago(_ instant: Instant) -> String {
        if instant == .zero { return "" }
        let span = now - instant
        return span.nanoseconds < 0
            ? RelativeTime.text(TimeSpan(nanoseconds: -span.nanoseconds)) + " from now"
            : RelativeTime.text(span) + " ago"
    }

    /// Relative, or absolute with `-verbose`.
    func moment(_ instant: Instant) -> String { isVerbose ? time(instant) : ago(instant) }

    /// A section's title.
    func title(_ text: String) -> String { style.bold(text) }
}

/// Lengths of time in their two largest units.
enum RelativeTime {
    private static let units: [(seconds: Int64, name: String)] = [
        (365 * 86400, "y"), (30 * 86400, "mo"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"),
    ]

    static func text(_ span: TimeSpan) -> String {
        var rest = span.nanoseconds / 1_000_000_000
        var out = ""
        var parts = 0
        for unit in units {
            let count = rest / unit.seconds
            rest %= unit.seconds
            if count > 0 {
                out += "\(count)\(unit.name)"
                parts += 1
            } else if parts > 0 {
                break
            }
            if parts == 2 { break }
        }
        return out.isEmpty ? "0s" : out
    }
}

/// Sizes in binary units.
enum Size {
    private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

    /// `10 B`, `4.0 KiB`, `24 GiB`: one decimal below ten, none above.
    static func text(_ bytes: Int64) -> String {
        if bytes < 10 { return "\(max(0, bytes)) B" }
        var value = Double(bytes)
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        value = (value * 10 + 0.5).rounded(.down) / 10
        if unit > 0, value < 10 { return "\(Decimal.text(value, places: 1)) \(units[unit])" }
        return "\(Decimal.text(value, places: 0)) \(units[unit])"
    }

    /// What is used of something that is given in mebibytes, never in a smaller unit: `0.7 MiB/24 MiB`.
    static func used(_ bytes: Int64) -> String {
        guard bytes < 1_048_576 else { return text(bytes) }
        return bytes <= 0 ? "0 MiB" : "\(Decimal.text(Swift.max(0.1, Double(bytes) / 1_048_576), places: 1)) MiB"
    }

    static func mebibytes(_ count: Int64) -> String { text(count &* 1_048_576) }
}

/// Decimal numbers without Foundation.
enum Decimal {
    /// Rounded half to even at the last place, as C's `%.nf` for numbers of everyday size.
    static func text(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = Int64((abs(value) * scale).rounded(.toNearestOrEven))
        let sign = value < 0 && scaled != 0 ? "-" : ""
        let unit = Int64(scale)
        guard places > 0 else { return sign + "\(scaled)" }
        let fraction = String(scaled % unit)
        return sign + "\(scaled / unit)." + String(repeating: "0", count: places - fraction.count) + fraction
    }

    /// With up to `digits` significant digits and no trailing zeros, as C's `%.ng` for scores.
    static func significant(_ value: Double, digits: Int) -> String {
        guard value != 0, value.isFinite else { return "0" }
        var places = digits - 1
        var size = abs(value)
        while size >= 10 {
            size /= 10
            places -= 1
        }
        while size < 1 {
            size *= 10
            places += 1
        }
        var out = text(value, places: max(0, min(places, 12)))
        if out.contains(".") {
            while out.hasSuffix("0") { out.removeLast() }
            if out.hasSuffix(".") { out.removeLast() }
        }
        return out
    }
}
