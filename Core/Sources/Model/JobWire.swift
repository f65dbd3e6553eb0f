public import Base

/// The JSON forms of a job and the ways between them.
///
/// *Submitted*: what a client sends, names in any case, anything may be missing. *Complete*: the same with every
/// field present, unset ones null or zero; reading a job file gives this form. *Canonical*: the complete form with
/// defaults filled in (`Canonical`). *Stored*: what the cluster keeps and the API shows, the wire form of `Job`.
public enum JobWire {
    /// The complete form of a submitted job.
    ///
    /// Fields are found without regard to case, unknown ones are passed over, numbers and texts are taken for
    /// durations. Throws with the path of the first field that holds the wrong kind of value.
    public static func complete(_ tree: JSON) throws(WireError) -> JSONObject {
        try complete(tree, JobSchema.job, path: "", as: .complete)
    }

    /// Which form `complete` makes. Filled is the complete form with the defaults that don't depend on what stands
    /// around them, the same as `Canonical.filled` makes of it.
    enum Form {
        case complete, filled
    }

    /// The complete form of one block. The value of the field `asItIs` is taken unread.
    static func complete(
        _ tree: JSON, _ schema: BlockSchema, path: String, as form: Form, leaving asItIs: String? = nil
    ) throws(WireError) -> JSONObject {
        guard case .object(let object) = tree else {
            throw WireError(path: path.isEmpty ? schema.name : path, reason: "must be an object, not \(kind(of: tree))")
        }
        var result = form == .filled ? schema.filled : schema.unset
        for (name, value) in object.members where !value.isNull {
            guard let number = schema.number(json: name), let place = schema.places[number] else { continue }
            let field = schema.fields[number]
            if let asItIs, field.json == asItIs {
                result.set(value, at: place)
                continue
            }
            let fitting = try fitting(value, field, in: path, as: form)
            // Zero says nothing where a field can't be null.
            if form == .filled, let canonical = field.canonical, !field.unset.isNull, fitting == field.unset {
                result.set(canonical, at: place)
            } else {
                result.set(fitting, at: place)
            }
        }
        return result
    }

    /// - Parameter block: the path of the block that has the field.
    static func fitting(
        _ value: JSON, _ field: FieldSchema, in block: String, as form: Form
    ) throws(WireError) -> JSON {
        // What is most of every request, before any path is put together.
        switch (field.kind, value) {
        case (.text, .string), (.flag, .bool), (.any, _), (.free, .object), (.free, .array): return value
        case (.integer, .int), (.duration, .int): return value
        default: break
        }
        let name = field.json ?? ""
        let path = block.isEmpty ? name : block + "." + name
        switch (field.kind, value) {
        case (.integer, _), (.duration, .int), (.duration, .double):
            if let whole = value.intValue { return .int(whole) }
        case (.duration, .string(let text)):
            if let span = TimeSpan(text: text) { return .int(span.nanoseconds) }
            throw WireError(path: path, reason: "\"\(text)\" is not a duration; write for example \"30s\" or \"1h30m\"")
        case (.texts, .array(let elements)):
            for (at, element) in elements.enumerated() where element.stringValue == nil {
                throw WireError(path: "\(path)[\(at)]", reason: "must be a string, not \(kind(of: element))")
            }
            return value
        case (.bounded(let range), _):
            if let whole = value.intValue, range.contains(whole) { return .int(whole) }
        case (.textMap, .object(let object)), (.openTextMap, .object(let object)):
            return .object(try textMap(object, path: path))
        case (.textListMap, .object(let object)):
            for (name, element) in object.members where !isTexts(element) {
                throw WireError(path: path + "." + name, reason: "must be a list of strings, not \(kind(of: element))")
            }
            return value
        case (.block(let schema), .object):
            return .object(try complete(value, schema, path: path, as: form))
        case (.blocks(let schema), .array(let elements)):
            var blocks: [JSON] = []
            for (at, element) in elements.enumerated() {
                blocks.append(.object(try complete(element, schema, path: "\(path)[\(at)]", as: form)))
            }
            return .array(blocks)
        case (.labelled(let schema), .object(let object)):
            return .object(try labelled(object, schema, path: path, as: form))
        default: break
        }
        throw WireError(path: path, reason: "must be \(field.kind.description), not \(kind(of: value))")
    }

    private static func textMap(_ object: JSONObject, path: String) throws(WireError) -> JSONObject {
        var result = JSONObject()
        for (name, element) in object.members {
            switch element {
            case .string: result[name] = element
            case .null: result[name] = ""
            default: throw WireError(path: path + "." + name, reason: "must be a string, not \(kind(of: element))")
            }
        }
        return result
    }

    private static func labelled(
        _ object: JSONObject, _ schema: BlockSchema, path: String, as form: Form
    ) throws(WireError) -> JSONObject {
        var result = JSONObject()
        for (label, element) in object.members {
            var block = try complete(element, schema, path: path + "." + label, as: form)
            if let name = schema.label?.json, block[name] == "" { block[name] = .string(label) }
            result[label] = .object(block)
        }
        return result
    }

    private static func isTexts(_ tree: JSON) -> Bool {
        tree.isNull || (tree.arrayValue?.allSatisfy { $0.stringValue != nil } ?? false)
    }

    private static func kind(of tree: JSON) -> String {
        switch tree {
        case .null: "null"
        case .array, .object: "an \(tree.kind)"
        case .double where tree.intValue == nil: "a fraction (\(tree.text))"
        default: "a \(tree.kind)"
        }
    }
}
