public import Base
public import HCL
import Model

/// A job file that was read: the job in the complete JSON form (unset fields null), and what to tell its author.
///
/// ```
/// text ─HCL─▶ body ─variables, locals─▶ evaluated blocks ─JobSchema─▶ tree ─Canonical─▶ …
/// ```
public struct JobFile: Hashable, Sendable {
    /// The complete form: what `/v1/jobs/parse` and `job run -output` show.
    public var tree: JSONObject
    /// Problems that don't keep the job from running.
    public var warnings: Diagnostics
    /// Where things are written, if the options ask for it.
    public var places: JobPlaces?

    /// How a file is read.
    public struct Options {
        public var syntax = Document.Syntax.automatic
        /// The first version of the language has none.
        public var variables = JobVariables()
        /// What `file` and its kin read through; nil refuses them, as the server does.
        public var files: (any FileAccess)?
        /// Random words for `uuidv4` and `bcrypt`; nil refuses them.
        public var random: (() -> UInt64)?
        public var limits = Limits.standard
        /// Whether to remember where each field is written.
        public var keepsPlaces = false

        public init() {}
    }

    /// Reads a job file in the syntax of the options: the native or the JSON one, unless they say otherwise.
    ///
    /// Pure but for the options' file access and random source. Throws all problems at once, with their places.
    public static func parse(
        _ bytes: [UInt8], name: String, options: Options = Options()
    ) throws(JobFileError) -> JobFile {
        let document = Document(parsing: bytes, name: name, syntax: options.syntax, limits: options.limits)
        var reader = JobFileReader(document, options)
        return try reader.read()
    }

    /// Reads a job file given as text.
    public static func parse(
        _ text: String, name: String, options: Options = Options()
    ) throws(JobFileError) -> JobFile {
        try parse(Array(text.utf8), name: name, options: options)
    }
}

/// Why a job file was refused: every problem with its place, and the sources that the places are in.
public struct JobFileError: Error, Sendable, CustomStringConvertible {
    public let diagnostics: Diagnostics
    public let sources: [SourceFile]

    /// One line a problem: `web.nomad.hcl:5,7-12: Unsupported argument; …`. The server's answer.
    public var description: String { diagnostics.errors.map(\.description).joined(separator: "\n") }

    /// For people: each problem with its source line and a caret.
    public var rendered: String { diagnostics.rendered(sources: sources) }
}

/// One reading of one file.
private struct JobFileReader {
    let document: Document
    let options: JobFile.Options
    var context: EvaluationContext
    var diagnostics: Diagnostics
    var sources: [SourceFile]

    init(_ document: Document, _ options: JobFile.Options) {
        self.document = document
        self.options = options
        context = EvaluationContext(
            functions: .standard, unknownRoot: .literal, limits: options.limits, files: options.files,
            random: options.random)
        diagnostics = document.diagnostics
        sources = [document.source]
    }

    private static let schema = BodySchema(blocks: [
        .init("job", labels: ["name"]), .init("variable", labels: ["name"]), .init("variables"), .init("locals"),
    ])

    mutating func read() throws(JobFileError) -> JobFile {
        try check()
        let content = document.body.content(Self.schema, in: context, dynamicBlocks: false, &diagnostics)
        var variables = InputVariables(content, context, &diagnostics)
        variables.take(options.variables, context, &sources, &diagnostics)
        try check()
        context.variables["var"] = variables.value
        context.variables["local"] = LocalValues(content, &diagnostics).evaluate(context, &diagnostics)
        let job = jobBlock(content)
        try check()
        guard let job else { throw JobFileError(diagnostics: diagnostics, sources: sources) }
        var decoder = BlockDecoder(context: context, isJSON: isJSON, keepsPlaces: options.keepsPlaces)
        let tree = decoder.decode(job, JobSchema.job)
        diagnostics.append(contentsOf: decoder.diagnostics)
        try check()
        return JobFile(tree: tree, warnings: diagnostics, places: decoder.place.map { JobPlaces(job: $0) })
    }

    private var isJSON: Bool {
        options.syntax != .legacy
            && document.source.bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    }

    private func check() throws(JobFileError) {
        if diagnostics.hasErrors { throw JobFileError(diagnostics: diagnostics, sources: sources) }
    }

    private mutating func jobBlock(_ content: BodyContent) -> Block? {
        let jobs = content.blocks("job")
        guard let first = jobs.first else {
            diagnostics.error("Missing job block", "A job block is required: job \"name\" { … }", at: nil)
            return nil
        }
        for other in jobs.dropFirst() {
            diagnostics.error(
                "Duplicate job block",
                "Only one block of type \"job\" is allowed. Previous definition was at \(first.headerRange).",
                at: other.headerRange)
        }
        return first
    }
}
