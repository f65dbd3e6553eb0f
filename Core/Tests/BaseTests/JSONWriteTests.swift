import Testing

@testable import Base

/// How trees become text: whole, in pieces, members in order.
struct JSONWriteTests {
    /// Objects of equal size with other names follow each other, as do nested ones of the parent's size.
    @Test func membersAreInTheOrderOfTheirBytes() {
        let tree: JSON = [
            ["b": 1, "a": 2, "ä": 3], ["z": 1, "y": 2, "B": 3], ["a": 1, "b": ["d": 1, "c": 2, "aa": 3], "_": 3],
            ["a": ["c": 1, "b": 2], "A": 0],
        ]
        #expect(
            tree.text
                == #"[{"a":2,"b":1,"ä":3},{"B":3,"y":2,"z":1},{"_":3,"a":1,"b":{"aa":3,"c":2,"d":1}},"#
                + #"{"A":0,"a":{"b":2,"c":1}}]"#)
    }

    @Test(arguments: 0..<20)
    func orderDoesNotDependOnWhatWasWrittenBefore(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let objects = (0..<50).map { _ in
            let names = ["a", "b", "c", "d", "B", "é", "aa"].shuffled(using: &generator).prefix(5)
            return JSON.object(JSONObject(names.map { ($0, .string($0)) }))
        }
        #expect(JSON.array(objects).text == "[" + objects.map(\.text).joined(separator: ",") + "]")
        #expect(objects.allSatisfy { $0.objectValue?.sorted.map(\.name) == Self.names($0.text) })
    }

    /// The names of a flat object whose values are its names.
    private static func names(_ text: String) -> [String] {
        text.dropFirst().dropLast().split(separator: ",").compactMap {
            $0.split(separator: "\"").first.map(String.init)
        }
    }

    @Test(arguments: [nil, 4] as [Int?])
    func piecesAreTheWhole(indent: Int?) {
        let element: JSON = ["Name": .string(String(repeating: "x", count: 1000)), "List": [1, 2, ["a": .null]]]
        let tree = JSON.object(["Many": .array(Array(repeating: element, count: 300)), "One": element])
        var pieces: [[UInt8]] = []
        tree.write(indent: indent) { pieces.append($0) }
        #expect(Array(pieces.joined()) == tree.bytes(indent: indent))
        #expect(pieces.count > 3)
        #expect(pieces.allSatisfy { $0.count < 100_000 })
    }
}
