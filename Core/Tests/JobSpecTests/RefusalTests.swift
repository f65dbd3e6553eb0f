import Base
import HCL
import Testing

@testable import JobSpec

/// Wrong job files: the place and the words of each problem.
struct RefusalTests {
    @Test(arguments: [
        ("", "Missing job block"),
        ("task \"t\" {}", "test.hcl:1,1-5: Unsupported block type"),
        ("job \"a\" {}\njob \"b\" {}", "Duplicate job block"),
        ("job {\n}", "Missing name for job"),
        ("job \"a\" \"b\" {}", "Extraneous label for job"),
        ("job \"a\" {\n typ = \"batch\"\n}", "Did you mean \"type\"?"),
        (
            "job \"a\" {\n group \"g\" {\n task \"t\" {\n config = {}\n }\n }\n}",
            "Did you mean to define a block of type \"config\"?"
        ),
        ("job \"a\" {\n affinity {\n weight = 200\n }\n}", "between -128 and 127"),
        ("job \"a\" {\n grup \"x\" {}\n}", "Did you mean \"group\"?"),
        ("job \"a\" {\n update {}\n update {}\n}", "test.hcl:3,2-8: Duplicate update block"),
        ("job \"a\" {\n meta {}\n meta = {}\n}", "Duplicate meta block"),
        ("job \"a\" {\n type = \"x\"\n type = \"y\"\n}", "redefined"),
        ("job \"a\" {\n priority = \"high\"\n}", "a number is required"),
        ("job \"a\" {\n priority = 1.5\n}", "must be a whole number of at most 64 bits, not 1.5"),
        ("job \"a\" {\n priority = 9223372036854775808\n}", "of at most 64 bits, not 9223372036854775808"),
        ("job \"a\" {\n datacenters = \"dc1\"\n}", "list of string required"),
        ("job \"a\" {\n group \"g\" {\n shutdown_delay = \"5 minutes\"\n }\n}", "\"5 minutes\" is not a duration"),
        ("job \"a\" {\n group \"g\" {\n shutdown_delay = \"30\"\n }\n}", "\"30\" is not a duration"),
        ("job \"a\" {\n group \"g\" {\n task \"t\" {\n driver = null\n }\n }\n}", "null value is not allowed"),
        ("job \"a\" {\n group \"g\" {\n scaling {}\n }\n}", "The argument \"max\" is required"),
        (
            "job \"a\" {\n group \"g\" {\n task \"t\" {\n scaling \"disk\" {\n max = 1\n }\n }\n }\n}",
            "must be \"cpu\" or \"mem\""
        ),
        ("job \"a\" {\n group \"g\" {\n volume \"v\" {}\n volume \"v\" {}\n }\n}", "Duplicate volume block"),
        ("job \"a\" {\n name = var.nope\n}", "does not have an attribute named \"nope\""),
        ("job \"a\" {\n group \"g\" {\n count = 1 / 0\n }\n}", "Division by zero"),
        ("job \"a\" {\n name = file(\"x\")\n}", "filesystem function disabled"),
    ])
    func refused(text: String, words: String) {
        let found = problems(text)
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    @Test func severalAtOnce() {
        let found = problems("job \"a\" {\n typ = 1\n priority = \"x\"\n group \"g\" {\n conut = 2\n }\n}")
        #expect(found.count == 3)
        #expect(found.allSatisfy { $0.hasPrefix("test.hcl:") })
    }

    @Test func renderedWithCaret() {
        let error = #expect(throws: JobFileError.self) {
            try JobFile.parse("job \"a\" {\n  typ = 1\n}", name: "test.hcl")
        }
        #expect(error?.rendered.contains("^^^") == true)
        #expect(error?.description.contains("test.hcl:2,3-6: Unsupported argument") == true)
    }
}
