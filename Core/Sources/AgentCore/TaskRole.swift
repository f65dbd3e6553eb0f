public import Model

/// When a task of a group runs, from its `lifecycle` block.
public enum TaskRole: Hashable, Sendable {
    /// Before the main tasks. A sidecar goes on beside them, others must end well first.
    case prestart(sidecar: Bool)
    case main
    /// Once the main tasks run.
    case poststart(sidecar: Bool)
    /// After everything else has ended.
    case poststop

    public init(_ lifecycle: LifecycleSpec?) {
        switch lifecycle?.hook {
        case "prestart": self = .prestart(sidecar: lifecycle?.sidecar ?? false)
        case "poststart": self = .poststart(sidecar: lifecycle?.sidecar ?? false)
        case "poststop": self = .poststop
        default: self = .main
        }
    }

    public var isSidecar: Bool {
        switch self {
        case .prestart(let sidecar), .poststart(let sidecar): sidecar
        case .main, .poststop: false
        }
    }

    /// Whether a successful end is followed by another start.
    public func restartsOnSuccess(in type: JobType) -> Bool {
        switch self {
        case .main: !type.runsToCompletion
        case .prestart(let sidecar), .poststart(let sidecar): sidecar
        case .poststop: false
        }
    }
}
