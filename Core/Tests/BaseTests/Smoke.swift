import Base
import Testing

struct Inner: Codable, Equatable { var memoryMB = 3, id = "x", flag: Bool? = nil, tags: [String] = [], meta: [String: String] = ["a-b": "c"] }
struct Outer: Codable, Equatable, OmitsZeroValues { var jobID = "j", count = 0, wait = TimeSpan.seconds(1), inner = Inner(), config: JSON = ["k": [1, 2.5]] }

@Test func wireRoundTrip() throws {
    let tree = try WireEncoder().encode(Outer())
    #expect(tree.text == #"{"Config":{"k":[1,2.5]},"Inner":{"Flag":null,"ID":"x","MemoryMB":3,"Meta":{"a-b":"c"},"Tags":null},"JobID":"j","Wait":1000000000}"#)
    #expect(try WireDecoder().decode(Outer.self, from: tree) == Outer())
    #expect(try WireDecoder().decode(Outer.self, from: try JSON(parsing: #"{"jobid":"j","INNER":{"memorymb":3,"id":"x","meta":{"a-b":"c"}},"wait":"1s","config":{"k":[1,2.5]}}"#)) == Outer())
    let error = #expect(throws: WireError.self) { try WireDecoder().decode(Outer.self, from: ["Inner": ["Tags": [1]]]) }
    #expect(error?.description == "Inner.Tags[0]: must be a string, not a number")
}
