import Base
import Testing

@testable import ControlPlane

@Suite struct LeaderClockTests {
    private func at(_ seconds: Int64) -> Instant { Instant(nanoseconds: seconds * 1_000_000_000) }

    @Test func followsItsClock() {
        var clock = LeaderClock(now: at(100))
        clock.advance(to: at(120))
        #expect(clock.now == at(120))
        #expect(clock.shown(at: at(150)) == at(150))
    }

    /// The log is from a server whose clock was ahead, or the own clock was set back.
    @Test func goesOnSlowerWhileItsClockIsBehind() {
        var clock = LeaderClock(now: at(100))
        clock.advance(to: at(40))
        #expect(clock.now == at(100))
        clock.advance(to: at(50))
        #expect(clock.now == at(109))
        clock.advance(to: at(30))
        #expect(clock.now == at(109), "a clock that is set back again costs nothing")
        clock.advance(to: at(40))
        #expect(clock.now == at(118))
        clock.advance(to: at(2000))
        #expect(clock.now == at(2000))
    }

    /// Woken at the time that it asked for, it is there.
    @Test(arguments: [1, 9, 60, 599, 600, 601, 5000] as [Int64])
    func knowsWhenToBeWoken(_ seconds: Int64) {
        var clock = LeaderClock(now: at(100))
        clock.advance(to: at(40))
        let due = at(100 + seconds)
        let wake = clock.shown(at: due)
        #expect(wake > at(40) && wake <= due)
        clock.advance(to: wake)
        #expect(clock.now >= due)
        #expect(clock.now <= due + .milliseconds(1))
    }
}
