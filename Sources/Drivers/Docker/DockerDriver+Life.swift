public import Base
internal import Logging

extension DockerDriver {
    public func wait(_ handle: DriverHandle) async throws(DriverError) -> ExitResult {
        try await driverCall {
            let container = try container(of: handle)
            while true {
                do {
                    return try await ended(container, handle)
                } catch let failure as DockerClient.Failure {
                    if failure.status == 404 {
                        return ExitResult(code: 137, signal: 9, error: "container \(container) was removed")
                    }
                    // The daemon is being restarted, perhaps; the container may live on.
                    environment.logger.debug("wait for container \(container): \(failure.message)")
                    try await _Concurrency.Task.sleep(for: .nanoseconds(Self.retryDelay.nanoseconds))
                }
            }
        }
    }

    private func ended(_ container: String, _ handle: DriverHandle) async throws -> ExitResult {
        try await client.call(.post("/containers/\(container)/wait"))
        if let directory = handle.state["logs"], !directory.isEmpty {
            try await logs.finish(directory, within: Self.logDrainMax)
        }
        let state = try await client.call(.get("/containers/\(container)/json"))["State"]
        if state?["Running"]?.boolValue == true { throw DockerClient.Failure(status: 0, message: "it runs again") }
        let code = Int(state?["ExitCode"]?.intValue ?? 0)
        var oomKilled = state?["OOMKilled"]?.boolValue ?? false
        if code == 137, !oomKilled {
            oomKilled = try await blocking { KernelLog.tellsOfOutOfMemory(container: container) }
        }
        let error = state?["Error"]?.stringValue ?? ""
        return ExitResult(code: code, oomKilled: oomKilled, error: error.isEmpty ? nil : error)
    }

    public func stop(_ handle: DriverHandle, signal: String?, timeout: TimeSpan) async throws(DriverError) {
        try await driverCall {
            let container = try container(of: handle)
            do {
                try await stop(container, signal: signal.flatMap { $0.isEmpty ? nil : $0 }, timeout: timeout)
            } catch let failure as DockerClient.Failure where failure.status == 404 || failure.status == 409 {
                return  // gone, or not running any more
            } catch let failure as DockerClient.Failure {
                throw failure.asDriverError("failed to stop container \(container)")
            }
            _ = try await wait(handle)
        }
    }

    private func stop(_ container: String, signal: String?, timeout: TimeSpan) async throws {
        if timeout > .zero {
            var name = "SIGTERM"
            if let signal {
                name = String(try Signals.number(signal))
            } else {
                let state = try await client.call(.get("/containers/\(container)/json"))
                if let own = state["Config"]?["StopSignal"]?.stringValue, !own.isEmpty { name = own }
            }
            try await client.call(.post("/containers/\(container)/kill", ["signal": name]))
            if try await isOver(container, within: timeout) { return }
        }
        try await client.call(.post("/containers/\(container)/kill", ["signal": "SIGKILL"]))
    }

    private func isOver(_ container: String, within limit: TimeSpan) async throws -> Bool {
        struct Late: Error {}
        do {
            try await within(limit, late: { Late() }) { [client] in
                _ = try await client.call(.post("/containers/\(container)/wait"))
            }
            return true
        } catch is Late {
            return false
        }
    }

    public func destroy(_ handle: DriverHandle, force: Bool) async throws(DriverError) {
        try await driverCall {
            let container = try container(of: handle)
            var exists = true
            do {
                let state = try await client.call(.get("/containers/\(container)/json"))["State"]
                if state?["Running"]?.boolValue == true {
                    if !force { throw DriverError(.stillRunning, "container \(container) still runs; stop it first") }
                    try await stop(handle, signal: nil, timeout: .zero)
                }
            } catch let failure as DockerClient.Failure {
                if failure.status != 404 { throw failure.asDriverError("failed to destroy container \(container)") }
                exists = false
            }
            if exists && settings.removesContainers { await remove(container) }
            usage.forget(handle.taskID)
            if let image = handle.state["image"] { images.end(image, task: handle.taskID, now: now()) }
            await logs.discard(logs.directory(taskID: handle.taskID))
        }
    }

    public func signal(_ handle: DriverHandle, name: String) async throws(DriverError) {
        try await driverCall {
            let number = try Signals.number(name)
            let container = try container(of: handle)
            do {
                try await client.call(.post("/containers/\(container)/kill", ["signal": String(number)]))
            } catch let failure as DockerClient.Failure {
                if failure.status == 404 || failure.status == 409 {
                    throw DriverError(.notRunning, "the container has ended, so it can't be sent \(name)")
                }
                throw failure.asDriverError("failed to send \(name) to container \(container)")
            }
        }
    }

    public func stats(_ handle: DriverHandle) async throws(DriverError) -> ResourceUsage {
        try await driverCall {
            let container = try container(of: handle)
            do {
                let stats = try await client.call(
                    .get("/containers/\(container)/stats", ["stream": "0", "one-shot": "1"]))
                guard stats["cpu_stats"]?["cpu_usage"]?["total_usage"]?.intValue ?? 0 > 0 else {
                    throw DriverError(.notRunning, "the container does not run")
                }
                let started = Instant(nanoseconds: handle.state["started"].flatMap { Int64($0) } ?? 0)
                return usage.usage(
                    handle.taskID, Self.counters(stats), started: started, at: now(), coreMHz: environment.coreMHz)
            } catch let failure as DockerClient.Failure {
                if failure.status == 404 || failure.status == 409 {
                    throw DriverError(.notRunning, "the container has ended")
                }
                throw failure.asDriverError("failed to measure container \(container)")
            }
        }
    }

    /// The daemon's statistics in the words of the shim's.
    static func counters(_ stats: JSON) -> ShimRecords {
        let cpu = stats["cpu_stats"]
        let memory = stats["memory_stats"]
        let details = memory?["stats"]
        var records = ShimRecords(["source": "docker"])
        func add(_ key: String, _ values: JSON?...) {
            records.add(key, Int(values.lazy.compactMap { $0?.intValue }.first ?? 0))
        }
        add("cpu_ns", cpu?["cpu_usage"]?["total_usage"])
        add("user_ns", cpu?["cpu_usage"]?["usage_in_usermode"])
        add("system_ns", cpu?["cpu_usage"]?["usage_in_kernelmode"])
        add("throttled_periods", cpu?["throttling_data"]?["throttled_periods"])
        add("throttled_ns", cpu?["throttling_data"]?["throttled_time"])
        add("rss", details?["total_rss"], details?["rss"], details?["anon"])
        add("cache", details?["total_cache"], details?["cache"], details?["file"])
        add("swap", details?["total_swap"], details?["swap"])
        add("kernel", details?["kernel_stack"])
        add("usage", memory?["usage"])
        add("max_usage", memory?["max_usage"])
        return records
    }
}
