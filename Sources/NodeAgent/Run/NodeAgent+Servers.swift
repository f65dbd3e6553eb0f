import AgentCore
import Base
import Logging
import Model
import Synchronization

extension NodeAgent {
    /// Pauses between tries to reach a server, growing up to the last.
    private static let retryPauses: [TimeSpan] = [
        .milliseconds(200), .seconds(1), .seconds(2), .seconds(5), .seconds(10),
    ]
    /// News of allocations are gathered for so long before they are sent.
    private static let reportPause = TimeSpan.milliseconds(100)
    /// Part of the time to live after which the next heartbeat goes out.
    private static let heartbeatShare = 2
    private static let upstreamPause = TimeSpan.seconds(1)
    private static let driverPause = TimeSpan.seconds(30)

    /// Registers, then keeps up heartbeats, the stream of allocations and the reports, for ever.
    func talkToServers() async {
        var failures = 0
        while !Task.isCancelled {
            do throws(ServerLinkError) {
                let registered = node
                take(try await link.register(registered))
                failures = 0
                logger.info("the servers know this node", metadata: ["node": "\(identity.id)"])
                await session(registered)
            } catch {
                if error.code == .cancelled { return }
                logger.warning(
                    "can't register this node", metadata: ["error": "\(error.message)", "node": "\(identity.id.short)"])
                await Wall.sleep(Self.retryPauses[min(failures, Self.retryPauses.count - 1)])
                failures += 1
            }
        }
    }

    /// Ends when the node has to register again.
    private func session(_ registered: Node) async {
        await withTaskGroup { group in
            group.addTask { await self.heartbeats(registered) }
            group.addTask { await self.watchAllocations() }
            group.addTask { await self.reports() }
            await group.next()
            group.cancelAll()
        }
    }

    /// Ends when the servers don't know the node, or when the node has changed.
    private func heartbeats(_ registered: Node) async {
        // The first goes out at once: it makes the node ready.
        var pause = TimeSpan.zero
        while !Task.isCancelled {
            let end = Wall.now + pause
            // A changed node is told soon, not only with the next heartbeat.
            while Wall.now < end {
                await Wall.sleep(min(.seconds(1), end - Wall.now))
                if Task.isCancelled || node != registered { return }
            }
            do throws(ServerLinkError) {
                pause = Self.pause(take(try await link.heartbeat(identity.id, secretID: identity.secret)))
            } catch {
                if error.code == .unknownNode || error.code == .cancelled { return }
                logger.warning("heartbeat missed", metadata: ["error": "\(error.message)"])
                pause = .seconds(1)
            }
        }
    }

    @discardableResult private func take(_ grant: HeartbeatGrant) -> HeartbeatGrant {
        waiting.withLock { $0.serverHTTPAddresses = grant.httpAddresses }
        mailbox.post(.serverReached)
        return grant
    }

    private static func pause(_ grant: HeartbeatGrant) -> TimeSpan {
        max(.milliseconds(100), TimeSpan(nanoseconds: grant.ttl.nanoseconds / Int64(heartbeatShare)))
    }

    /// Ends by cancellation only.
    private func watchAllocations() async {
        var failures = 0
        while !Task.isCancelled {
            do throws(ServerLinkError) {
                try await link.watch(identity.id, secretID: identity.secret) { desired in
                    if !self.isEnding { self.mailbox.post(.desired(desired)) }
                }
            } catch {
                if error.code == .cancelled { return }
                if failures == 0 {
                    logger.warning("the stream of allocations broke off", metadata: ["error": "\(error.message)"])
                }
                await Wall.sleep(Self.retryPauses[min(failures, Self.retryPauses.count - 1)])
                failures += 1
            }
        }
    }

    /// Sends what has gathered. What could not be sent is kept, unless there is something newer.
    private func reports() async {
        while !Task.isCancelled {
            await Wall.sleep(Self.reportPause)
            let batch = waiting.withLock { waiting in
                defer { waiting.updates = [:] }
                return waiting.updates
            }
            guard !batch.isEmpty else { continue }
            let updates = batch.values.sorted { $0.id < $1.id }
            do throws(ServerLinkError) {
                try await link.report(updates, from: identity.id, secretID: identity.secret)
            } catch {
                waiting.withLock { $0.updates.merge(batch) { newer, _ in newer } }
                if error.code == .cancelled || error.code == .unknownNode { return }
                await Wall.sleep(.seconds(1))
            }
        }
    }

    /// Asks until another node's allocation has ended.
    func watchUpstream(_ id: AllocationID) async {
        while !Task.isCancelled {
            do throws(ServerLinkError) {
                let status = try await link.status(of: id)
                if status == nil || status == .unknown || status?.isTerminal == true { break }
            } catch {
                if error.code == .cancelled { return }
            }
            await Wall.sleep(Self.upstreamPause)
        }
        waiting.withLock { _ = $0.watched.remove(id) }
        mailbox.post(.upstreamEnded(id))
    }

    /// Asks the drivers again and again; a change makes the node register anew.
    func watchDrivers() async {
        while !Task.isCancelled {
            await Wall.sleep(Self.driverPause)
            if Task.isCancelled { return }
            var fresh = node
            await NodeFingerprint.addDrivers(drivers, to: &fresh, now: Wall.now)
            let now = fresh
            current.withLock { $0 = now }
        }
    }
}
