import Base
import Model
import State

/// What a job waits for besides a place, one sentence each.
struct Waits {
    /// Allocations that are named one by one.
    static let namedMax = 10

    let sentences: [String]

    init(_ job: Job, _ state: State, _ now: Instant) {
        var sentences: [String] = []
        if job.stop || job.isLauncher {
            self.sentences = []
            return
        }
        if state.schedulerConfiguration.pauseEvalBroker {
            sentences.append(
                "The evaluation broker is paused: set PauseEvalBroker to false in the scheduler configuration.")
        }
        sentences += Self.evaluations(job, state, now)
        if let deployment = state.latestDeployment(ofJob: job.key), deployment.jobVersion == job.version {
            sentences += Self.rollout(deployment, now)
        }
        sentences += Self.allocations(job, state)
        self.sentences = sentences
    }

    private static func evaluations(_ job: Job, _ state: State, _ now: Instant) -> [String] {
        state.evaluations(ofJob: job.key).compactMap { evaluation in
            guard evaluation.status == .pending else { return nil }
            guard let time = evaluation.waitUntil?.instant, time > now else {
                return
                    "The evaluation \(evaluation.id.short) (\(evaluation.triggeredBy.rawValue)) is about to be worked on."
            }
            return "The evaluation \(evaluation.id.short) (\(evaluation.triggeredBy.rawValue)) waits until "
                + "\(time.rfc3339())."
        }
    }

    private static func rollout(_ deployment: Deployment, _ now: Instant) -> [String] {
        let name = "The deployment \(deployment.id.short)"
        switch deployment.status {
        case .paused, .pending: return ["\(name) is paused: resume it with `deployment resume \(deployment.id.short)`."]
        case .failed:
            return [
                "\(name) has failed (\(deployment.statusDescription)): nothing new is placed before the job changes."
            ]
        case .running: break
        default: return []
        }
        var sentences: [String] = []
        for (group, rollout) in deployment.taskGroups.sorted(by: { $0.key < $1.key }) {
            if rollout.desiredCanaries > 0, !rollout.promoted {
                if rollout.healthyAllocs < rollout.desiredCanaries {
                    sentences.append(
                        "\(name) waits for healthy canaries of \"\(group)\": "
                            + "\(rollout.healthyAllocs) of \(rollout.desiredCanaries).")
                } else if !rollout.autoPromote {
                    sentences.append("\(name) waits for `deployment promote \(deployment.id.short)`.")
                }
            } else if rollout.healthyAllocs < rollout.desiredTotal {
                var text = "\(name) waits for healthy allocations of \"\(group)\": "
                text += "\(rollout.healthyAllocs) of \(rollout.desiredTotal)"
                if rollout.requireProgressBy != .zero {
                    text += "; it fails without progress by \(rollout.requireProgressBy.instant.rfc3339())"
                }
                sentences.append(text + ".")
            }
        }
        return sentences
    }

    private static func allocations(_ job: Job, _ state: State) -> [String] {
        var sentences: [String] = []
        for allocation in state.allocations(ofJob: job.key) where allocation.desiredStatus == .run {
            guard sentences.count < namedMax else { break }
            let name = "\(allocation.name) (\(allocation.id.short))"
            switch allocation.clientStatus {
            case .pending:
                let awaited = ([allocation.previousAllocation] + allocation.preemptedAllocations)
                    .compactMap { state.allocation($0) }.first { $0.occupiesNode && $0.clientStatus != .unknown }
                if let awaited {
                    sentences.append(
                        "\(name) starts when \(awaited.name) (\(awaited.id.short)) on \(awaited.nodeName) has ended.")
                } else {
                    sentences.append("\(name) was given to \(allocation.nodeName), which has not reported it running.")
                }
            case .unknown: sentences.append("\(name) is out of reach: \(allocation.nodeName) is disconnected.")
            case .failed where allocation.nextAllocation.isZero && allocation.followupEvalID.isZero:
                guard allocation.jobVersion == job.version else { continue }
                sentences.append(
                    "\(name) failed and its reschedule policy allows no further attempt: "
                        + "`job eval -force-reschedule \(job.id)` starts it again.")
            default: continue
            }
        }
        return sentences
    }
}
