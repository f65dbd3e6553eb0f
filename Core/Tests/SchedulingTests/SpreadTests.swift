import Base
import Model
import State
import Testing

@testable import Scheduling

/// What spreads make of percentages that do not name every value.
struct SpreadTests {
    /// Instances by rack of ten, on six nodes of three racks that are alike.
    @Test(arguments: [
        // All is named.
        ([("r1", 50), ("r2", 30), ("r3", 20)], [5, 3, 2]),
        // What is left of the percentages is for the others.
        ([("r1", 60), ("r2", 20)], [6, 2, 2]),
        // Named as what it is.
        ([("r1", 60), ("r2", 20), ("*", 20)], [6, 2, 2]),
        ([("r1", 40), ("*", 30)], [4, 3, 3]),
    ]) func shares(targets: [(String, Int)], expected: [Int]) {
        let racks = ["r1", "r2", "r3"]
        var world = World(nodes: (0..<6).map { makeNode($0 + 1, meta: ["rack": racks[$0 % 3]]) })
        let rule = spread("${meta.rack}", 100, targets)
        world.register(makeJob("web", groups: [makeGroup(count: 10, spreads: [rule])]))
        let counts = racks.map { rack in
            world.live("web").count { world.state.node($0.nodeID)?.meta["rack"] == rack }
        }
        #expect(counts == expected)
    }
}
