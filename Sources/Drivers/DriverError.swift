/// Why a driver could not do what it was asked.
public struct DriverError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of error it is. New codes may be added: switch with a default.
    public struct Code: Hashable, Sendable {
        public var name: String
        /// The task's `config` is wrong; the message has a line per mistake.
        public static let invalidConfig = Code(name: "invalid config")
        /// The driver is unknown or switched off.
        public static let noSuchDriver = Code(name: "no such driver")
        /// The driver is known, but something it needs isn't there.
        public static let unavailable = Code(name: "driver unavailable")
        /// The task could not be started (image, command, user, mount …).
        public static let startFailed = Code(name: "start failed")
        /// The handle's task does not exist any more.
        public static let notFound = Code(name: "task not found")
        /// `destroy` without force on a running task.
        public static let stillRunning = Code(name: "task still running")
        /// The task has ended, so it can't be signalled or asked.
        public static let notRunning = Code(name: "task not running")
        /// Something this driver does not do.
        public static let unsupported = Code(name: "not supported")
        /// The caller was cancelled.
        public static let cancelled = Code(name: "cancelled")
        /// The helper process or daemon answered something unexpected.
        public static let failed = Code(name: "driver failure")
    }

    public var code: Code
    /// What happened and what to do about it.
    public var message: String
    /// Whether another try may succeed without anybody changing the job. The restart policy applies if so;
    /// otherwise the task fails for good.
    public var recoverable: Bool

    public init(_ code: Code, _ message: String, recoverable: Bool = false) {
        self.code = code
        self.message = message
        self.recoverable = recoverable
    }

    public var description: String { message }
}
