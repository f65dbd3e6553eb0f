import Foundation

/// The repository's own files, as text.
struct SourceTree {
    struct File {
        /// From the top of the repository.
        let path: String
        let text: String
        let lines: [String]
        /// `Core/Sources/HCL/Body/Body.swift` → `HCL`.
        var room: String { path.split(separator: "/").drop { $0 == "Core" }.dropFirst().first.map(String.init) ?? "" }
        var isCore: Bool { path.hasPrefix("Core/") }
        var isTest: Bool { path.contains("Tests/") }
    }

    let files: [File]

    init() throws {
        let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var files: [File] = []
        for folder in ["Core/Sources", "Core/Tests", "Sources", "Tests"] {
            let base = top.appending(path: folder)
            guard let walk = FileManager.default.enumerator(atPath: base.path()) else { continue }
            for case let name as String in walk where name.hasSuffix(".swift") {
                let text = try String(contentsOf: base.appending(path: name), encoding: .utf8)
                files.append(
                    File(
                        path: "\(folder)/\(name)", text: text,
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
            }
        }
        self.files = files.sorted { $0.path < $1.path }
    }

    var sources: [File] { files.filter { !$0.isTest } }
}

extension SourceTree.File {
    /// Lines of code that hold a word. Looks through the bytes of the whole file first: most files have none.
    func codeLines(with word: String) -> [(number: Int, text: String)] {
        let found = text.range(of: word, options: .literal) != nil
        return found ? code.filter { $0.text.contains(word) } : []
    }

    /// Modules that the file imports.
    var imports: [String] {
        lines.compactMap { line in
            var words = line.split(separator: " ").map(String.init)
            while let first = words.first,
                ["public", "internal", "private", "fileprivate", "package", "@testable", "@preconcurrency"].contains(
                    first)
            {
                words.removeFirst()
            }
            guard words.first == "import", let name = words.last else { return nil }
            return name.split(separator: ".").first.map(String.init)
        }
    }

    /// Lines without what stands in comments, with their numbers.
    var code: [(number: Int, text: String)] {
        lines.enumerated().compactMap { at, line in
            let text = line.drop { $0 == " " }
            if text.hasPrefix("//") { return nil }
            let cut = line.range(of: " // ").map { String(line[..<$0.lowerBound]) } ?? line
            return (at + 1, cut)
        }
    }
}
