import Base

/// A struct of the job language whose wire form is an object with a member for each property.
///
/// One list, `fields`, says which, and both directions follow it without `Codable`, whose containers cost several times
/// what the fields do. The rules are those of `WireDecoder` and `WireEncoder`: what is missing or null is zero, empty
/// lists and maps are written as null; names are matched exactly, since readers are given the complete form.
protocol WireRecord: WireValue {
    init()
    /// Hands every property to the visitor, best in the order of the block's table: then no name is looked for.
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError)
}

/// Reads or writes properties.
protocol WireVisitor {
    mutating func field<Value: WireValue>(_ name: String, _ value: inout Value) throws(WireError)
}

/// What a property may hold.
protocol WireValue {
    /// Reads a value; null is zero. Errors have the path from here on.
    init(wire tree: JSON) throws(WireError)
    /// The value as it stands in a list or map.
    var wire: JSON { get }
    /// The value as a member of a record's object.
    var wireMember: JSON { get }
}

extension WireValue {
    var wireMember: JSON { wire }
}

extension WireRecord {
    init(wire tree: JSON) throws(WireError) {
        self.init()
        var reader: WireRecordReader
        switch tree {
        case .object(let object): reader = WireRecordReader(members: object.members)
        case .null: reader = WireRecordReader(members: [])
        default: throw WireError(expecting: "an object", tree)
        }
        try fields(&reader)
    }

    var wire: JSON {
        var writer = WireRecordWriter()
        var copy = self
        // Writing throws nothing: the visitor is who may.
        try? copy.fields(&writer)
        return .object(JSONObject(unique: writer.members))
    }
}

private struct WireRecordReader: WireVisitor {
    let members: [(name: String, value: JSON)]
    /// Where the next property is looked for first.
    private var next = 0

    init(members: [(name: String, value: JSON)]) { self.members = members }

    mutating func field<Value: WireValue>(_ name: String, _ value: inout Value) throws(WireError) {
        do throws(WireError) {
            guard let at = position(of: name) else { return value = try Value(wire: .null) }
            next = at + 1
            value = try Value(wire: members[at].value)
        } catch {
            throw error.within(name)
        }
    }

    private func position(of name: String) -> Int? {
        var at = next
        while at < members.count {
            if members[at].name == name { return at }
            at += 1
        }
        return members.firstIndex { $0.name == name }
    }
}

private struct WireRecordWriter: WireVisitor {
    private(set) var members: [(name: String, value: JSON)] = []

    mutating func field<Value: WireValue>(_ name: String, _ value: inout Value) throws(WireError) {
        members.append((name, value.wireMember))
    }
}

extension WireError {
    /// A value of another kind than is due.
    init(expecting wanted: String, _ tree: JSON) {
        let article = tree.kind == "array" || tree.kind == "object" ? "an" : "a"
        self.init(path: "", reason: "must be \(wanted), not \(article) \(tree.kind)")
    }

    /// The error as seen from the object that has the member `name`, or the list with the element `[at]`.
    func within(_ name: String) -> WireError {
        let separator = path.isEmpty || path.hasPrefix("[") ? "" : "."
        return WireError(path: name + separator + path, reason: reason)
    }
}
