/// The way to one field of a job in its API form: `TaskGroups[0].Tasks[1].Resources.CPU`.
///
/// Written as text with dots where no list is on the way. What found a problem names the field by it; where the job
/// came from a file, the file's reader knows the line.
public struct FieldPath: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public enum Step: Hashable, Sendable {
        case field(String)
        /// An element of a list, from 0.
        case at(Int)
        /// A member of a map, or the element of a list that has this label.
        case key(String)
    }

    public private(set) var steps: [Step] = []

    /// The job itself.
    public init() {}

    public init(stringLiteral text: String) {
        steps = text.split(separator: ".").map { .field(String($0)) }
    }

    /// A field whose name is computed.
    public init(field: String) { steps = [.field(field)] }

    /// An element of a list (named as in a literal, from outside to inside), or what is inside it.
    public init(_ list: String, _ at: Int, _ inner: FieldPath = FieldPath()) {
        self.init(stringLiteral: list)
        steps += [.at(at)] + inner.steps
    }

    /// A member of a map, or what is inside it.
    public init(_ map: String, key: String, _ inner: FieldPath = FieldPath()) {
        steps = [.field(map), .key(key)] + inner.steps
    }

    public static func + (outer: FieldPath, inner: FieldPath) -> FieldPath {
        var path = outer
        path.steps += inner.steps
        return path
    }

    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .field(let name): text += (text.isEmpty ? "" : ".") + name
            case .at(let at): text += "[\(at)]"
            case .key(let key): text += "[\"\(key)\"]"
            }
        }
        return text
    }
}
