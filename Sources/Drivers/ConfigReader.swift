internal import Base

/// Reads a driver's configuration key by key and collects every mistake, so that the author sees all at once.
///
/// Values are converted as HCL does it: a number where a string is wanted becomes its text, "5" where a number
/// is wanted becomes 5, "true" a bool. A block may come as an object or, as the job's JSON form has it, as a
/// list of objects. Call `finish` at the end: keys nobody asked for are mistakes, too.
struct ConfigReader {
    private let object: JSONObject
    /// Where the object stands, for messages: "" at the top, "auth." inside a block.
    private let place: String
    private var asked: [String] = []
    private(set) var problems: [String] = []

    init(_ config: JSON, place: String = "") {
        self.place = place
        switch config {
        case .object(let object): self.object = object
        case .null: object = JSONObject()
        default:
            object = JSONObject()
            problems = ["\(place.isEmpty ? "config" : place) must be a block, not a \(config.kind)"]
        }
    }

    /// The raw value; nil if it is missing or null.
    mutating func value(_ key: String) -> JSON? {
        asked.append(key)
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    mutating func wrong(_ key: String, _ problem: String) { problems.append("\(place)\(key): \(problem)") }

    mutating func string(_ key: String) -> String? {
        guard let value = value(key) else { return nil }
        if let text = Self.text(value) { return text }
        wrong(key, "must be a string, not a \(value.kind)")
        return nil
    }

    /// Missing and empty are mistakes.
    mutating func requiredString(_ key: String) -> String {
        let count = problems.count
        if let text = string(key), !text.isEmpty { return text }
        if problems.count == count { wrong(key, "is missing; this driver needs it") }
        return ""
    }

    mutating func bool(_ key: String) -> Bool? {
        switch value(key) {
        case nil: return nil
        case .bool(let flag)?: return flag
        case .string("true")?, .string("1")?: return true
        case .string("false")?, .string("0")?: return false
        case let other?:
            wrong(key, "must be true or false, not a \(other.kind)")
            return nil
        }
    }

    mutating func int(_ key: String) -> Int? {
        guard let value = value(key) else { return nil }
        if let number = value.intValue ?? value.stringValue.flatMap({ Int64($0) }) { return Int(number) }
        wrong(key, "must be a whole number, not \(value.kind == "number" ? value.text : "a " + value.kind)")
        return nil
    }

    mutating func double(_ key: String) -> Double? {
        guard let value = value(key) else { return nil }
        if let number = value.doubleValue ?? value.stringValue.flatMap({ Double($0) }) { return number }
        wrong(key, "must be a number, not a \(value.kind)")
        return nil
    }

    mutating func strings(_ key: String) -> [String] {
        guard let value = value(key) else { return [] }
        guard let elements = value.arrayValue else {
            wrong(key, "must be a list of strings, not a \(value.kind)")
            return []
        }
        var texts: [String] = []
        for (at, element) in elements.enumerated() {
            if let text = Self.text(element) { texts.append(text) } else { wrong("\(key)[\(at)]", "must be a string") }
        }
        return texts
    }

    /// A map of strings, ordered by key.
    mutating func map(_ key: String) -> [(key: String, value: String)] {
        var pairs: [String: String] = [:]
        for (name, value) in members(key) {
            if let text = Self.text(value) { pairs[name] = text } else { wrong("\(key).\(name)", "must be a string") }
        }
        return pairs.sorted { $0.key < $1.key }
    }

    /// A map of whole numbers.
    mutating func numbers(_ key: String) -> [String: Int] {
        var pairs: [String: Int] = [:]
        for (name, value) in members(key) {
            if let number = value.intValue ?? value.stringValue.flatMap({ Int64($0) }) {
                pairs[name] = Int(number)
            } else {
                wrong("\(key).\(name)", "must be a whole number")
            }
        }
        return pairs
    }

    /// Every block of that name, read by `read`, whose unread keys become mistakes.
    mutating func blocks<T>(_ key: String, _ read: (inout ConfigReader) -> T) -> [T] {
        guard let value = value(key) else { return [] }
        let list = value.arrayValue ?? [value]
        var results: [T] = []
        for (at, element) in list.enumerated() {
            var inner = ConfigReader(element, place: list.count > 1 ? "\(place)\(key)[\(at)]." : "\(place)\(key).")
            results.append(read(&inner))
            problems += inner.finish()
        }
        return results
    }

    /// The one block of that name.
    mutating func block<T>(_ key: String, _ read: (inout ConfigReader) -> T) -> T? {
        let found = blocks(key, read)
        if found.count > 1 { wrong(key, "may stand only once") }
        return found.first
    }

    /// All mistakes, those for unknown keys last.
    consuming func finish() -> [String] {
        for name in object.names.sorted() where !asked.contains(name) {
            let near = asked.filter { Self.distance($0, name) <= max(1, name.count / 4) }.min {
                (Self.distance($0, name), $0) < (Self.distance($1, name), $1)
            }
            problems.append("\(place)\(name): no such key" + (near.map { "; did you mean \"\($0)\"?" } ?? ""))
        }
        return problems
    }

    /// Throws all mistakes as one error.
    consuming func check(driver: String) throws(DriverError) {
        let problems = finish()
        if problems.isEmpty { return }
        throw DriverError(.invalidConfig, "config of driver \"\(driver)\": " + problems.joined(separator: "; "))
    }

    private mutating func members(_ key: String) -> [(name: String, value: JSON)] {
        guard let value = value(key) else { return [] }
        if let object = value.objectValue { return object.members }
        if let list = value.arrayValue, list.allSatisfy({ $0.objectValue != nil }) {
            return list.flatMap { $0.objectValue?.members ?? [] }
        }
        wrong(key, "must be a map, not a \(value.kind)")
        return []
    }

    private static func text(_ value: JSON) -> String? {
        switch value {
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): Int64(exactly: number).map { String($0) } ?? String(number)
        case .null, .array, .object: nil
        }
    }

    /// The number of single-character edits between two names.
    private static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.utf8)
        let b = Array(b.utf8)
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}
