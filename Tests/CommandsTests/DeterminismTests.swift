import Base
import Testing

@testable import Commands

/// A server may answer in any order, and dictionaries have none: the layouts must not show it.
@Suite("The same state gives the same bytes")
struct DeterminismTests {
    private static let rounds = 100

    private func check(_ elements: [JSON], _ layout: ([JSON]) -> [String]) {
        var generator = SeededGenerator(seed: 7)
        let first = layout(elements)
        for _ in 0..<Self.rounds { #expect(layout(elements.shuffled(using: &generator)) == first) }
    }

    @Test func listsDoNotDependOnTheOrderOfAnswers() {
        let allocations = (0..<12).map { Fixtures.allocation("0000000\($0 % 10)-\($0)", created: 10 + $0 / 4) }
        check(allocations) { AllocationLayout.list($0, show: Fixtures.show) }
        let jobs: [JSON] = (0..<12).map { ["ID": .string("job-\($0)"), "Type": "service", "Status": "running"] }
        check(jobs) { JobLayout.list($0, allNamespaces: true, show: Fixtures.show) }
        check(jobs) { JobLayout.instances($0) }
        let nodes: [JSON] = (0..<12).map { ["ID": .string("node-\($0)"), "Name": "n"] }
        check(nodes) { NodeLayout.list($0, show: Fixtures.show, options: NodeListOptions()) }
        let evaluations: [JSON] = (0..<12).map { ["ID": .string("eval-\($0)"), "CreateIndex": .int(Int64($0 / 3))] }
        check(evaluations) { JobLayout.evaluations($0, show: Fixtures.show) }
        let deployments: [JSON] = (0..<12).map { ["ID": .string("d-\($0)"), "CreateIndex": .int(Int64($0 / 3))] }
        check(deployments) { DeploymentLayout.list($0, show: Fixtures.show) }
        let members: [JSON] = (0..<12).map { ["Name": .string("server-\($0)"), "Addr": "127.0.0.1"] }
        check(members) { ServerLayout.list($0, leaders: []) }
    }

    @Test func membersOfObjectsAreShownByName() {
        var generator = SeededGenerator(seed: 9)
        let names = (0..<20).map { "name-\($0)" }
        func object(_ value: (Int) -> JSON) -> JSON {
            .object(JSONObject(names.indices.shuffled(using: &generator).map { (names[$0], value($0)) }))
        }
        func layouts() -> [[String]] {
            let groups = object { ["DesiredTotal": .int(Int64($0)), "DesiredCanaries": 1] }
            let metric: JSON = [
                "ClassFiltered": object { .int(Int64($0)) }, "ConstraintFiltered": object { .int(Int64($0)) },
                "DimensionExhausted": object { .int(Int64($0)) },
                "ScoreMetaData": [["NodeID": "n", "Scores": object { .double(Double($0)) }]],
            ]
            return [
                DeploymentLayout.status(["TaskGroups": groups], show: Fixtures.show),
                JobLayout.summary(["Summary": object { ["Running": .int(Int64($0))] }], show: Fixtures.show),
                PlacementLayout.reasons(metric, indent: ""), PlacementLayout.scores(metric, show: Fixtures.show),
                NodeLayout.attributes(
                    "Meta", object { .string("\($0)") }.objectValue?.sorted ?? [], show: Fixtures.show),
                AllocationTask.all(of: ["TaskStates": object { _ in ["State": "running"] }]).map(\.name),
            ]
        }
        let first = layouts()
        for _ in 0..<Self.rounds { #expect(layouts() == first) }
    }
}
