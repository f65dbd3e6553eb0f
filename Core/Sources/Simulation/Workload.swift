import Base
import ControlPlane
import Model
import State

/// What a client wants at a certain time; what exactly, its own seed decides when the time has come, so that a
/// run without some of its wishes leaves the others as they were.
struct Wish: Hashable, Sendable {
    /// Since the run began.
    var time: TimeSpan
    var seed: UInt64
    /// Set when an operator purges the node of a machine that was taken away.
    var purges: Int?

    static func plan(until end: TimeSpan, by generator: inout SeededGenerator) -> [Wish] {
        let count = Int.random(in: 8...60, using: &generator)
        // Some clients come all at once, others now and then.
        let last = Int64.random(in: 5000...end.nanoseconds / 1_000_000, using: &generator)
        return (0..<count).map { _ in
            Wish(
                time: .milliseconds(Int64.random(in: 2000...max(last, 3000), using: &generator)), seed: generator.next()
            )
        }.sorted { $0.time < $1.time }
    }
}

extension World {
    private static let attemptsMax = 10

    /// A client does one thing; without a leader it tries again later.
    mutating func act(on wish: Wish, attempt: Int, number: Int) {
        let leaders = servers.indices.filter { servers[$0].leads }
        guard !leaders.isEmpty else {
            if attempt < Self.attemptsMax || wish.purges != nil {
                later(.seconds(3), .wish(number, attempt: attempt + 1))
            }
            return
        }
        var generator = SeededGenerator(seed: wish.seed)
        // A server that lost its lease and doesn't know it yet may be asked too.
        let at = leaders.randomElement(using: &generator) ?? leaders[0]
        if let machine = wish.purges {
            return _ = ask(at, .purgeNode(nodes[machine].node.id), "purge \(nodes[machine].name)")
        }
        if let (command, text) = command(of: &generator, servers[at].committed) { ask(at, command, text) }
    }

    private func command(of generator: inout SeededGenerator, _ state: State) -> (Command, String)? {
        let name = Workload.names.randomElement(using: &generator) ?? "web"
        let key = JobKey(namespace: "default", id: name)
        switch Int.random(in: 0..<26, using: &generator) {
        case 0..<10: return (.registerJob(RegisterJob(job: Workload.job(name, &generator))), "register \(name)")
        case 10, 11:
            let count = Int.random(in: 0...6, using: &generator)
            return (
                .scaleJob(key, group: "g", count: count, message: "", error: false, meta: nil), "scale \(name) \(count)"
            )
        case 12:
            return (.deregisterJob(key, purge: false, evalPriority: nil, noShutdownDelay: false), "stop \(name)")
        case 13:
            return (.deregisterJob(key, purge: true, evalPriority: nil, noShutdownDelay: false), "purge \(name)")
        case 14, 15:
            guard let one = state.allAllocations.filter({ !$0.isTerminal }).randomElement(using: &generator) else {
                return nil
            }
            return (.stopAllocation(one.id, noShutdownDelay: false), "stop \(one.name)")
        case 16:
            guard let version = state.versions(of: key).randomElement(using: &generator)?.job.version else {
                return nil
            }
            return (.revertJob(key, version: version, enforcePriorVersion: nil), "revert \(name)")
        case 17, 18: return deploymentWish(&generator, state)
        case 19, 20: return nodeWish(&generator, state)
        case 21: return (.evaluateJob(key, forceReschedule: Bool.random(using: &generator)), "evaluate \(name)")
        case 22: return dispatch(&generator)
        case 23 where !state.pluginIDs.isEmpty && state.allVolumes().isEmpty:
            return (.registerVolumes(Workload.volumes), "register volumes")
        case 23: return (.forcePeriodic(JobKey(namespace: "default", id: "nightly")), "force nightly")
        case 24: return configure(&generator, state)
        default: return (.collectGarbage, "collect")
        }
    }

    private func dispatch(_ generator: inout SeededGenerator) -> (Command, String) {
        let token = Bool.random(using: &generator) ? "" : "token\(Int.random(in: 0..<3, using: &generator))"
        return (
            .dispatchJob(
                JobKey(namespace: "default", id: "encode"), payload: nil, meta: [:], idPrefix: "",
                idempotencyToken: token), "dispatch encode"
        )
    }

    private func configure(_ generator: inout SeededGenerator, _ state: State) -> (Command, String) {
        var configuration = state.schedulerConfiguration
        configuration.schedulerAlgorithm = Bool.random(using: &generator) ? "binpack" : "spread"
        configuration.preemptionConfig.serviceSchedulerEnabled = Bool.random(using: &generator)
        configuration.preemptionConfig.batchSchedulerEnabled = Bool.random(using: &generator)
        configuration.preemptionConfig.sysBatchSchedulerEnabled = Bool.random(using: &generator)
        return (.setSchedulerConfiguration(configuration, checkIndex: nil), "configure the scheduler")
    }

    private func deploymentWish(_ generator: inout SeededGenerator, _ state: State) -> (Command, String)? {
        guard let one = state.allDeployments.filter({ $0.status.isActive }).randomElement(using: &generator) else {
            return nil
        }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: return (.failDeployment(one.id), "fail deployment of \(one.jobID)")
        case 1: return (.pauseDeployment(one.id, paused: true), "pause deployment of \(one.jobID)")
        case 2: return (.pauseDeployment(one.id, paused: false), "resume deployment of \(one.jobID)")
        default: return (.promoteDeployment(one.id, groups: nil), "promote deployment of \(one.jobID)")
        }
    }

    private func nodeWish(_ generator: inout SeededGenerator, _ state: State) -> (Command, String)? {
        guard let node = state.allNodes.randomElement(using: &generator) else { return nil }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: return (.setEligibility(node.id, eligible: false), "ineligible \(node.name)")
        case 1: return (.setEligibility(node.id, eligible: true), "eligible \(node.name)")
        case 2, 3:
            var strategy = DrainStrategy()
            strategy.deadline = .seconds(Int64.random(in: -1...120, using: &generator))
            if strategy.deadline == .zero { strategy.deadline = .seconds(60) }
            strategy.ignoreSystemJobs = Int.random(in: 0..<4, using: &generator) == 0
            return (.drainNode(node.id, strategy, markEligible: false, meta: nil), "drain \(node.name)")
        case 4: return (.drainNode(node.id, nil, markEligible: true, meta: nil), "undrain \(node.name)")
        default: return (.evaluateNode(node.id), "evaluate \(node.name)")
        }
    }
}
