import Base
import Model
import Testing

@testable import ControlPlane

@Suite struct QueueTests {
    private let now = Instant(nanoseconds: 1_000)

    private func evaluation(_ number: UInt64, priority: Int = 50, _ status: EvaluationStatus = .pending) -> Evaluation {
        var evaluation = Evaluation()
        evaluation.id = EvaluationID(high: 1, low: number)
        evaluation.priority = priority
        evaluation.status = status
        return evaluation
    }

    private func drain(_ queue: inout EvaluationQueue) -> [UInt64] {
        var order: [UInt64] = []
        while let id = queue.pop() { order.append(id.low) }
        return order
    }

    @Test func higherPriorityFirstThenInOrder() {
        var queue = EvaluationQueue()
        for (number, priority) in [(1, 50), (2, 80), (3, 50), (4, 80)] as [(UInt64, Int)] {
            let one = evaluation(number, priority: priority)
            queue.update(one.id, one, now: now)
        }
        #expect(drain(&queue) == [2, 4, 1, 3])
    }

    @Test func delayedOnesWait() {
        var queue = EvaluationQueue()
        var one = evaluation(1)
        one.waitUntil = Timestamp(now + .seconds(5))
        queue.update(one.id, one, now: now)
        #expect(queue.pop() == nil)
        #expect(queue.nextDelayed() == now + .seconds(5))
        queue.release(at: now + .seconds(5)) { _ in 50 }
        #expect(drain(&queue) == [1])
    }

    @Test(
        arguments: [
            (["c1": true], false, ["c1"], true),
            (["c1": false], false, ["c1"], false),
            (["c1": false], false, ["c2"], true),
            (["c1": false], true, ["c1"], true),
        ] as [([String: Bool], Bool, Set<String>, Bool)])
    func blockedWakeByClass(_ known: [String: Bool], escaped: Bool, freed: Set<String>, wakes: Bool) {
        var queue = EvaluationQueue()
        var one = evaluation(1, .blocked)
        one.classEligibility = known
        one.escapedComputedClass = escaped
        queue.update(one.id, one, now: now)
        queue.unblock(classes: freed, nodes: [])
        #expect((queue.pop() != nil) == wakes)
        #expect(queue.blockedCount == (wakes ? 0 : 1))
    }

    @Test func endedOnesAreForgotten() {
        var queue = EvaluationQueue()
        var one = evaluation(1)
        queue.update(one.id, one, now: now)
        one.status = .canceled
        queue.update(one.id, one, now: now)
        #expect(queue.pop() == nil)
        #expect(queue.waitingCount == 0)
    }

    @Test func timersComeInOrderOfTimeThenOfSetting() {
        var timers = TimerQueue<String>()
        timers.set("b", at: Instant(nanoseconds: 20))
        timers.set("a", at: Instant(nanoseconds: 20))
        timers.set("c", at: Instant(nanoseconds: 10))
        timers.set("d", at: Instant(nanoseconds: 5))
        timers.set("d", at: Instant(nanoseconds: 30))
        timers.remove("c")
        var order: [String] = []
        while let (key, _) = timers.pop(at: Instant(nanoseconds: 25)) { order.append(key) }
        #expect(order == ["b", "a"])
        #expect(timers.next() == Instant(nanoseconds: 30))
    }
}
