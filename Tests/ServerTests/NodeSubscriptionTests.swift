import Base
import Model
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct NodeSubscriptionTests {
    private let id = AllocationID(high: 1, low: 2)

    @Test func urgentNewsLeaveNoRest() async {
        let subscription = NodeSubscription()
        #expect(subscription.add(id, isUrgent: true))
        await subscription.rest(for: .hours(24))
        await subscription.wait()
        #expect(subscription.take() == [id])
    }

    /// Whether the rest has begun or not when the news come, it does not last.
    @Test func urgentNewsEndARest() async {
        let subscription = NodeSubscription()
        let rest = Task { await subscription.rest(for: .hours(24)) }
        #expect(subscription.add(id, isUrgent: true))
        await rest.value
    }

    @Test func aRestEndsWithItsSubscription() async {
        let subscription = NodeSubscription()
        let rest = Task { await subscription.rest(for: .hours(24)) }
        subscription.cancel()
        await rest.value
    }

    @Test func ordinaryNewsComeTogether() async {
        let subscription = NodeSubscription()
        let other = AllocationID(high: 1, low: 1)
        for id in [id, other, id] { #expect(subscription.add(id, isUrgent: false)) }
        await subscription.rest(for: .milliseconds(1))
        await subscription.wait()
        #expect(subscription.take() == [id, other, id])
    }
}
