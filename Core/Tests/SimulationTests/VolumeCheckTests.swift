import Base
import Model
import State
import Testing

@testable import Simulation

/// What the simulator takes for two users of a volume that must not be there at a time.
@Suite struct VolumeCheckTests {
    private static func allocation(_ number: UInt64, node: UInt64, _ mode: VolumeAccessMode, reads: Bool) -> Allocation
    {
        var request = VolumeRequest()
        (request.name, request.type, request.source) = ("v", "csi", "data")
        (request.accessMode, request.attachmentMode, request.readOnly) = (mode.rawValue, "file-system", reads)
        var group = GroupSpec()
        group.name = "g"
        group.volumes["v"] = request
        var job = Job()
        (job.id, job.taskGroups) = ("job\(number)", [group])
        var allocation = Allocation(job: SharedJob(job))
        allocation.id = AllocationID(high: 1, low: number)
        allocation.nodeID = NodeID(high: 2, low: node)
        (allocation.taskGroup, allocation.clientStatus) = ("g", .running)
        return allocation
    }

    @Test(
        arguments: [
            (.singleNodeWriter, false, 1, true), (.singleNodeWriter, true, 1, false),
            (.singleNodeWriter, true, 2, true),
            (.multiNodeSingleWriter, true, 2, false), (.multiNodeSingleWriter, false, 2, true),
            (.multiNodeMultiWriter, false, 2, false),
        ] as [(VolumeAccessMode, Bool, UInt64, Bool)])
    func twoUsers(mode: VolumeAccessMode, secondReads: Bool, node: UInt64, isBroken: Bool) {
        let first = Self.allocation(1, node: 1, mode, reads: false)
        var second = Self.allocation(2, node: node, mode, reads: secondReads)
        func violations(_ list: [Allocation]) -> [Violation] {
            var state = State()
            state.apply(Entry(index: 1, time: Instant.zero, cause: "test", changes: [.allocations(list)]))
            var checker = Checker()
            checker.examineClaims(on: VolumeKey(namespace: "default", id: "data"), state)
            return checker.violations
        }
        #expect(violations([first, second]).map(\.rule) == (isBroken ? [.volume] : []))
        // Who waits for the end of the other is no second user.
        var ending = first
        ending.desiredStatus = .stop
        second.previousAllocation = first.id
        second.clientStatus = .pending
        #expect(violations([ending, second]).isEmpty)
        // Neither is one that has ended.
        ending.clientStatus = .complete
        second.previousAllocation = .zero
        #expect(violations([ending, second]).isEmpty)
    }
}
