import Base
import Testing

private struct Inner: Codable, Equatable {
    var memoryMB = 3
    var id = "x"
    var flag: Bool?
    var tags: [String] = []
    var meta: [String: String] = ["a-b": "c"]
}

private struct Outer: Codable, Equatable, OmitsZeroValues {
    var jobID = "j"
    var count = 0
    var wait = TimeSpan.seconds(1)
    var inner = Inner()
    var config: JSON = ["k": [1, 2.5]]
}

@Suite struct WireTests {
    @Test func namesAreTheAPIsAndZeroValuesAreLeftOutWhereAsked() throws {
        let inner = #"{"Flag":null,"ID":"x","MemoryMB":3,"Meta":{"a-b":"c"},"Tags":null}"#
        let tree = try WireEncoder().encode(Outer())
        #expect(tree.text == #"{"Config":{"k":[1,2.5]},"Inner":\#(inner),"JobID":"j","Wait":1000000000}"#)
        #expect(try WireDecoder().decode(Outer.self, from: tree) == Outer())
    }

    @Test func namesMatchInAnyCaseAndDurationsMayBeTexts() throws {
        let text =
            #"{"jobid":"j","INNER":{"memorymb":3,"id":"x","meta":{"a-b":"c"}},"wait":"1s","config":{"k":[1,2.5]}}"#
        #expect(try WireDecoder().decode(Outer.self, from: JSON(parsing: text)) == Outer())
    }

    @Test func aWrongKindIsAnErrorWithItsPath() {
        let error = #expect(throws: WireError.self) {
            try WireDecoder().decode(Outer.self, from: ["Inner": ["Tags": [1]]])
        }
        #expect(error?.description == "Inner.Tags[0]: must be a string, not a number")
    }
}
