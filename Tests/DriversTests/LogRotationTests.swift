import CShim
import Glibc
import Testing

@testable import Drivers

/// The rotating log writer of the shim, called directly.
@Suite struct LogRotationTests {
    /// Writes the pieces into a fresh log and returns its files by number.
    private func written(_ pieces: [String], maxBytes: Int, maxFiles: Int, reopen: Bool = false) throws -> [Int: String]
    {
        var template = Array("/tmp/caravan-log-XXXXXX".utf8CString)
        let directory = String(cString: try #require(mkdtemp(&template)))
        defer { try? FileTree.remove(directory) }
        var log = caravan_log()
        #expect(caravan_log_open(&log, directory + "/t.stdout", off_t(maxBytes), maxFiles) == 0)
        for piece in pieces {
            caravan_log_write(&log, piece, piece.utf8.count)
            if reopen {
                caravan_log_close(&log)
                #expect(caravan_log_open(&log, directory + "/t.stdout", off_t(maxBytes), maxFiles) == 0)
            }
        }
        caravan_log_close(&log)
        var files: [Int: String] = [:]
        for name in FileTree.names(directory) {
            let number = try #require(Int(name.dropFirst("t.stdout.".count)))
            files[number] = String(decoding: try FileTree.read(directory + "/" + name) ?? [], as: UTF8.self)
        }
        return files
    }

    @Test(arguments: [
        (["a\n", "b\n"], 10, [0: "a\nb\n"]),
        (["12345\n", "1234\n"], 6, [0: "12345\n", 1: "1234\n"]),
        // Split after the last whole line that fits.
        (["aa\nbb\ncc\n"], 7, [0: "aa\nbb\n", 1: "cc\n"]),
        // A line that does not fit any more goes to the next file whole …
        (["aa\n", "bbbbb\n"], 7, [0: "aa\n", 1: "bbbbb\n"]),
        // … and one that is longer than a file is cut.
        (["aaaaaaaaaa\n"], 4, [0: "aaaa", 1: "aaaa", 2: "aa\n"]),
        (["no newline"], 100, [0: "no newline"]),
        ([""], 100, [0: ""]),
    ])
    func splits(pieces: [String], maxBytes: Int, expected: [Int: String]) throws {
        #expect(try written(pieces, maxBytes: maxBytes, maxFiles: 10) == expected)
    }

    @Test func theOldestFilesGo() throws {
        let pieces = (0..<10).map { "line \($0)\n" }
        #expect(try written(pieces, maxBytes: 7, maxFiles: 3) == [7: "line 7\n", 8: "line 8\n", 9: "line 9\n"])
    }

    @Test func anotherStartGoesOnInTheNewestFile() throws {
        let pieces = (0..<6).map { "line \($0)\n" }
        let expected = [1: "line 2\nline 3\n", 2: "line 4\nline 5\n"]
        #expect(try written(pieces, maxBytes: 14, maxFiles: 2, reopen: true) == expected)
    }

    @Test func nothingIsLostWhateverThePieces() throws {
        var state: UInt64 = 42
        func next(_ limit: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % limit)
        }
        for _ in 0..<50 {
            let pieces = (0..<next(20)).map { _ in
                String((0..<next(40)).map { _ in next(6) == 0 ? "\n" : Character(UnicodeScalar(UInt8(97 + next(26)))) })
            }
            let maxBytes = 1 + next(30)
            let files = try written(pieces, maxBytes: maxBytes, maxFiles: 10_000, reopen: next(2) == 0)
            #expect(files.sorted { $0.key < $1.key }.map(\.value).joined() == pieces.joined())
            #expect(files.values.allSatisfy { $0.utf8.count <= maxBytes })
        }
    }
}
