import HCL

/// `fmt`: rewrites files in the canonical layout.
enum FormatCommand {
    /// Deepest directory that `-recursive` goes into.
    private static let depthMax = 64

    static let command = Command(
        "fmt", "Rewrites job files and agent configurations to the canonical format",
        usage: "[options] [<path>...]",
        details: """
            Formats files in HCL. Of a directory those that end in .hcl or .nomad are
            taken; without a path those of the current one. A file with a syntax error is
            not touched. For "-" standard input is formatted to standard output. The exit
            status is 1 for errors, and with -check if a file isn't formatted.
            """,
        flags: [
            .bool("check", "Only check: exit with status 1 if a file isn't formatted. Nothing is written."),
            .bool("list", "List the files whose format is not canonical.", default: true),
            .bool("write", "Write the formatted text back to the files.", default: true),
            .bool("recursive", "Go into the directories of a directory too, but not into hidden ones."),
        ], asksAgent: false
    ) { invocation in
        let paths = invocation.arguments.isEmpty ? ["."] : invocation.arguments
        var run = FormatRun(invocation)
        for path in paths { run.take(path) }
        return run.failed || (run.isCheck && run.changed) ? 1 : 0
    }

    private struct FormatRun {
        private let invocation: Invocation
        let isCheck: Bool
        private let lists: Bool
        private let writes: Bool
        private let isRecursive: Bool
        /// Something could not be formatted, and that has been told.
        private(set) var failed = false
        /// Some text was not canonical.
        private(set) var changed = false

        init(_ invocation: Invocation) {
            let flags = invocation.flags
            self.invocation = invocation
            isCheck = flags.bool("check")
            lists = flags.bool("list")
            writes = flags.bool("write") && !isCheck
            isRecursive = flags.bool("recursive")
        }

        mutating func take(_ path: String) {
            if path == "-" { return standardInput() }
            switch LocalFile.kind(path) {
            case .directory: directory(path, depth: 0)
            case .file: file(path)
            case .other: fail("\(path) is neither a file nor a directory")
            case nil: fail("No file or directory at \(path)")
            }
        }

        private mutating func fail(_ message: String) {
            failed = true
            invocation.console.errorLine(message)
        }

        private mutating func standardInput() {
            do {
                let text = try StandardInput.all()
                guard let formatted = format(text, name: "<stdin>") else { return }
                if isCheck {
                    changed = changed || formatted != text
                } else {
                    invocation.console.write(formatted)
                }
            } catch {
                fail("\(error)")
            }
        }

        private mutating func directory(_ path: String, depth: Int) {
            guard depth < depthMax else { return fail("\(path) is nested deeper than \(depthMax) levels") }
            let names: [String]
            do {
                names = try LocalFile.names(in: path)
            } catch {
                return fail("\(error)")
            }
            for name in names {
                let inner = path == "." ? name : path + "/" + name
                switch LocalFile.kind(inner) {
                // Links to directories may lead in circles.
                case .directory where isRecursive && !name.hasPrefix(".") && !LocalFile.isLink(inner):
                    directory(inner, depth: depth + 1)
                case .file where name.hasSuffix(".hcl") || name.hasSuffix(".nomad"): file(inner)
                default: break
                }
            }
        }

        private mutating func file(_ path: String) {
            do {
                let text = try StandardInput.file(path)
                guard let formatted = format(text, name: path), formatted != text else { return }
                changed = true
                if lists { invocation.line(path) }
                if writes { try LocalFile.replace(path, formatted) }
            } catch {
                fail("\(error)")
            }
        }

        private mutating func format(_ text: [UInt8], name: String) -> [UInt8]? {
            do {
                return try Formatter.format(text, name: name)
            } catch {
                // People get the line and a caret; scripts get one line a problem.
                let isPerson = invocation.console.errorIsTerminal
                fail(isPerson ? error.rendered(sources: [SourceFile(name: name, bytes: text)]) : error.description)
                return nil
            }
        }
    }
}
