import Glibc
import Testing

@testable import Commands

/// A job file that is too large to be written into a request for nobody.
@Suite("Large job files")
struct LargeJobTests {
    @Test func isValidatedWithoutAnAgent() async throws {
        var template = Array("/tmp/caravan-large-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { name -> String? in
            guard let start = name.baseAddress, let path = mkdtemp(start) else { return nil }
            return String(cString: path)
        }
        let folder = try #require(made)
        let path = folder + "/large.hcl"
        defer {
            unlink(path)
            rmdir(folder)
        }
        let comment = Array(repeating: UInt8(ascii: "#"), count: 1 << 20) + [0x0A]
        let job = """
            job "large" {
              datacenters = ["dc1"]
              group "g" {
                task "t" {
                  driver = "raw_exec"
                  config { command = "/bin/true" }
                }
              }
            }
            """
        try LocalFile.write(path, comment + Array(job.utf8))
        let console = Console.memory()
        let program = Program(name: ProgramName("caravan"), environment: [:], console: console)
        // Nobody listens behind a name that no file has.
        let status = await program.run(["job", "validate", "-address=unix://\(folder)/none.sock", path])
        #expect(status == 0)
        #expect(console.written.err == "")
        #expect(
            console.written.out
                == "Driver configuration not validated since connection to the agent couldn't be established.\n"
                + "Job validation successful\n")
    }
}
