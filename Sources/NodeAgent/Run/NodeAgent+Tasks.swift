import AgentCore
import Base
import Drivers
import Logging
import Model
import Synchronization

extension NodeAgent {
    /// Starts a task and stays with it until it has ended.
    func start(_ order: TaskStartOrder, _ cancel: CancelSwitch) async {
        let outcome = await cancel.run { await self.tryStart(order) }
        waiting.withLock { $0.starts[order.attempt] = nil }
        switch outcome {
        case .success(let started)?:
            mailbox.post(
                .task(order.key, .started(attempt: order.attempt, StartedInfo(started))))
            await wait(for: started.handle, order.key, order.attempt)
        case .failure(let failure)?:
            logger.info(
                "a task did not start", metadata: ["task": "\(order.key)", "reason": "\(failure.message)"])
            mailbox.post(
                .task(
                    order.key,
                    .startFailed(
                        attempt: order.attempt, failure.phase, message: failure.message,
                        recoverable: failure.recoverable)))
        case nil:
            mailbox.post(
                .task(
                    order.key,
                    .startFailed(attempt: order.attempt, .driver, message: "start cancelled", recoverable: true)))
        }
    }

    private func tryStart(_ order: TaskStartOrder) async -> Result<StartedTask, StartFailure> {
        do {
            guard let allocation = allocation(order.key.allocation),
                let spec = allocation.group?.task(order.key.task)
            else { throw StartFailure(.setup, "the allocation is gone") }
            try await ensureNetwork(allocation)
            let (driver, start) = try await prepare(allocation, spec, attempt: order.attempt)
            let started: StartedTask
            do {
                started = try await driver.start(start)
            } catch {
                throw StartFailure(.driver, error.message, recoverable: error.recoverable)
            }
            do {
                try await store.save(handle: StartedInfo(started), attempt: order.attempt, of: order.key)
            } catch {
                // A task that would be forgotten by the next agent must not run.
                try? await driver.destroy(started.handle, force: true)
                throw StartFailure(.setup, "the agent's state file can't be written: \(error)", recoverable: true)
            }
            return .success(started)
        } catch let failure as StartFailure {
            return .failure(failure)
        } catch {
            return .failure(StartFailure(.setup, "\(error)", recoverable: true))
        }
    }

    /// Waits for a task's end and tells it. Says nothing when the agent ends first.
    private func wait(for handle: DriverHandle, _ key: TaskKey, _ attempt: String) async {
        let exit: TaskExit
        do {
            let result = try await drivers.driver(handle.driver).wait(handle)
            exit = TaskExit(
                code: result.code, signal: result.signal, oomKilled: result.oomKilled, message: result.error)
        } catch {
            if Task.isCancelled { return }
            exit = TaskExit(code: 0, message: "the driver lost the task: \(error.message)")
        }
        mailbox.post(.task(key, .exited(attempt: attempt, exit)))
    }

    func recover(_ order: TaskRecovery) async {
        do {
            let handle = try DriverHandle(text: order.handle)
            try await drivers.driver(handle.driver).recover(handle)
            mailbox.post(.task(order.key, .recovered(attempt: order.attempt)))
            await wait(for: handle, order.key, order.attempt)
        } catch {
            if Task.isCancelled { return }
            logger.warning(
                "a task from before can't be found again",
                metadata: ["task": "\(order.key)", "reason": "\(error.message)"])
            try? await store.deleteHandle(order.key, attempt: order.attempt)
            mailbox.post(.task(order.key, .recoveryFailed(attempt: order.attempt, message: error.message)))
        }
    }

    func stop(_ order: TaskStopOrder) async {
        do {
            let handle = try DriverHandle(text: order.handle)
            try await drivers.driver(handle.driver).stop(handle, signal: order.signal, timeout: order.timeout)
        } catch {
            if Task.isCancelled { return }
            mailbox.post(.task(order.key, .stopFailed(attempt: order.attempt, message: error.message)))
        }
    }

    func destroy(_ order: TaskRecovery) async {
        defer { leave(order.key.allocation) }
        do {
            let handle = try DriverHandle(text: order.handle)
            try await drivers.driver(handle.driver).destroy(handle, force: true)
            try await store.deleteHandle(order.key, attempt: order.attempt)
        } catch {
            logger.warning(
                "what a task left can't be removed", metadata: ["task": "\(order.key)", "reason": "\(error)"])
        }
    }
}

/// Why a task did not start.
struct StartFailure: Error, Hashable, Sendable {
    var phase: StartPhase
    var message: String
    var recoverable: Bool

    init(_ phase: StartPhase, _ message: String, recoverable: Bool = false) {
        self.phase = phase
        self.message = message
        self.recoverable = recoverable
    }
}

extension StartedInfo {
    init(_ started: StartedTask) {
        self.init(
            handle: started.handle.text,
            network: started.network.map {
                TaskAddress(address: $0.address, ports: $0.ports, advertises: $0.advertises)
            })
    }
}
