internal import Foundation
internal import Glibc
import HCL

/// What the file functions of job files read: the user's own files, relative to the directory of the job file.
struct LocalFiles: FileAccess {
    /// What relative paths start from; "" is where the program was started.
    let directory: String
    let home: String?
    var homeDirectory: String? { home }

    /// - Parameter jobFile: the path of the job file, `-` for standard input.
    init(jobFile: String, home: String?) {
        directory = jobFile.lastIndex(of: "/").map { String(jobFile[...$0]) } ?? ""
        self.home = home
    }

    /// The path as the system knows it.
    private func resolved(_ path: String) -> String {
        if let home, path == "~" || path.hasPrefix("~/") { return home + path.dropFirst() }
        return path.hasPrefix("/") ? path : directory.isEmpty ? "./" + path : directory + path
    }

    /// Deepest directory that is searched.
    private static let depthMax = 64

    func read(_ path: String) throws(FileAccessError) -> [UInt8] {
        do {
            return try StandardInput.file(resolved(path))
        } catch {
            throw FileAccessError("\(error)")
        }
    }

    func exists(_ path: String) throws(FileAccessError) -> Bool {
        switch Self.kind(resolved(path)) {
        case nil: return false
        case S_IFREG: return true
        case S_IFDIR: throw FileAccessError("\(path) is a directory, not a file")
        default: throw FileAccessError("\(path) is not a regular file")
        }
    }

    func files(under directory: String) throws(FileAccessError) -> [String] {
        var found: [String] = []
        try Self.collect(resolved(directory), prefix: "", depth: 0, into: &found)
        return found.sorted()
    }

    func absolute(_ path: String) throws(FileAccessError) -> String {
        WorkingDirectory.absolute(resolved(path))
    }

    private static func kind(_ path: String) -> mode_t? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT
    }

    private static func collect(
        _ directory: String, prefix: String, depth: Int, into found: inout [String]
    ) throws(FileAccessError) {
        guard depth < depthMax else { throw FileAccessError("\(directory) is nested deeper than \(depthMax) levels") }
        guard let handle = opendir(directory) else {
            throw FileAccessError("\(FileFailure(doing: "open", path: directory, number: errno))")
        }
        defer { closedir(handle) }
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            let path = directory + "/" + name
            switch kind(path) {
            case S_IFREG: found.append(prefix + name)
            case S_IFDIR: try collect(path, prefix: prefix + name + "/", depth: depth + 1, into: &found)
            default: break
            }
        }
    }
}
