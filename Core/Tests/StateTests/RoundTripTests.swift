import Base
import Model
import State
import Testing

/// What is written by hand is read back as it was.
@Suite struct RoundTripTests {
    private static let seeds = (0..<20).map { UInt64($0) }

    private func roundTrip<Value: BinaryForm & Equatable>(_ value: Value) throws {
        var writer = BinaryWriter()
        writer.write(value)
        var reader = BinaryReader(writer.bytes)
        #expect(try reader.value() == value)
        #expect(reader.isAtEnd)
        // Equal values give equal bytes.
        var again = BinaryWriter()
        again.write(try Self.back(writer.bytes) as Value)
        #expect(again.bytes == writer.bytes)
    }

    private static func back<Value: BinaryForm>(_ bytes: [UInt8]) throws -> Value {
        var reader = BinaryReader(bytes)
        return try reader.value()
    }

    @Test(arguments: seeds) func records(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        for _ in 0..<20 {
            try roundTrip(random.evaluation())
            try roundTrip(random.deployment())
            try roundTrip(random.metric())
            try roundTrip(random.resources())
            try roundTrip(random.update())
        }
    }

    @Test(arguments: seeds) func taskStatesArePackedWithoutLoss(seed: UInt64) {
        var random = RandomRecords(seed: seed)
        for _ in 0..<50 {
            let states = random.map(4) { $0.taskState() }
            let packed = PackedTaskStates(states)
            #expect(packed.states == states)
            #expect(packed == PackedTaskStates(packed.states))
            #expect(packed.isEmpty == states.isEmpty)
        }
    }

    @Test(arguments: seeds) func allocationsInRuns(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let jobs = [
            SharedJob(Sample.job("a")), SharedJob(Sample.job("a", version: 1)), SharedJob(Sample.job("b", count: 3)),
        ]
        let list = random.allocations(of: jobs, 200)
        var writer = BinaryWriter()
        try AllocationBundle(list).write(to: &writer)
        var reader = BinaryReader(writer.bytes)
        let back = try AllocationBundle(from: &reader).allocations
        #expect(back == list)
        #expect(reader.isAtEnd)
        // However the parts are shared in memory.
        var again = BinaryWriter()
        try AllocationBundle(back).write(to: &again)
        #expect(again.bytes == writer.bytes)
    }

    /// Damaged bytes are an error or other values, never a crash; what was read can be looked at.
    @Test(arguments: seeds) func damageIsNoCrash(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let list = random.allocations(of: [SharedJob(Sample.job("a"))], 20)
        var writer = BinaryWriter()
        try AllocationBundle(list).write(to: &writer)
        writer.write((0..<5).map { _ in random.update() })
        for _ in 0..<200 {
            var bytes = writer.bytes
            bytes[Int.random(in: 0..<bytes.count, using: &random.generator)] = UInt8(
                truncatingIfNeeded: random.generator.next())
            if random.flag() { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random.generator)) }
            var reader = BinaryReader(bytes)
            guard let bundle = try? AllocationBundle(from: &reader) else { continue }
            for allocation in bundle.allocations { _ = (allocation.taskStates, allocation.name) }
            let updates: [AllocationUpdate] = (try? reader.list()) ?? []
            for update in updates { _ = update.taskStates }
        }
    }
}
