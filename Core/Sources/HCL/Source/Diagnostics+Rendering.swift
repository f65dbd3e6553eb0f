extension Diagnostic {
    /// Several lines: severity and summary, the source line with a caret under the place, the detail.
    ///
    /// ```
    /// Error: Unsupported argument
    ///
    ///   on web.nomad.hcl line 5, column 7:
    ///    5 |       drivr = "docker"
    ///      |       ^^^^^
    ///
    /// An argument named "drivr" is not expected here. Did you mean "driver"?
    /// ```
    ///
    /// - Parameter source: the text that `subject` refers to; without it the line is left out.
    public func rendered(source: SourceFile?) -> String {
        var lines = ["\(severity == .error ? "Error" : "Warning"): \(summary)", ""]
        if let subject {
            lines.append("  on \(subject.file) line \(subject.start.line), column \(subject.start.column):")
            if let source { lines.append(contentsOf: excerpt(subject, source)) }
            lines.append("")
        }
        if !detail.isEmpty { lines.append(detail) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Lines longer than this are cut around the place.
    private static let excerptWidthMax = 160

    private func excerpt(_ subject: SourceRange, _ source: SourceFile) -> [String] {
        let number = String(subject.start.line)
        let blank = String(repeating: " ", count: number.count)
        var line = Array(source.line(subject.start.line))
        var column = subject.start.column - 1
        var width = subject.end.line == subject.start.line ? subject.end.column - subject.start.column : Int.max
        if line.count > Self.excerptWidthMax {
            let cut = max(0, min(column - Self.excerptWidthMax / 2, line.count - Self.excerptWidthMax))
            line = Array(line[cut..<min(line.count, cut + Self.excerptWidthMax)])
            column -= cut
        }
        width = max(1, min(width, line.count - column))
        // Tabs are kept, so that the caret stands under its character however wide a tab is shown.
        let lead = line.prefix(max(0, column)).map { $0 == "\t" ? "\t" : " " }.joined()
        return [
            "   \(number) | \(String(line))",
            "   \(blank) | \(lead)\(String(repeating: "^", count: width))",
        ]
    }
}

extension Diagnostics {
    /// All of them in the long form, an empty line between two.
    ///
    /// - Parameter sources: the texts the diagnostics may refer to, found by their names.
    public func rendered(sources: [SourceFile]) -> String {
        map { diagnostic in
            diagnostic.rendered(source: sources.first { $0.name == diagnostic.subject?.file })
        }.joined(separator: "\n")
    }
}
