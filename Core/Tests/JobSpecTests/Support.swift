import Base
import HCL
import JobSpec

extension JSON {
    /// The value at a path such as `TaskGroups.0.Name`.
    subscript(path path: String) -> JSON? {
        var found: JSON? = self
        for name in path.split(separator: ".") {
            found = found.flatMap { value in Int(name).flatMap { value[$0] } ?? value[String(name)] }
        }
        return found
    }
}

/// The tree of a job file.
func parsed(_ text: String, _ options: JobFile.Options = JobFile.Options()) throws -> JSON {
    .object(try JobFile.parse(text, name: "test.hcl", options: options).tree)
}

/// The tree of a file whose job has the body `text`.
func job(_ text: String, above: String = "", _ options: JobFile.Options = JobFile.Options()) throws -> JSON {
    try parsed(above + "\njob \"j\" {\n" + text + "\n}", options)
}

/// The tree of the only task of the only group, whose body is `text`.
func task(_ text: String, above: String = "") throws -> JSON {
    let tree = try job("group \"g\" {\ntask \"t\" {\n" + text + "\n}\n}", above: above)
    return tree[path: "TaskGroups.0.Tasks.0"] ?? .null
}

/// The lines of a refusal.
func problems(_ text: String, _ options: JobFile.Options = JobFile.Options()) -> [String] {
    do throws(JobFileError) {
        _ = try JobFile.parse(text, name: "test.hcl", options: options)
        return []
    } catch {
        return error.diagnostics.errors.map(\.description)
    }
}
