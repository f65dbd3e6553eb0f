import Base

/// A property of a device, or what a constraint compares it with: a number that may have a unit, or a text.
///
/// Numbers of one kind compare whatever their units: 4 GiB are 4096 MiB. Numbers of different kinds do not compare.
struct DeviceValue {
    /// In the kind's base unit, and the kind (`bytes`, `bytes/s`, `Hz`, `W`, or nothing).
    private let number: Double?
    private let kind: String
    /// As it was written, for operators that look at texts.
    let text: String

    /// How many of the base unit a unit is.
    private static let units: [String: (kind: String, factor: Double)] = {
        var units: [String: (kind: String, factor: Double)] = ["B": ("bytes", 1)]
        let decimal = ["kB", "MB", "GB", "TB", "PB", "EB"]
        let binary = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        for (list, step) in [(decimal, 1000.0), (binary, 1024.0)] {
            var factor = 1.0
            for unit in list {
                factor *= step
                units[unit] = ("bytes", factor)
            }
        }
        for (unit, value) in units { units[unit + "/s"] = ("bytes/s", value.factor) }
        for (prefix, factor) in [("", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9)] {
            units[prefix + "Hz"] = ("Hz", factor)
            units[prefix + "W"] = ("W", factor)
        }
        units["mW"] = ("W", 1e-3)
        return units
    }()

    /// Reads `4`, `4 GiB`, `1.5GHz` or any text.
    init(_ text: String) {
        self.text = text
        let digits = text.prefix { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let value = Double(digits) else {
            (number, kind) = (nil, "")
            return
        }
        if unit.isEmpty {
            (number, kind) = (value, "")
        } else if let known = Self.units[String(unit)] {
            (number, kind) = (value * known.factor, known.kind)
        } else {
            (number, kind) = (nil, "")
        }
    }

    /// Reads an attribute as plugins report it: `{"Int": 24, "Unit": "GiB"}`, `{"String": "x"}`, or a plain value.
    init(attribute: JSON) {
        let unit = attribute["Unit"]?.stringValue ?? ""
        let plain = ["Int", "Float", "String", "Bool"].compactMap { attribute[$0] }.first { !$0.isNull } ?? attribute
        let text = plain.stringValue ?? plain.text
        self.init(unit.isEmpty ? text : "\(text) \(unit)")
    }

    /// Whether a comparison holds; nil for operators that are not about order, which look at the texts.
    static func holds(_ left: DeviceValue, _ operand: String, _ right: DeviceValue) -> Bool? {
        guard let a = left.number, let b = right.number else { return nil }
        guard left.kind == right.kind else { return operand == "!=" || operand == "not" }
        switch operand {
        case "", "=", "==", "is": return a == b
        case "!=", "not": return a != b
        case "<": return a < b
        case "<=": return a <= b
        case ">": return a > b
        case ">=": return a >= b
        default: return nil
        }
    }
}
