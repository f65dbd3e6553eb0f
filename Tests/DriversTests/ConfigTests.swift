import Base
import Testing

@testable import Drivers

/// What drivers take and refuse as configuration.
@Suite struct ConfigTests {
    static let rawExecMistakes: [(JSON, String)] = [
        ([:], "command: is missing; this driver needs it"),
        (["command": ""], "command: is missing; this driver needs it"),
        (["command": ["a"]], "command: must be a string, not a array"),
        (["command": "a", "args": "b"], "args: must be a list of strings, not a string"),
        (["command": "a", "args": [["b"]]], "args[0]: must be a string"),
        (["command": "a", "arg": ["b"]], "arg: no such key; did you mean \"args\"?"),
        (["command": "a", "image": "b"], "image: no such key"),
        (["command": "a", "oom_score_adj": 2000], "oom_score_adj: must be between 0 and 1000"),
        (["command": "a", "work_dir": "b"], "work_dir: must be an absolute path"),
        ("text", "config must be a block, not a string; command: is missing; this driver needs it"),
    ]

    @Test(arguments: rawExecMistakes)
    func rawExecRefuses(config: JSON, problem: String) throws {
        let error = #expect(throws: DriverError.self) { try RawExecConfig(config) }
        #expect(error?.message == "config of driver \"raw_exec\": " + problem)
        #expect(error?.code == .invalidConfig)
    }

    @Test func numbersAndFlagsBecomeText() throws {
        let config = try RawExecConfig(["command": "a", "args": [1, true, 2.5, "x"], "oom_score_adj": "7"])
        #expect(config.arguments == ["1", "true", "2.5", "x"])
        #expect(config.oomScore == 7)
    }

    @Test(arguments: [
        ("SIGINT", 2), ("sigterm", 15), ("HUP", 1), ("9", 9), ("SIGUSR2", 12),
    ])
    func signalNames(text: String, number: Int) throws { #expect(try Signals.number(text) == number) }

    @Test(arguments: ["", "SIGFOO", "0", "65", "-1"])
    func notSignals(text: String) { #expect(throws: DriverError.self) { try Signals.number(text) } }

    @Test(arguments: [
        ("a/web/1", "a.web.1"), ("a/we b\n/1", "a.we.b..1"), ("ä", ".."),
        (String(repeating: "x", count: 130), String(repeating: "x", count: 120)),
    ])
    func directoryNames(id: String, name: String) { #expect(ShimHost.name(taskID: id) == name) }

    @Test func recordsKeepOrderAndRepetition() {
        var records = ShimRecords(["a": "1", "b": "x=y"])
        records.add("a", "2\u{0}3")
        #expect(records.bytes == Array("a=1\0b=x=y\0a=2\0".utf8))
        #expect(ShimRecords(parsing: records.bytes) == records)
        #expect(records.all("a") == ["1", "2"])
        #expect(records["b"] == "x=y")
    }

    @Test func framesComeWholeOrNotAtAll() throws {
        let frames = [ShimFrame("Q"), ShimFrame("O", Array(repeating: 7, count: 300)), ShimFrame("Z", [1])]
        var buffer: [UInt8] = []
        var taken: [ShimFrame] = []
        for byte in frames.flatMap(\.bytes) {
            buffer.append(byte)
            while let frame = try ShimFrame.take(from: &buffer) { taken.append(frame) }
        }
        #expect(taken == frames)
        #expect(buffer.isEmpty)
    }
}
