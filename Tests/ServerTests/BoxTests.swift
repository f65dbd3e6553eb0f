import Base
import ControlPlane
import Model
import State
import Testing

@testable import Server

/// The two boxes between the loops.
struct BoxTests {
    private static func report(_ count: Int) -> Command {
        .updateAllocations(NodeID(high: 1, low: 1), [AllocationUpdate](repeating: AllocationUpdate(), count: count))
    }

    private static func requests(_ inputs: [Input]) -> [RequestID] {
        inputs.compactMap { if case .command(let id, _) = $0 { id } else { nil } }
    }

    @Test func whatIsAskedForOvertakesWhatNodesSay() {
        let box = InputBox(capacity: 100)
        for id in 1...3 { #expect(box.send(RequestID(id), Self.report(InputBox.saidMax))) }
        #expect(box.send(4, .collectGarbage))
        #expect(Self.requests(box.takeAsked()) == [4])
        #expect(Self.requests(box.takeSaid()) == [1])
        #expect(box.send(5, .collectGarbage))
        #expect(Self.requests(box.takeAsked()) == [5])
        #expect(Self.requests(box.takeSaid()) == [2])
        #expect(Self.requests(box.takeSaid()) == [3])
        #expect(box.takeSaid().isEmpty && box.takeAsked().isEmpty)
    }

    @Test func smallReportsAreTakenTogetherInTheirOrder() {
        let box = InputBox(capacity: 100_000)
        let count = InputBox.saidMax + 10
        for id in 0..<count { #expect(box.send(RequestID(id), Self.report(1))) }
        #expect(Self.requests(box.takeSaid()) == (0..<InputBox.saidMax).map { RequestID($0) })
        #expect(Self.requests(box.takeSaid()) == (InputBox.saidMax..<count).map { RequestID($0) })
    }

    /// Part of the nodes' lane was taken when more comes: room is counted by what waits.
    @Test func aFullBoxRefusesAndHasRoomAgain() {
        let box = InputBox(capacity: 3)
        for round in 0..<10 {
            for id in 1...3 { #expect(box.send(RequestID(round * 10 + id), Self.report(InputBox.saidMax))) }
            #expect(!box.send(99, .collectGarbage))
            for id in 1...3 { #expect(Self.requests(box.takeSaid()) == [RequestID(round * 10 + id)]) }
        }
    }

    @Test func aWakeIsOneLookAndTheEndIsTold() async {
        let box = InputBox(capacity: 3)
        box.wake()
        box.wake()
        #expect(await box.wait(withReports: true))
        #expect(box.send(1, .collectGarbage))
        box.close()
        #expect(!box.send(2, .collectGarbage))
        #expect(await box.wait(withReports: true))
        #expect(Self.requests(box.takeAsked()) == [1])
        #expect(!(await box.wait(withReports: true)))
    }

    @Test func aNodeThatIsAliveOvertakesReports() {
        let box = InputBox(capacity: 3)
        #expect(box.send(1, Self.report(1)))
        #expect(box.send(2, .heartbeat(NodeID(high: 1, low: 1))))
        #expect(Self.requests(box.takeAsked()) == [2])
        #expect(Self.requests(box.takeSaid()) == [1])
    }

    /// While the journal is busy the loop waits for what can't wait.
    @Test func reportsWakeOnlyWhoWaitsForThem() async {
        let box = InputBox(capacity: 3)
        #expect(box.send(1, Self.report(1)))
        #expect(await box.wait(withReports: true))
        let waits = Task { await box.wait(withReports: false) }
        #expect(box.send(2, Self.report(1)))
        #expect(box.send(3, .collectGarbage))
        #expect(await waits.value)
        #expect(Self.requests(box.takeAsked()) == [3])
        #expect(Self.requests(box.takeSaid()) == [1, 2])
    }

    private static func commit(_ index: LogIndex) -> Commit {
        Commit(
            entries: [Entry(index: index, time: .zero, cause: "Test", changes: [])], touched: [[.other(.jobs)]],
            replies: [])
    }

    @Test func whatIsDecidedMeanwhileIsTakenTogetherWithTheNewestState() async throws {
        let box = CommitBox(capacity: 10)
        var state = State()
        for index in 1...3 {
            let commit = Self.commit(LogIndex(index))
            box.open()
            for entry in commit.entries { state.apply(entry) }
            #expect(box.put(commit, state: state))
        }
        // A step that decided nothing.
        box.open()
        #expect(box.put(Commit(), state: state))
        let taken = try #require(await box.take())
        #expect(taken.commit.entries.map(\.index) == [1, 2, 3])
        #expect(taken.commit.weight == 3)
        #expect(taken.state.index == 3)
        box.close()
        #expect(await box.take() == nil)
    }

    /// While the control loop is at work there is no state that belongs to the entries.
    @Test func nothingIsTakenWhileAStepIsUnderWay() async throws {
        let box = CommitBox(capacity: 10)
        var state = State()
        box.open()
        state.apply(Self.commit(1).entries[0])
        #expect(box.put(Self.commit(1), state: state))
        box.open()
        async let taken = box.take()
        state.apply(Self.commit(2).entries[0])
        #expect(box.put(Self.commit(2), state: state))
        #expect(try #require(await taken).commit.entries.map(\.index) == [1, 2])
    }

    @Test func tooMuchThatWaitsIsRefused() {
        let box = CommitBox(capacity: 1)
        #expect(box.put(Self.commit(1), state: State()))
        #expect(!box.put(Self.commit(2), state: State()))
    }
}
