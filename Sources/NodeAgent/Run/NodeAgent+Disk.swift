import AgentCore
import Base
import Logging
import Model
import Synchronization

extension NodeAgent {
    /// Looks again and again whether the disk under the allocations gets full; then what has ended goes, the oldest
    /// first, until there is room.
    func watchDisk() async {
        while !Task.isCancelled {
            await Wall.sleep(configuration.gcInterval)
            if Task.isCancelled { return }
            while let reason = await fullness(), let oldest = oldestEnded() {
                logger.warning(
                    "an allocation that has ended is removed to make room",
                    metadata: ["allocation": "\(oldest.short)", "reason": "\(reason)"])
                do { try await ask(.collect(oldest)) } catch { break }
                // One by one: the next look is at what this one gave back.
                while machine.withLock({ $0.allocations[oldest] != nil }) {
                    await Wall.sleep(.milliseconds(100))
                    if Task.isCancelled { return }
                }
            }
        }
    }

    /// Why room is needed; nil if there is enough.
    private func fullness() async -> String? {
        let path = configuration.allocationsDirectory
        guard let space = try? await blocking({ DiskSpace(path: path) }) else { return nil }
        if space.usedPercent > configuration.gcDiskUsageThreshold {
            return
                "disk usage of \(Int(space.usedPercent)) is over gc threshold of \(Int(configuration.gcDiskUsageThreshold))"
        }
        if space.inodesUsedPercent > configuration.gcInodeUsageThreshold {
            return "inode usage of \(Int(space.inodesUsedPercent)) is over gc threshold of "
                + "\(Int(configuration.gcInodeUsageThreshold))"
        }
        return nil
    }

    private func oldestEnded() -> AllocationID? {
        machine.withLock { machine -> AllocationID? in
            var oldest: (time: Timestamp, id: AllocationID)?
            for allocation in machine.allocations.values where allocation.isDone {
                let ends = allocation.tasks.compactMap { $0.state.finishedAt }
                let time = ends.max() ?? .zero
                if let known = oldest, (known.time, known.id) < (time, allocation.id) { continue }
                oldest = (time, allocation.id)
            }
            return oldest?.id
        }
    }
}
