import Foundation
import Simulation
import Testing

/// The texts in `Tests/Scenarios` are documentation that is checked: what their commands say must be what is
/// written below them.
@Suite struct ScenarioTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scenarios")
    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }
        .sorted()

    @Test func thereAreScenarios() { #expect(Self.names.count >= 9) }

    /// With `CARAVAN_WRITE_SCENARIOS` set, the files are written anew instead; read the difference.
    @Test(arguments: names)
    func plays(_ name: String) throws {
        let file = Self.folder.appending(path: name)
        let text = try String(contentsOf: file, encoding: .utf8)
        let played = Scenario.play(text)
        if ProcessInfo.processInfo.environment["CARAVAN_WRITE_SCENARIOS"] != nil {
            try played.write(to: file, atomically: true, encoding: .utf8)
        }
        let (expected, actual) = (text.split(separator: "\n"), played.split(separator: "\n"))
        for (at, line) in expected.enumerated() {
            #expect(line == (at < actual.count ? actual[at] : ""), "\(name), line \(at + 1) without empty ones")
            if at >= actual.count || line != actual[at] { return }
        }
        #expect(expected.count == actual.count)
    }
}
