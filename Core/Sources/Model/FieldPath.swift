/// The way to one field of a job in its API form: `TaskGroups[0].Tasks[1].Resources.CPU`.
///
/// Written as text with dots where no list is on the way. What found a problem names the field by it; where the job
/// came from a file, the file's reader knows the line.
///
/// Validation makes paths for everything that it looks at, and few of them are ever read: so a path keeps what it was
/// made from, and its steps are put together when they are asked for.
public struct FieldPath: Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public enum Step: Hashable, Sendable {
        case field(String)
        /// An element of a list, from 0.
        case at(Int)
        /// A member of a map, or the element of a list that has this label.
        case key(String)
    }

    private enum Form: Sendable {
        case job
        /// Names with dots between.
        case names(String)
        case field(String)
        case element(String, Int)
        case member(String, String)
        indirect case joined(Form, Form)
    }

    private var form = Form.job

    /// The steps from outside to inside. O(length).
    public var steps: [Step] {
        var steps: [Step] = []
        Self.append(form, to: &steps)
        return steps
    }

    private static func append(_ form: Form, to steps: inout [Step]) {
        switch form {
        case .job: break
        case .names(let text): steps += text.split(separator: ".").map { .field(String($0)) }
        case .field(let name): steps.append(.field(name))
        case .element(let list, let at):
            append(.names(list), to: &steps)
            steps.append(.at(at))
        case .member(let map, let key): steps += [.field(map), .key(key)]
        case .joined(let outer, let inner):
            append(outer, to: &steps)
            append(inner, to: &steps)
        }
    }

    /// The job itself.
    public init() {}

    public init(stringLiteral text: String) { form = .names(text) }

    /// A field whose name is computed.
    public init(field: String) { form = .field(field) }

    /// An element of a list (named as in a literal, from outside to inside), or what is inside it.
    public init(_ list: String, _ at: Int, _ inner: FieldPath = FieldPath()) {
        form = Self.joined(.element(list, at), inner.form)
    }

    /// A member of a map, or what is inside it.
    public init(_ map: String, key: String, _ inner: FieldPath = FieldPath()) {
        form = Self.joined(.member(map, key), inner.form)
    }

    public static func + (outer: FieldPath, inner: FieldPath) -> FieldPath {
        var path = outer
        path.form = joined(outer.form, inner.form)
        return path
    }

    private static func joined(_ outer: Form, _ inner: Form) -> Form {
        switch (outer, inner) {
        case (.job, _): inner
        case (_, .job): outer
        default: .joined(outer, inner)
        }
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

/// Paths are the same if their steps are.
extension FieldPath: Hashable {
    public static func == (a: FieldPath, b: FieldPath) -> Bool { a.steps == b.steps }
    public func hash(into hasher: inout Hasher) { hasher.combine(steps) }
}
