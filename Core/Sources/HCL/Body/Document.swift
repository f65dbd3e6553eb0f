/// A parsed file.
///
/// ```swift
/// let document = Document(parsing: bytes, name: "web.nomad.hcl")
/// var diagnostics = document.diagnostics
/// let context = EvaluationContext(functions: .standard)
/// let content = document.body.content(schema, in: context, &diagnostics)
/// ```
public struct Document: Sendable {
    public enum Syntax: Sendable, Hashable {
        /// JSON if the first byte that isn't blank is `{`, native otherwise.
        case automatic
        case native
        case json
        /// The first version of the language, see `LegacyParser`.
        case legacy
    }

    public let source: SourceFile
    /// What could be read. Also after errors: then it lacks what was wrong.
    public let body: Body
    /// Problems of syntax.
    public let diagnostics: Diagnostics

    /// Parses a whole file; never fails, problems are in `diagnostics`.
    ///
    /// - Parameter name: what diagnostics call the file.
    public init(parsing bytes: [UInt8], name: String, syntax: Syntax = .automatic, limits: Limits = .standard) {
        let source = SourceFile(name: name, bytes: bytes)
        self.source = source
        var diagnostics = Diagnostics()
        body = Document.parse(source, syntax, limits, &diagnostics)
        self.diagnostics = diagnostics
    }

    public init(parsing text: String, name: String, syntax: Syntax = .automatic, limits: Limits = .standard) {
        self.init(parsing: Array(text.utf8), name: name, syntax: syntax, limits: limits)
    }

    private static func parse(
        _ source: SourceFile, _ syntax: Syntax, _ limits: Limits, _ diagnostics: inout Diagnostics
    ) -> Body {
        let empty = SyntaxBody(attributes: [], blocks: [], range: ByteRange(0, 0))
        guard source.bytes.count <= limits.fileSizeMax else {
            diagnostics.error(
                "File too large",
                "The file has \(source.bytes.count) bytes; at most \(limits.fileSizeMax) are accepted.", at: nil)
            return Body(source: source, syntax: .native(empty), scope: nil)
        }
        let isJSON =
            switch syntax {
            case .automatic:
                source.bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
            case .native, .legacy: false
            case .json: true
            }
        if isJSON {
            var parser = JSONBodyParser(source: source, limits: limits)
            let root = parser.document()
            diagnostics.append(contentsOf: parser.diagnostics)
            return Body(source: source, syntax: root.map { .json([$0], limits) } ?? .native(empty), scope: nil)
        }
        if syntax == .legacy {
            var parser = LegacyParser(source: source, limits: limits)
            let body = parser.document()
            diagnostics.append(contentsOf: parser.diagnostics)
            return Body(source: source, syntax: .native(body), scope: nil)
        }
        var parser = Parser(source: source, limits: limits)
        let body = parser.document()
        diagnostics.append(contentsOf: parser.diagnostics)
        return Body(source: source, syntax: .native(body), scope: nil)
    }
}
