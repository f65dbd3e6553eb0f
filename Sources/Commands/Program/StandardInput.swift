internal import Glibc

/// Reading standard input and files, whole.
enum StandardInput {
    /// Largest text that is read from standard input or a file.
    static let bytesMax = 256 << 20

    /// One line without its end; nil at the end of input.
    static func line() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = Glibc.read(0, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }

    /// Everything up to the end of input.
    static func all() throws -> [UInt8] { try read(descriptor: 0, name: "standard input") }

    /// The bytes of a file, or of standard input for `-`.
    static func file(_ path: String) throws -> [UInt8] {
        if path == "-" { return try all() }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(doing: "open", path: path, number: errno) }
        defer { close(descriptor) }
        return try read(descriptor: descriptor, name: path)
    }

    private static func read(descriptor: Int32, name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileFailure(doing: "read", path: name, number: errno)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count > bytesMax {
                throw CommandFailure("\(name) is larger than \(Size.text(Int64(bytesMax)))")
            }
        }
    }
}

/// What a file operation failed with: `open x: no such file or directory`.
struct FileFailure: Error, CustomStringConvertible {
    var doing: String
    var path: String
    var number: Int32

    var description: String { "\(doing) \(path): \(words)" }
    var words: String {
        guard let text = strerror(number) else { return "error \(number)" }
        let words = String(cString: text)
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
