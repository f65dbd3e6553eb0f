extension JSONNode {
    /// The expression that the JSON value stands for: strings are templates, arrays tuples, objects objects.
    func expression(in source: SourceFile, limits: Limits, _ diagnostics: inout Diagnostics) -> SyntaxNode {
        switch kind {
        case .null: return SyntaxNode(range: range, kind: .literal(.null))
        case .bool(let flag): return SyntaxNode(range: range, kind: .literal(.bool(flag)))
        case .number(let number): return SyntaxNode(range: range, kind: .literal(.number(number)))
        case .string(let text, let isVerbatim):
            return JSONNode.template(text, isVerbatim, range, source, limits, &diagnostics)
        case .array(let elements):
            let nodes = elements.map { $0.expression(in: source, limits: limits, &diagnostics) }
            return SyntaxNode(range: range, kind: .tuple(nodes))
        case .object(let members):
            let items = members.map { member in
                SyntaxNode.ObjectItem(
                    key: JSONNode.template(member.name, false, member.nameRange, source, limits, &diagnostics),
                    value: member.value.expression(in: source, limits: limits, &diagnostics))
            }
            return SyntaxNode(range: range, kind: .object(items))
        }
    }

    private static func template(
        _ text: String, _ isVerbatim: Bool, _ range: ByteRange, _ source: SourceFile, _ limits: Limits,
        _ diagnostics: inout Diagnostics
    ) -> SyntaxNode {
        let literal = SyntaxNode(range: range, kind: .template(text.isEmpty ? [] : [.literal(text.normalized)]))
        guard text.utf8.contains(UInt8(ascii: "$")) || text.utf8.contains(UInt8(ascii: "%")) else { return literal }
        if isVerbatim {
            var parser = Parser(source: source, limits: limits, from: range.start + 1, to: range.end - 1)
            let node = parser.bareTemplate()
            diagnostics.append(contentsOf: parser.diagnostics)
            return node ?? literal
        }
        // Escapes move the text away from its place, so the text becomes a source of its own.
        let inner = SourceFile(name: source.name, bytes: Array(text.utf8), anchor: source.range(range))
        var parser = Parser(source: inner, limits: limits)
        let node = parser.bareTemplate()
        diagnostics.append(contentsOf: parser.diagnostics)
        guard let node else { return literal }
        return SyntaxNode(range: range, kind: .embedded(EmbeddedSource(file: inner), node))
    }
}
