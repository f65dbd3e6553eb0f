extension Expression {
    /// Reads the expression as a type: `string`, `list(number)`, `object({ a = string, b = optional(bool) })`.
    ///
    /// - Parameter allowsAny: whether `any` may occur in it.
    /// - Returns: nil after a problem that was appended to `diagnostics`.
    public func valueType(allowsAny: Bool = true, _ diagnostics: inout Diagnostics) -> ValueType? {
        var reader = TypeReader(source: source, allowsAny: allowsAny, diagnostics: diagnostics)
        defer { diagnostics = reader.diagnostics }
        return reader.type(node)
    }
}

private struct TypeReader {
    let source: SourceFile
    let allowsAny: Bool
    var diagnostics: Diagnostics

    private static let primitives: [String: ValueType] = ["string": .string, "number": .number, "bool": .bool]
    private static let constructors = ["list", "map", "object", "optional", "set", "tuple"]

    private mutating func fail(_ detail: String, _ range: ByteRange) -> ValueType? {
        diagnostics.error("Invalid type specification", detail, at: source.range(range))
        return nil
    }

    mutating func type(_ node: SyntaxNode) -> ValueType? {
        switch node.kind {
        case .variable("any"):
            if allowsAny { return .any }
            return fail(
                "The keyword \"any\" cannot be used in this type specification: an exact type is required.", node.range)
        case .variable(let name):
            if let type = Self.primitives[name] { return type }
            if Self.constructors.contains(name) {
                return fail("The \(name) type constructor requires an argument: \(example(name)).", node.range)
            }
            let near = Suggestion.sentence(
                for: name, among: Self.constructors + Self.primitives.keys.sorted() + ["any"])
            return fail("The keyword \"\(name)\" is not a valid type specification.\(near)", node.range)
        case .call(let call): return constructed(call, node.range)
        case .wrapped(let inner), .parentheses(let inner): return type(inner)
        case .embedded(let source, let inner):
            var reader = TypeReader(source: source.file, allowsAny: allowsAny, diagnostics: diagnostics)
            defer { diagnostics = reader.diagnostics }
            return reader.type(inner)
        case .template:
            // Quoted types are how 0.11-style files and the JSON syntax write them: "string", "list(string)".
            guard let text = node.plainString else { break }
            var parser = Parser(
                source: SourceFile(name: source.name, bytes: Array(text.utf8), anchor: source.range(node.range)),
                limits: .standard)
            let inner = parser.wholeExpression()
            diagnostics.append(contentsOf: parser.diagnostics)
            guard let inner, inner.plainString == nil else { return nil }
            var reader = TypeReader(source: parser.source, allowsAny: allowsAny, diagnostics: diagnostics)
            defer { diagnostics = reader.diagnostics }
            return reader.type(inner)
        default: break
        }
        return fail(
            "A type specification is either a primitive type keyword (bool, number, string) or a complex type "
                + "constructor call, like list(string).", node.range)
    }

    private func example(_ name: String) -> String {
        switch name {
        case "object": "object({ name = string })"
        case "tuple": "tuple([string, number])"
        default: "\(name)(string)"
        }
    }

    private mutating func constructed(_ call: SyntaxNode.Call, _ range: ByteRange) -> ValueType? {
        guard Self.constructors.contains(call.name), call.name != "optional" else {
            if Self.primitives[call.name] != nil || call.name == "any" {
                return fail("Primitive type keyword \"\(call.name)\" does not expect arguments.", range)
            }
            if call.name == "optional" {
                return fail("\"optional\" is for attributes of an object type only.", call.nameRange)
            }
            let near = Suggestion.sentence(for: call.name, among: Self.constructors)
            return fail("Keyword \"\(call.name)\" is not a valid type constructor.\(near)", call.nameRange)
        }
        guard call.arguments.count == 1, let argument = call.arguments.first else {
            return fail(
                "The \(call.name) type constructor requires one argument: \(example(call.name)).", range)
        }
        switch call.name {
        case "list": return type(argument).map { .list($0) }
        case "set": return type(argument).map { .set($0) }
        case "map": return type(argument).map { .map($0) }
        case "tuple":
            guard case .tuple(let elements) = argument.kind else {
                return fail(
                    "Tuple type constructor requires a list of element types: [string, number].", argument.range)
            }
            var types: [ValueType] = []
            for element in elements {
                guard let type = type(element) else { return nil }
                types.append(type)
            }
            return .tuple(types)
        default: return object(argument)
        }
    }

    private mutating func object(_ argument: SyntaxNode) -> ValueType? {
        guard case .object(let items) = argument.kind else {
            return fail(
                "Object type constructor requires a map whose keys are attribute names and whose values are "
                    + "the corresponding attribute types.", argument.range)
        }
        var attributes: [ValueType.Attribute] = []
        for item in items {
            let name: String
            if case .variable(let key) = item.key.kind {
                name = key
            } else if let key = item.key.plainString {
                name = key
            } else {
                return fail("Object constructor map keys must be attribute names.", item.key.range)
            }
            if attributes.contains(where: { $0.name == name }) {
                return fail("The attribute \"\(name)\" is there already.", item.key.range)
            }
            guard let attribute = attribute(name, item.value) else { return nil }
            attributes.append(attribute)
        }
        return .object(of: attributes)
    }

    private mutating func attribute(_ name: String, _ node: SyntaxNode) -> ValueType.Attribute? {
        guard case .call(let call) = node.kind, call.name == "optional" else {
            return type(node).map { ValueType.Attribute(name, $0) }
        }
        guard call.arguments.count == 1 || call.arguments.count == 2 else {
            _ = fail("\"optional\" requires one or two arguments: a type, and a default value.", node.range)
            return nil
        }
        guard let type = type(call.arguments[0]) else { return nil }
        guard call.arguments.count == 2 else { return ValueType.Attribute(name, type, isOptional: true) }
        let expression = Expression(source: source, node: call.arguments[1], scope: nil)
        guard let value = expression.evaluate(in: EvaluationContext(), as: type, &diagnostics) else { return nil }
        return ValueType.Attribute(name, type, isOptional: true, defaultValue: value)
    }
}
