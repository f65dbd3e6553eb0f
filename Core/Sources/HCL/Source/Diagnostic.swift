/// One problem, with its place, in words for the author of the file.
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    public enum Severity: Hashable, Sendable { case error, warning }

    public var severity: Severity
    /// A few words, the same for every problem of the kind: "Unsupported argument".
    public var summary: String
    /// Sentences: what is wrong here and what to do.
    public var detail: String
    /// Where; nil for a problem of the whole input.
    public var subject: SourceRange?

    public init(_ severity: Severity = .error, _ summary: String, _ detail: String, at subject: SourceRange?) {
        self.severity = severity
        self.summary = summary
        self.detail = detail
        self.subject = subject
    }

    /// `file:line,column-column: Summary; detail`.
    public var description: String {
        let text = detail.isEmpty ? summary : "\(summary); \(detail)"
        return subject.map { "\($0): \(text)" } ?? text
    }
}

/// Problems in the order they were found. Thrown as an error when it holds at least one error.
public struct Diagnostics: Error, Hashable, Sendable {
    /// More than this many are dropped, and the last one says so.
    public static let countMax = 100

    public private(set) var elements: [Diagnostic] = []

    public init(_ elements: [Diagnostic] = []) { for element in elements { append(element) } }

    public mutating func append(_ diagnostic: Diagnostic) {
        if elements.count < Self.countMax {
            elements.append(diagnostic)
        } else if elements.count == Self.countMax {
            elements.append(
                Diagnostic(
                    .error, "Too many problems",
                    "Only the first \(Self.countMax) problems are shown. Fix these first.",
                    at: diagnostic.subject))
        }
    }

    public mutating func append(contentsOf other: Diagnostics) {
        for diagnostic in other { append(diagnostic) }
    }

    /// Appends an error.
    public mutating func error(_ summary: String, _ detail: String, at subject: SourceRange?) {
        append(Diagnostic(.error, summary, detail, at: subject))
    }

    /// Appends a warning.
    public mutating func warning(_ summary: String, _ detail: String, at subject: SourceRange?) {
        append(Diagnostic(.warning, summary, detail, at: subject))
    }

    public var hasErrors: Bool { elements.contains { $0.severity == .error } }
    public var errors: [Diagnostic] { elements.filter { $0.severity == .error } }
    public var warnings: [Diagnostic] { elements.filter { $0.severity == .warning } }
}

extension Diagnostics: RandomAccessCollection, CustomStringConvertible {
    public var startIndex: Int { 0 }
    public var endIndex: Int { elements.count }
    public subscript(position: Int) -> Diagnostic { elements[position] }

    /// One line each: `file:line,column-column: Summary; detail`.
    public var description: String { elements.map(\.description).joined(separator: "\n") }
}
