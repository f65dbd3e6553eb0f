public import AgentCore
import Base
public import Drivers
public import Logging
public import Model
public import ServiceLifecycle
import Synchronization

/// The client half of an agent: runs on this machine what the servers want.
///
/// `run()` lives as long as the agent; when it is cancelled the tasks go on (unless the configuration says
/// otherwise), and the next agent with the same state directory finds them. `local` answers the HTTP layer.
public final class NodeAgent: Service {
    let configuration: NodeAgentConfiguration
    let drivers: DriverSet
    let link: any ServerLink
    let logger: Logger
    let store: AgentStore
    let identity: NodeIdentity
    let mailbox = Mailbox()
    let machine: Mutex<NodeMachine>
    let current: Mutex<Node>
    let waiting = Mutex(Waiting())
    let hostMeter: HostMeter

    /// What of the shell's own waits for something.
    struct Waiting {
        var requests: [UInt64: CheckedContinuation<NodeLocalError?, Never>] = [:]
        var nextRequest: UInt64 = 1
        /// Starts that are under way, by attempt.
        var starts: [String: CancelSwitch] = [:]
        /// How many calls that touch an allocation's directory are under way.
        var busy: [AllocationID: Int] = [:]
        var watched: Set<AllocationID> = []
        var updates: [AllocationID: AllocationUpdate] = [:]
        /// As the servers told them last.
        var serverHTTPAddresses: [String] = []
        /// Set once the agent was asked to end.
        var exitUntil: Instant?
    }

    /// Opens the agent's file, reads or makes the node's identity and looks at the machine. Throws when the
    /// directories can't be made or the file can't be used.
    public init(
        configuration: NodeAgentConfiguration, drivers: DriverSet, link: any ServerLink, logger: Logger
    ) async throws {
        self.configuration = configuration
        self.drivers = drivers
        self.link = link
        self.logger = logger
        try await blocking {
            try HostPath.makeDirectories(configuration.stateDirectory, mode: 0o700)
            try HostPath.makeDirectories(configuration.allocationsDirectory, mode: 0o711)
        }
        store = try await blocking { try AgentStore(path: configuration.stateDirectory + "/client.sqlite") }
        identity = try await Self.identity(store)
        hostMeter = HostMeter(allocationsDirectory: configuration.allocationsDirectory)

        var settings = NodeMachine.Settings()
        settings.killTimeoutMax = configuration.maxKillTimeout
        settings.allocationsMax = configuration.gcMaxAllocations
        var system = SystemRandomNumberGenerator()
        machine = Mutex(NodeMachine(settings: settings, seed: system.next(), now: Wall.now))

        let fingerprint = NodeFingerprint(configuration: configuration, identity: identity)
        var node = try await blocking { fingerprint.node() }
        await NodeFingerprint.addDrivers(drivers, to: &node, now: Wall.now)
        current = Mutex(node)
    }

    private static func identity(_ store: AgentStore) async throws -> NodeIdentity {
        if let text = try await store.setting("node_id"), let id = NodeID(text),
            let secret = try await store.setting("node_secret")
        {
            return NodeIdentity(id: id, secret: secret)
        }
        var system = SystemRandomNumberGenerator()
        let identity = NodeIdentity(
            id: NodeID(using: &system), secret: ID<NodeIdentity>(using: &system).text)
        // The secret first: with an id there must be one.
        try await store.set("node_secret", to: identity.secret)
        try await store.set("node_id", to: identity.id.text)
        return identity
    }

    /// The node as it describes itself now.
    public var node: Node { current.withLock { $0 } }

    /// `host:port` of the servers' HTTP API, as they said last; empty before the first contact.
    public var serverHTTPAddresses: [String] { waiting.withLock { $0.serverHTTPAddresses } }

    /// MHz of one core of this machine, for drivers that turn shares of a core into MHz. Blocks for a moment.
    public static func coreMHz() -> Double { Double(NodeFingerprint.processors().frequency) }

    /// The local services for the HTTP layer.
    public var local: any NodeLocalAPI { NodeLocalServices(agent: self) }

    /// Takes what a driver has to say about a task. Never blocks; may be called from any thread.
    public func report(_ event: DriverEvent) {
        guard let id = AllocationID(event.allocationID) else { return }
        mailbox.post(
            .task(
                TaskKey(id, event.taskName),
                .event(.driver(event.message, annotations: event.annotations, at: Wall.now))))
    }

    public func run() async throws {
        let snapshots = try await store.load()
        await sweep(snapshots)
        if !snapshots.isEmpty {
            logger.info("going on with allocations from before", metadata: ["count": "\(snapshots.count)"])
            mailbox.post(.restored(snapshots))
        }
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.talkToServers() }
                group.addTask { await self.watchDrivers() }
                group.addTask { await self.watchDisk() }
                while !Task.isCancelled {
                    await self.turn(&group)
                    if Task.isCancelled || self.isOver { break }
                    await self.rest()
                }
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.beginExit()
        }
    }

    /// Ends what an earlier agent started and died before it could write it down: nobody else would.
    private func sweep(_ snapshots: [AllocationSnapshot]) async {
        let tasks = snapshots.flatMap(\.state.tasks.values)
        // A handle that can't be read names nothing; its task is told as lost when it is to be recovered.
        await drivers.sweep(keeping: tasks.compactMap { $0.started }.compactMap { try? DriverHandle(text: $0.handle) })
    }

    /// How long an agent that takes its tasks along waits for them.
    static let exitTimeMax = TimeSpan.seconds(15)

    private func beginExit() {
        waiting.withLock { $0.exitUntil = Wall.now + Self.exitTimeMax }
        if configuration.stopsTasksAtExit {
            logger.info("stopping all tasks before the agent ends")
            mailbox.post(.desired(DesiredAllocations(index: 0, isComplete: true, allocations: [])))
        } else {
            mailbox.post(.tick)
        }
    }

    /// Whether the agent was asked to end and has nothing left to wait for.
    private var isOver: Bool {
        guard let until = waiting.withLock({ $0.exitUntil }) else { return false }
        return !configuration.stopsTasksAtExit || until <= Wall.now || machine.withLock { $0.allocations.isEmpty }
    }

    /// Whether what the servers want counts no more.
    var isEnding: Bool { waiting.withLock { $0.exitUntil != nil } }

    /// One turn: everything that has happened, then everything that has to be done about it.
    private func turn(_ group: inout DiscardingTaskGroup) async {
        var inputs = mailbox.take()
        let now = Wall.now
        if let wake = machine.withLock({ $0.nextWake }), wake <= now { inputs.append(.tick) }
        guard !inputs.isEmpty else { return }
        let (effects, whole, states) = machine.withLock { machine in
            var all: [AgentEffects] = []
            for input in inputs { all.append(machine.step(input, now: now)) }
            let whole = Set(all.flatMap(\.specificationSaves))
            let states = Set(all.flatMap(\.stateSaves)).subtracting(whole)
            return (
                all, whole.sorted().compactMap { machine.snapshot(of: $0) },
                states.sorted().compactMap { machine.snapshot(of: $0) }
            )
        }
        // On disk before anything is done or told: what was ordered is known after a crash.
        do {
            try await store.save(whole: whole, states: states)
        } catch {
            logger.error(
                "can't write the agent's state file", metadata: ["error": "\(error)", "path": "\(store.path)"])
        }
        for each in effects { perform(each, &group) }
    }

    /// Waits for news, the machine's next wake, or the end of the time to exit.
    private func rest() async {
        let exit = waiting.withLock { $0.exitUntil }
        let wakes = [machine.withLock { $0.nextWake }, exit].compactMap { $0 }
        guard let wake = wakes.min() else { return await mailbox.wait() }
        let time = wake - Wall.now
        if time <= .zero { return }
        await withTaskGroup { group in
            group.addTask { await Wall.sleep(time) }
            group.addTask { await self.mailbox.wait() }
            await group.next()
            group.cancelAll()
        }
    }
}
