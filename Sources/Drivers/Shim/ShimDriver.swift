public import Base

/// A driver whose tasks live under a shim: all of a task's life but its start is the shim's business.
public protocol ShimDriver: Driver {
    var host: ShimHost { get }
}

extension ShimDriver {
    public func recover(_ handle: DriverHandle) async throws(DriverError) {
        try await driverCall { try await host.recover(handle) }
    }

    public func wait(_ handle: DriverHandle) async throws(DriverError) -> ExitResult {
        try await driverCall { try await host.wait(handle) }
    }

    public func stop(_ handle: DriverHandle, signal: String?, timeout: TimeSpan) async throws(DriverError) {
        try await driverCall { try await host.stop(handle, signal: signal, timeout: timeout) }
    }

    public func destroy(_ handle: DriverHandle, force: Bool) async throws(DriverError) {
        try await driverCall { try await host.destroy(handle, force: force) }
    }

    public func signal(_ handle: DriverHandle, name: String) async throws(DriverError) {
        try await driverCall { try await host.signal(handle, name: name) }
    }

    public func stats(_ handle: DriverHandle) async throws(DriverError) -> ResourceUsage {
        try await driverCall { try await host.stats(handle) }
    }

    public func exec(
        _ handle: DriverHandle, _ command: ExecCommand, input: any AsyncSequence<ExecInput, any Error> & Sendable,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(DriverError) -> ExitResult {
        try await driverCall { try await host.exec(handle, command, input: input, output: output) }
    }
}
