import Base
import Model
import State

// What is missing: holes, canaries, updates.
extension GroupReconciler {
    /// New instances for the indexes that nobody holds.
    mutating func fillHoles() {
        guard !isPaused else { return }
        let held = Set(members.map(\.index))
        // A failed rollout and one that waits for promotion start nothing new, but make good what was lost.
        let startsNew = !hasFailed && !isCanarying
        defer { decision.holesAt = decision.placements.count }
        for index in 0..<max(0, group.count) where !held.contains(index) {
            guard let orphan = orphans[index] else {
                if startsNew { decision.holes.append(index) }
                continue
            }
            if !startsNew, !orphan.deploymentID.isZero, orphan.deploymentID == context.failedDeployment?.id { continue }
            var placement = Placement(group: number, index: index, previous: orphan)
            placement.rescheduleDelay = rescheduleDelay(of: orphan)
            if isCanarying {
                if let old = versionToKeep(for: orphan, index) {
                    placement.job = old
                } else if classifier.change(orphan) == .destructive || canaries.contains(where: { $0.index == index }) {
                    continue
                }
            }
            decision.placements.append(placement)
            decision.desired.place += 1
        }
        decision.desired.place += decision.holes.count
    }

    /// The wait that the replacement of one out of reach notes as a reschedule; nil for all others.
    private func rescheduleDelay(of orphan: Allocation) -> TimeSpan? {
        guard group.disconnect != nil, orphan.clientStatus == .unknown, orphan.desiredStatus == .run else { return nil }
        let since = Classifier.unreachableSince(orphan)
        guard case .now(let delay) = classifier.replacement(of: orphan, unreachableSince: since) else { return nil }
        return delay
    }

    /// The old version in which an instance is made good while canaries wait: what they are compared with stays
    /// what it was. Nil where no old version has a place for the index; it is filled after promotion.
    private mutating func versionToKeep(for orphan: Allocation, _ index: Int) -> SharedJob? {
        var versions = destructive.max { $0.version < $1.version }.map { [$0.allocation.job] } ?? []
        if classifier.change(orphan) == .destructive { versions.append(orphan.job) }
        return versions.first { index < $0.job.group(group.name)?.count ?? 0 }
    }

    mutating func placeCanaries() {
        guard isCanarying, let rollout = decision.rollout, !isPaused else { return }
        let missing = rollout.desiredCanaries - canaries.count
        guard missing > 0 else { return }
        let held = Set(canaries.map(\.index))
        // Who runs the new version, or takes it over where it is, holds its index in it.
        let replaced = Set(destructive.map(\.allocation.id))
        let keepers = members.filter {
            !replaced.contains($0.allocation.id) && classifier.change($0.allocation) != .destructive
        }
        let placed = decision.placements.filter { $0.job == nil && !$0.isCanary }
        let ofNewVersion = Set(keepers.map(\.index) + placed.map(\.index) + decision.holes)
        // More canaries than instances: the rest has indexes beyond the count until promotion.
        let candidates = destructive.map(\.index) + Array(0..<max(group.count, rollout.desiredCanaries))
        var taken = held.union(ofNewVersion)
        for index in candidates where decision.desired.canary < missing && taken.insert(index).inserted {
            decision.placements.append(Placement(group: number, index: index, isCanary: true))
            decision.desired.canary += 1
        }
    }

    /// Updates in place, and replaces as many as the rollout allows at a time.
    mutating func update() {
        for member in inPlace { decision.inPlace.append(member.allocation) }
        decision.desired.inPlaceUpdate += inPlace.count
        var limit = destructive.count
        if let policy = group.update, policy.maxParallel > 0, job.kind == .service {
            limit = room(policy) - decision.desired.place
        }
        if isPaused || hasFailed || isCanarying { limit = 0 }
        let now = destructive.prefix(max(0, limit))
        for member in now {
            decision.placements.append(
                Placement(
                    group: number, index: member.index, previous: member.allocation,
                    stopsPrevious: StopReason.updating))
        }
        decision.desired.destructiveUpdate += now.count
        let leftOver = destructive.count - now.count
        decision.desired.ignore += leftOver
        if leftOver > 0 { decision.isSettled = false }
        let changing = Set((inPlace + destructive).map(\.allocation.id))
        for member in members where !changing.contains(member.allocation.id) {
            switch member.kind {
            case .live, .done, .failed, .waiting, .unknown, .held: decision.desired.ignore += 1
            case .lost, .migrating, .rescheduled, .disconnecting: break
            }
        }
        decision.desired.ignore += canaries.count { $0.kind == .live || $0.kind == .failed }
    }

    /// How many instances may be not yet healthy beyond those that are so now.
    private func room(_ policy: UpdatePolicy) -> Int {
        guard let deployment = context.deployment else { return policy.maxParallel }
        var room = policy.maxParallel
        for member in members + canaries where member.allocation.deploymentID == deployment.id {
            switch member.allocation.deploymentStatus?.healthy {
            case false: return 0
            case nil: room -= 1
            case true: break
            }
        }
        return room
    }

    mutating func finish() {
        let desired = decision.desired
        if desired.place + desired.canary + desired.migrate + desired.destructiveUpdate + desired.inPlaceUpdate > 0 {
            decision.isSettled = false
        }
        guard let rollout = decision.rollout, !decision.createsDeployment else { return }
        let isPromoted = rollout.desiredCanaries == 0 || rollout.promoted
        if !isPromoted || rollout.healthyAllocs < max(rollout.desiredTotal, rollout.desiredCanaries) {
            decision.isSettled = false
        }
    }
}
