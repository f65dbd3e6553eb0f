// Reading and changing objects whose members may be missing or null, as they are in requests.

extension JSONObject {
    /// The members of `self`, each replaced by the other object's where that one isn't null.
    public func overlaid(by other: JSONObject?) -> JSONObject {
        guard let other else { return self }
        var result = self
        for (name, value) in other.members where !value.isNull || result[name] == nil { result[name] = value }
        return result
    }

    /// Whether a member is missing or null.
    public func isNull(_ name: String) -> Bool { self[name]?.isNull ?? true }
    /// A member's text; "" for anything else.
    public func text(_ name: String) -> String { self[name]?.stringValue ?? "" }
    public func object(_ name: String) -> JSONObject? { self[name]?.objectValue }
    public func objects(_ name: String) -> [JSONObject] { self[name]?.arrayValue?.compactMap(\.objectValue) ?? [] }

    /// Adds to a list that is a member; null and what isn't there count as an empty one. Amortized constant time.
    public mutating func append(_ value: JSON, to name: String) {
        var elements = self[name]?.arrayValue ?? []
        self[name] = .null  // gives up the second reference, so that the list grows in place
        elements.append(value)
        self[name] = .array(elements)
    }

    /// Changes an object that is a member; nothing happens where it is null.
    public mutating func mapObject(_ name: String, _ change: (inout JSONObject) -> Void) {
        guard case .object(var object)? = self[name] else { return }
        change(&object)
        self[name] = .object(object)
    }

    /// Changes every object of a list that is a member.
    public mutating func mapObjects(_ name: String, _ change: (inout JSONObject) -> Void) {
        guard case .array(let elements)? = self[name] else { return }
        self[name] = .array(
            elements.map { element in
                guard case .object(var object) = element else { return element }
                change(&object)
                return .object(object)
            })
    }
}
