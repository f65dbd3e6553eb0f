import Foundation
import HCL
import Testing

@testable import Commands

/// The files that functions of a job file read.
@Suite("Files beside a job file")
struct LocalFilesTests {
    @Test func pathsStartAtTheJobFile() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("files-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("conf/d"), withIntermediateDirectories: true)
        try Data("one".utf8).write(to: folder.appendingPathComponent("a.txt"))
        try Data("two".utf8).write(to: folder.appendingPathComponent("conf/d/b.conf"))
        let files = LocalFiles(jobFile: folder.path + "/web.nomad.hcl", home: folder.path)
        #expect(try files.read("a.txt") == Array("one".utf8))
        #expect(try files.read("./conf/../a.txt") == Array("one".utf8))
        #expect(try files.read(folder.path + "/a.txt") == Array("one".utf8))
        #expect(try files.read("~/conf/d/b.conf") == Array("two".utf8))
        #expect(try files.exists("conf/d/b.conf"))
        #expect(try !files.exists("b.conf"))
        #expect(try files.files(under: "conf") == ["d/b.conf"])
        #expect(try files.absolute("x") == folder.path + "/x")
        #expect(throws: FileAccessError.self) { try files.read("nothing") }
    }

    @Test func standardInputIsWhereTheCommandWasStarted() throws {
        let files = LocalFiles(jobFile: "-", home: nil)
        #expect(try files.absolute("x").hasSuffix("/x"))
        #expect(try files.absolute("/x") == "/x")
    }
}
