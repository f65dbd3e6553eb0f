internal import Glibc
internal import NIOPosix

/// Runs a short blocking call (a file, a directory) on a pool of threads that may block. Goes through also when
/// the caller is cancelled, so that it may be used to clean up.
func blocking<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        NIOThreadPool.singleton.submit { state in
            switch state {
            case .active: continuation.resume(with: Result { try body() })
            case .cancelled: continuation.resume(throwing: CancellationError())
            }
        }
    }
}

/// Runs a call that may block for long (waiting for another program) on a thread of its own, so that a program
/// that hangs holds up nobody else. Goes through also when the caller is cancelled.
func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        let work = Work { continuation.resume(with: Result { try body() }) }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(work)
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        if result != 0 {
            argument.release()
            continuation.resume(throwing: DriverError(.failed, "no thread could be started", recoverable: true))
        }
    }
}

/// What a thread has to do, in a form that can be passed to C.
private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Turns whatever is thrown into the one error type that drivers throw.
func driverCall<R>(_ body: () async throws -> R) async throws(DriverError) -> R {
    do {
        return try await body()
    } catch let error as DriverError {
        throw error
    } catch is CancellationError {
        throw DriverError(.cancelled, "the call was cancelled", recoverable: true)
    } catch {
        throw DriverError(.failed, "\(error)", recoverable: true)
    }
}
