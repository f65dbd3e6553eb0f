import Foundation
import Testing

/// What is written down about the house, enforced.
@Suite struct TidyTests {
    private let tree: SourceTree
    init() throws { tree = try SourceTree() }

    /// The import table of docs/architecture.md: our rooms that a room may import.
    static let table: [String: Set<String>] = [
        "Base": [],
        "HCL": ["Base"],
        "Model": ["Base"],
        "JobSpec": ["Base", "HCL", "Model"],
        "State": ["Base", "Model"],
        "AccessControl": ["Base", "HCL", "Model", "State"],
        "Scheduling": ["Base", "Model", "State"],
        "ControlPlane": ["Base", "Model", "State", "AccessControl", "Scheduling"],
        "AgentCore": ["Base", "Model"],
        "Simulation": ["Base", "HCL", "Model", "JobSpec", "State", "Scheduling", "ControlPlane", "AgentCore"],
        "caravan-sim": ["Base", "Model", "State", "ControlPlane", "Simulation"],
        "Journal": ["Base", "Model", "State"],
        "Server": ["Base", "Model", "State", "Scheduling", "ControlPlane", "Journal"],
        "NodeLink": ["Base", "Model", "State", "ControlPlane", "AgentCore", "Server"],
        "Drivers": ["Base", "Model", "AgentCore", "CShim"],
        "NodeAgent": ["Base", "Model", "AgentCore", "Drivers"],
        "HTTPAPI": [
            "Base", "HCL", "Model", "JobSpec", "State", "AccessControl", "Scheduling", "ControlPlane", "AgentCore",
            "Server",
        ],
        "CaravanClient": ["Base", "Model"],
        "caravan": ["Commands"],
        "caravan-shim": ["CShim"],
        "caravan-bench": [
            "Base", "HCL", "Model", "JobSpec", "State", "Scheduling", "ControlPlane", "AgentCore", "Journal",
            "Server", "NodeLink", "HTTPAPI", "CaravanClient",
        ],
    ]

    @Test func importsPointUpTheTable() {
        let rooms = Set(Self.table.keys).union(["Commands", "CShim"])
        for file in tree.sources where file.room != "Commands" {
            guard let allowed = Self.table[file.room] else {
                Issue.record("\(file.path): the room \(file.room) is not in the import table")
                continue
            }
            for name in file.imports where rooms.contains(name) && name != file.room {
                #expect(allowed.contains(name), "\(file.path) imports \(name), which the table does not allow")
            }
        }
    }

    /// Libraries that Core may use at all.
    static let coreLibraries: Set<String> = [
        "HashTreeCollections", "Collections", "HeapModule", "DequeModule", "OrderedCollections", "Synchronization",
        "_StringProcessing",
    ]

    @Test func coreImportsNothingElse() {
        // The simulator's executable is a shell: it prints and exits.
        for file in tree.sources where file.isCore && file.room != "caravan-sim" {
            for name in file.imports where Self.table[name] == nil {
                #expect(
                    Self.coreLibraries.contains(name),
                    "\(file.path) imports \(name): Core has no I/O, clock or Foundation")
            }
        }
    }

    /// Ways to the outside that Core must not take, wherever they hide.
    static let banned = [
        "Date()", "UUID()", "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator", " Task {",
        "Task.detached",
        ".shuffled()", ".randomElement()", ".random(in:",
    ]

    @Test func coreReadsNoClockAndNoChance() {
        for file in tree.sources where file.isCore {
            for word in Self.banned {
                for line in file.codeLines(with: word) where !line.text.contains("using:") {
                    Issue.record("\(file.path):\(line.number) has \(word)")
                }
            }
        }
    }

    @Test func nothingIsForcedOutsideTests() {
        for file in tree.sources {
            for word in ["try!", " as! ", "fatalError("] {
                for line in file.codeLines(with: word) { Issue.record("\(file.path):\(line.number): \(line.text)") }
            }
        }
    }

    @Test func tasksAreStructured() {
        for file in tree.sources where file.room != "Commands" {
            for word in [" Task {", "=Task {", "Task.detached"] {
                for line in file.codeLines(with: word) {
                    Issue.record("\(file.path):\(line.number) starts an unstructured task")
                }
            }
        }
    }

    @Test func uncheckedSendabilityHasItsReason() {
        for file in tree.sources {
            for (at, line) in file.lines.enumerated()
            where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
                let around = file.lines[max(0, at - 6)..<min(file.lines.count, at + 3)]
                #expect(
                    around.contains { $0.contains("//") },
                    "\(file.path):\(at + 1): say beside it why this is safe")
            }
        }
    }

    @Test func filesAreSmall() {
        for file in tree.files {
            #expect(
                file.lines.count <= 500, "\(file.path) has \(file.lines.count) lines: is there a second subject inside?"
            )
            for (at, line) in file.lines.enumerated() where line.count > 160 {
                #expect(line.contains("\""), "\(file.path):\(at + 1) is \(line.count) columns wide")
            }
        }
    }

    @Test func nothingIsLeftOver() throws {
        let markers = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        for file in tree.files where file.room != "TidyTests" {
            for (at, line) in file.lines.enumerated() {
                for marker in markers {
                    #expect(
                        !line.contains(marker + ":") && !line.contains("// " + marker),
                        "\(file.path):\(at + 1) has a left-over \(marker)")
                }
            }
        }
    }

    @Test func everyRoomSaysWhatItIsFor() {
        for room in Set(tree.sources.map(\.room)).sorted() where room != "CShim" {
            let comments = tree.sources.filter { $0.room == room }
                .contains { file in file.lines.prefix(12).filter { $0.hasPrefix("//") }.count >= 4 }
            #expect(
                comments, "the room \(room) has no file that begins by saying what it is for and what it must not know")
        }
    }

    @Test func roomsAreNotCalledAfterNothing() {
        for file in tree.sources {
            let name = file.path.split(separator: "/").last ?? ""
            for word in ["Utils", "Utilities", "Manager", "Helper", "Misc"] {
                #expect(!name.contains(word), "\(file.path): say what it does")
            }
        }
    }
}
