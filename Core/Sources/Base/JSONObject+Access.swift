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
        guard let at = position(of: name), case .object(var object) = members[at].value else { return }
        set(.null, at: at)  // gives up the second reference, so that the object changes in place
        change(&object)
        set(.object(object), at: at)
    }

    /// Changes every object of a list that is a member.
    public mutating func mapObjects(_ name: String, _ change: (inout JSONObject) -> Void) {
        guard let at = position(of: name), case .array(var elements) = members[at].value else { return }
        set(.null, at: at)  // as above
        for element in elements.indices {
            guard case .object(var object) = elements[element] else { continue }
            elements[element] = .null
            change(&object)
            elements[element] = .object(object)
        }
        set(.array(elements), at: at)
    }

    /// Takes a list out of the object, which keeps null in its place; nil where there is none.
    public mutating func takeList(_ name: String) -> [JSON]? {
        guard let at = position(of: name), case .array(let elements) = members[at].value else { return nil }
        set(.null, at: at)
        return elements
    }
}
