import Base
import Testing

@testable import Model

/// The lists of fields against `Codable`, which makes its own from the properties.
struct WireRecordTests {
    static let records: [any WireRecord & Sendable] = [
        Job(), PeriodicSpec(), ParameterizedSpec(), Constraint(), Affinity(), Spread(), SpreadTarget(), GroupSpec(),
        RestartPolicy(), ReschedulePolicy(), UpdatePolicy(), MigratePolicy(), DisconnectPolicy(), EphemeralDisk(),
        VolumeRequest(), ScalingSpec(), TaskSpec(), LifecycleSpec(), LogSpec(), VolumeMount(), ResourceSpec(),
        DeviceRequest(), NetworkSpec(), DNSSpec(), PortSpec(), ServiceSpec(), CheckSpec(), CheckRestart(),
    ]

    @Test(arguments: records.indices)
    func listsEveryProperty(at number: Int) throws {
        let record = Self.records[number]
        let properties = Mirror(reflecting: record).children.compactMap(\.label).map { WireKey.name(of: $0) }
        let listed = try #require(record.wire.objectValue).names
        #expect(listed.sorted() == properties.sorted(), "\(type(of: record))")
    }

    /// Trees with values of all kinds in all fields of the table, in any order and case, as clients may send them.
    @Test(arguments: 0..<60)
    func readsAndWritesAsCodableDoes(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let submitted = JSON.object(Self.block(JobSchema.job, &generator, depth: 0))
        let canonical = Canonical.job(try JobWire.complete(submitted))
        let coded = try WireDecoder().decode(Job.self, from: .object(canonical))
        let job = try Job(wire: .object(canonical))
        #expect(job == coded)
        #expect(job.wire == (try WireEncoder().encode(coded)))
        let inSteps = try JobWire.job(canonical: canonical)
        #expect(try JobWire.job(submitted: submitted) { _ in } == inSteps)
        #expect(try Job(wire: inSteps.wire) == inSteps)
    }

    private static let misfits: [(path: String, reason: String, value: JSON)] = [
        ("Count", "must be a whole number, not a string", "a"),
        ("Name", "must be a string, not a number", 1),
        ("Tasks[1].Env.A", "must be a string, not an array", [["Env": ["A": "x"]], ["Env": ["A": []]]]),
        ("Tasks", "must be an array, not an object", [:]),
        ("ShutdownDelay", "must be a whole number, not a bool", true),
        ("Scaling.CreateIndex", "-1 is not a whole number of 64 bits", ["CreateIndex": -1]),
        ("Networks[0]", "must be an object, not a number", [3]),
    ]

    @Test(arguments: misfits.indices)
    func namesThePlaceOfWhatDoesNotFit(at number: Int) throws {
        let (path, reason, value) = Self.misfits[number]
        let name = String(path.prefix { $0 != "[" && $0 != "." })
        let error = #expect(throws: WireError.self) { try GroupSpec(wire: .object([name: value])) }
        #expect(error == WireError(path: path, reason: reason))
    }

    @Test func namesTheGroupOfARefusedField() {
        let tree: JSON = ["ID": "a", "TaskGroups": [["Name": "g"], ["Tasks": [["Leader": 1]]]]]
        let error = #expect(throws: WireError.self) { try JobWire.job(submitted: tree) { _ in } }
        #expect(error?.path == "TaskGroups[1].Tasks[0].Leader")
        #expect(throws: WireError.self) { try JobWire.job(submitted: ["TaskGroups": "none"]) { _ in } }
    }

    // MARK: random trees

    private static func block(_ schema: BlockSchema, _ generator: inout SeededGenerator, depth: Int) -> JSONObject {
        var object = JSONObject()
        for field in schema.fields.shuffled(using: &generator) {
            guard let name = field.json, !name.hasSuffix("Index"), Int.random(in: 0..<3, using: &generator) > 0 else {
                continue
            }
            let written = [name, name, name.lowercased(), name.uppercased()].randomElement(using: &generator) ?? name
            object[written] = value(field, &generator, depth: depth)
        }
        return object
    }

    private static func value(_ field: FieldSchema, _ generator: inout SeededGenerator, depth: Int) -> JSON {
        if Int.random(in: 0..<8, using: &generator) == 0 { return .null }
        func text() -> String { ["", "a", "${JOB}-x", "batch"].randomElement(using: &generator) ?? "" }
        let count = depth > 4 ? 0 : Int.random(in: 0..<3, using: &generator)
        switch field.kind {
        case .text: return .string(text())
        case .integer: return .int(Int64.random(in: 0...3, using: &generator))
        case .flag: return .bool(Bool.random(using: &generator))
        case .bounded(let range): return .int(Int64.random(in: range, using: &generator))
        case .duration: return [0, 5_000_000_000, "30s", "0s"].randomElement(using: &generator) ?? 0
        case .texts: return .array((0..<count).map { _ in .string(text()) })
        case .textMap, .openTextMap: return .object(JSONObject((0..<count).map { ("k\($0)", .string(text())) }))
        case .textListMap: return .object(JSONObject((0..<count).map { ("k\($0)", [.string(text())]) }))
        case .free: return ["any": [1, 2.5, .null]]
        // One of them is a text of the typed job.
        case .any: return .string(text())
        case .block(let schema): return .object(block(schema, &generator, depth: depth + 1))
        case .blocks(let schema):
            return .array((0..<count).map { _ in .object(block(schema, &generator, depth: depth + 1)) })
        case .labelled(let schema):
            return .object(
                JSONObject((0..<count).map { ("l\($0)", .object(block(schema, &generator, depth: depth + 1))) }))
        }
    }
}
