import Base
import HCL

/// Files in HCL or JSON that describe one thing: a namespace, a node pool, a variable.
enum SpecificationFile {
    /// Reads a file, or standard input for `-`, into a tree: blocks become objects under their labels.
    static func tree(path: String, json: Bool) throws -> JSONObject {
        let bytes: [UInt8]
        do {
            bytes = try StandardInput.file(path)
        } catch {
            throw CommandFailure("Error reading input: \(error)")
        }
        return try tree(bytes, name: path == "-" ? "standard input" : path, json: json)
    }

    /// - Parameters:
    ///   - repeated: blocks that may stand more than once; they become lists.
    ///   - takesLegacy: whether the first version of HCL is tried where the file isn't in the second, for quoted keys.
    static func tree(
        _ bytes: [UInt8], name: String, json: Bool, repeated: Set<String> = [], takesLegacy: Bool = false
    ) throws -> JSONObject {
        if json {
            do {
                guard let object = try JSON(parsing: bytes).objectValue else {
                    throw CommandFailure("Failed to parse \(name): it is not a JSON object")
                }
                return object
            } catch let failure as CommandFailure {
                throw failure
            } catch {
                throw CommandFailure("Failed to parse \(name): \(error)")
            }
        }
        var document = Document(parsing: bytes, name: name)
        if takesLegacy, document.diagnostics.hasErrors {
            let legacy = Document(parsing: bytes, name: name, syntax: .legacy)
            if !legacy.diagnostics.hasErrors { document = legacy }
        }
        var diagnostics = document.diagnostics
        let tree = object(document.body, repeated, EvaluationContext(), &diagnostics)
        guard !diagnostics.hasErrors else {
            throw CommandFailure("Failed to parse \(name):\n" + diagnostics.rendered(sources: [document.source]))
        }
        return tree
    }

    private static func object(
        _ body: Body, _ repeated: Set<String>, _ context: EvaluationContext, _ diagnostics: inout Diagnostics
    ) -> JSONObject {
        var tree = JSONObject()
        let content = body.freeForm(in: context, &diagnostics)
        for attribute in content.attributes {
            if let value = attribute.expression.evaluate(in: context, &diagnostics) {
                tree[attribute.name] = value.json
            }
        }
        for block in content.blocks {
            var inner = JSON.object(object(block.body, repeated, context, &diagnostics))
            for label in block.labels.reversed() { inner = [label.value: inner] }
            if repeated.contains(block.type) {
                tree[block.type] = .array((tree[block.type]?.arrayValue ?? []) + [inner])
                continue
            }
            if tree[block.type] != nil {
                diagnostics.error(
                    "Repeated block", "The block \"\(block.type)\" can stand here once.", at: block.typeRange)
            }
            tree[block.type] = inner
        }
        return tree
    }

    /// The tree with the API's names for its members; a name that is not among them is an error.
    static func renamed(_ tree: JSONObject, _ names: [String: String], in what: String) throws -> JSONObject {
        var result = JSONObject()
        for (name, value) in tree.members {
            guard let known = names[name] ?? names.values.first(where: { $0.lowercased() == name.lowercased() }) else {
                let all = names.keys.sorted()
                let near = Spelling.nearest(to: name, among: all).map { "; did you mean \"\($0)\"?" } ?? ""
                throw CommandFailure("\(what): unknown key \"\(name)\"\(near)")
            }
            result[known] = value
        }
        return result
    }
}
