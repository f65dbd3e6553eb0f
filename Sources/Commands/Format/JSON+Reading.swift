import Base

/// Reading API objects: a missing or null member is the zero value, as the API leaves zero values out.
extension JSON {
    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
    func int(_ name: String) -> Int64 { self[name]?.intValue ?? 0 }
    func double(_ name: String) -> Double { self[name]?.doubleValue ?? 0 }
    func flag(_ name: String) -> Bool { self[name]?.boolValue ?? false }
    func list(_ name: String) -> [JSON] { self[name]?.arrayValue ?? [] }
    func texts(_ name: String) -> [String] { list(name).compactMap(\.stringValue) }
    func child(_ name: String) -> JSON { self[name] ?? .null }
    /// Whether a member is there and not null.
    func has(_ name: String) -> Bool { !(self[name] ?? .null).isNull }
    /// Members of an object member, ordered by name.
    func entries(_ name: String) -> [(name: String, value: JSON)] { self[name]?.objectValue?.sorted ?? [] }
    /// A point in time written as Unix nanoseconds.
    func instant(_ name: String) -> Instant { Instant(nanoseconds: int(name)) }
}
