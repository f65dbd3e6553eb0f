import Base

extension JSON {
    /// The value at a path such as `TaskGroups.0.Name`; setting null keeps the member as null.
    subscript(path path: String) -> JSON? {
        get {
            var found: JSON? = self
            for name in path.split(separator: ".") { found = found?.part(String(name)) }
            return found
        }
        set { set(path.split(separator: ".").map(String.init)[...], newValue ?? .null) }
    }

    private func part(_ name: String) -> JSON? { Int(name).flatMap { self[$0] } ?? self[name] }

    private mutating func set(_ path: ArraySlice<String>, _ value: JSON) {
        guard let name = path.first else {
            self = value
            return
        }
        if let at = Int(name), case .array(var elements) = self {
            while elements.count <= at { elements.append([:]) }
            elements[at].set(path.dropFirst(), value)
            self = .array(elements)
            return
        }
        var object = objectValue ?? JSONObject()
        var inner = object[name] ?? .null
        if inner.isNull, path.count > 1 { inner = Int(path[path.startIndex + 1]) == nil ? [:] : [] }
        inner.set(path.dropFirst(), value)
        object[name] = inner
        self = .object(object)
    }
}

/// The smallest job that is taken.
let minimalJob: JSON = [
    "ID": "web", "Datacenters": ["dc1"],
    "TaskGroups": [["Name": "g", "Tasks": [["Name": "t", "Driver": "docker", "Config": ["image": "busybox"]]]]],
]

/// The minimal job with values set at paths.
func job(_ edits: [(String, JSON)]) -> JSON {
    var tree = minimalJob
    for (path, value) in edits { tree[path: path] = value }
    return tree
}
