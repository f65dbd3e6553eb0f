internal import Base

/// All that is needed to find a running task again. The agent writes it down before it believes in the task.
public struct DriverHandle: Codable, Hashable, Sendable {
    /// The newest form that this program writes and reads.
    public static let currentVersion = 1

    /// Version of `state`'s form.
    public var version: Int
    /// The driver that made it.
    public var driver: String
    /// `TaskStart.id` of the start that made it.
    public var taskID: String
    public var allocationID: String
    public var taskName: String
    /// The driver's own data (container id, directory of the helper process …).
    public var state: [String: String]

    public init(
        driver: String, taskID: String, allocationID: String, taskName: String, state: [String: String],
        version: Int = DriverHandle.currentVersion
    ) {
        self.version = version
        self.driver = driver
        self.taskID = taskID
        self.allocationID = allocationID
        self.taskName = taskName
        self.state = state
    }

    /// The text form that the agent may persist.
    public var text: String {
        let state = state.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        return JSON.object([
            "Version": .int(Int64(version)), "Driver": .string(driver), "TaskID": .string(taskID),
            "AllocID": .string(allocationID), "TaskName": .string(taskName), "State": .object(JSONObject(state)),
        ]).text
    }

    /// Reads the text form; throws `.failed` if it is not one.
    public init(text: String) throws(DriverError) {
        guard let json = try? JSON(parsing: text), let version = json["Version"]?.intValue,
            let driver = json["Driver"]?.stringValue, let taskID = json["TaskID"]?.stringValue,
            let allocationID = json["AllocID"]?.stringValue, let taskName = json["TaskName"]?.stringValue,
            let members = json["State"]?.objectValue?.members
        else { throw DriverError(.failed, "not a task handle: \(text.prefix(200))") }
        var state: [String: String] = [:]
        for member in members { state[member.name] = member.value.stringValue }
        self.init(
            driver: driver, taskID: taskID, allocationID: allocationID, taskName: taskName, state: state,
            version: Int(version))
    }
}

/// What `Driver.start` returns.
public struct StartedTask: Hashable, Sendable {
    public var handle: DriverHandle
    /// The task's own address, if it has one.
    public var network: NetworkOverride?

    public init(handle: DriverHandle, network: NetworkOverride? = nil) {
        self.handle = handle
        self.network = network
    }
}

/// Where a task is reached that the driver gave an address of its own.
public struct NetworkOverride: Codable, Hashable, Sendable {
    public var address: String
    /// Port label to the port at `address`.
    public var ports: [String: Int]
    /// Whether services with `address_mode = "auto"` advertise this address instead of the host's.
    public var advertises: Bool

    public init(address: String, ports: [String: Int], advertises: Bool) {
        self.address = address
        self.ports = ports
        self.advertises = advertises
    }
}

/// How a task, or a command run in it, ended.
public struct ExitResult: Codable, Hashable, Sendable {
    public var code: Int
    /// The signal that ended it, or 0.
    public var signal: Int
    /// Whether the kernel killed a process of the task because of its memory limit.
    public var oomKilled: Bool
    /// Why the result is not known or not trusted; nil for an ordinary end.
    public var error: String?

    public var isSuccess: Bool { code == 0 && signal == 0 && error == nil }

    public init(code: Int, signal: Int = 0, oomKilled: Bool = false, error: String? = nil) {
        self.code = code
        self.signal = signal
        self.oomKilled = oomKilled
        self.error = error
    }
}

/// Something a driver wants the task's event list to say, such as the progress of an image pull.
/// It becomes a task event of the type "Driver".
public struct DriverEvent: Hashable, Sendable {
    public var taskID: String
    public var allocationID: String
    public var taskName: String
    public var message: String
    public var annotations: [String: String]

    public init(
        taskID: String, allocationID: String, taskName: String, message: String, annotations: [String: String] = [:]
    ) {
        self.taskID = taskID
        self.allocationID = allocationID
        self.taskName = taskName
        self.message = message
        self.annotations = annotations
    }
}
