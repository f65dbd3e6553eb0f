import AgentCore
import Base
import ControlPlane
import Model
import State

/// A machine with an agent: the real NodeMachine, a fake driver, a disk, and the way to the servers.
struct SimulatedNode: Sendable {
    /// What is going to happen on the machine.
    enum Event: Sendable {
        case input(AgentInput)
        case wake
        case beat
        case timeout(Int)
        case retry(NodeRequest)
        case askStatus(AllocationID)
        case exit(attempt: String, code: Int, signal: Int)
        case started(TaskStartOrder)
        /// Tells whether the stream to the servers still lives.
        case checkStream(Int)
        /// Reports that were refused are sent again.
        case flush
    }

    /// What the world has to do for the machine.
    struct Actions: Sendable {
        var later: [(TimeSpan, Event)] = []
        var calls: [NodeCall] = []
    }

    let number: Int
    var node: Node
    var isPowered = false
    /// Taken away for good.
    var isRetired = false
    /// How far its clock is from the world's.
    var skew = TimeSpan.zero
    var life = 0
    var machine: NodeMachine?
    var driver = FakeDriver()
    var disk: [AllocationID: AllocationSnapshot] = [:]

    private var calls: [Int: NodeRequest] = [:]
    private var nextCall = 0
    /// The server it turns to.
    private(set) var contact = 0
    private var isRegistered = false
    /// The servers said that they don't know it: what they say now may be another history.
    private var wasUnknown = false
    var connection = 0
    /// The newest log position that the servers spoke of since the node registered: a server that is behind says
    /// nothing new, and what it doesn't know yet must not be forgotten.
    private var told: LogIndex = 0
    /// Whether the current stream has said anything yet.
    private var isConnected = false
    private var unreported: [AllocationID: AllocationUpdate] = [:]
    private var reporting: (call: Int, updates: [AllocationID: AllocationUpdate])?
    private var wake: Instant?
    /// Starts that were given up while they were under way.
    private var cancelled: Set<String> = []

    static let callTimeout = TimeSpan.seconds(3)
    static let retryDelay = TimeSpan.seconds(1)

    init(number: Int, node: Node) {
        self.number = number
        self.node = node
    }

    var name: String { node.name }

    // MARK: - Life of the agent

    /// The agent starts: with what its disk holds.
    mutating func start(seed: UInt64, world: inout NodeWorld) -> Actions {
        life += 1
        isPowered = true
        (calls, isRegistered, isConnected, unreported, reporting, wake) = ([:], false, false, [:], nil, nil)
        machine = NodeMachine(seed: seed, now: world.now)
        var actions = Actions()
        told = disk.values.map(\.specification.allocModifyIndex).max() ?? 0
        let snapshots = disk.values.sorted { $0.specification.id < $1.specification.id }
        if !snapshots.isEmpty { step(.restored(snapshots), &world, &actions) }
        call(.register(node), &actions)
        return actions
    }

    /// The agent is gone; processes go on.
    mutating func stopAgent() {
        life += 1
        machine = nil
    }

    /// The machine is switched off.
    mutating func powerOff() {
        stopAgent()
        isPowered = false
        driver.clear()
    }

    // MARK: - Steps

    mutating func handle(_ event: Event, _ world: inout NodeWorld) -> Actions {
        var actions = Actions()
        switch event {
        case .input(let input): step(input, &world, &actions)
        case .wake:
            wake = nil
            step(.tick, &world, &actions)
        case .beat: if isRegistered { call(.heartbeat, &actions) }
        case .retry(let request): call(request, &actions)
        case .timeout(let number): timeout(number, world, &actions)
        case .askStatus(let id): call(.status(id), &actions)
        case .started(let order): started(order, &world, &actions)
        case .exit(let attempt, let code, let signal):
            exited(attempt, code: code, signal: signal, &world, &actions)
        case .flush: flush(&actions)
        case .checkStream(let connection):
            if connection == self.connection, !isConnected { watch(&actions) }
        }
        return actions
    }

    private mutating func step(_ input: AgentInput, _ world: inout NodeWorld, _ actions: inout Actions) {
        guard var machine else { return }
        self.machine = nil
        let effects = machine.step(input, now: world.now)
        self.machine = machine
        perform(effects, &world, &actions)
        flush(&actions)
        guard let next = self.machine?.nextWake, next != wake else { return }
        wake = next
        actions.later.append((max(.milliseconds(1), next - world.now), .wake))
    }

    private mutating func perform(_ effects: AgentEffects, _ world: inout NodeWorld, _ actions: inout Actions) {
        for id in effects.specificationSaves + effects.stateSaves { disk[id] = machine?.snapshot(of: id) }
        for id in effects.builds {
            actions.later.append((world.driverDelay(), .input(.built(id, .success(AllocationSetup())))))
        }
        for order in effects.cancellations { cancelled.insert(order.attempt) }
        for order in effects.stops { stop(order, &world, &actions) }
        for order in effects.destroys { driver.forget(order.attempt) }
        for order in effects.recoveries { recover(order, &actions) }
        for order in effects.starts { actions.later.append((world.driverDelay(), .started(order))) }
        for order in effects.checks {
            let result = CheckResult(.passing, output: "ok")
            actions.later.append((world.driverDelay(), .input(.checked(order.key, result))))
        }
        for id in effects.upstreamWatches { actions.later.append((Self.retryDelay, .askStatus(id))) }
        for id in effects.removals {
            disk[id] = nil
            actions.later.append((.milliseconds(1), .input(.removed(id))))
        }
        for update in effects.updates { unreported[update.id] = update }
    }

    // MARK: - Processes

    private mutating func started(_ order: TaskStartOrder, _ world: inout NodeWorld, _ actions: inout Actions) {
        let group = machine?.allocations[order.key.allocation]?.allocation.group
        guard let spec = group?.task(order.key.task) else { return }
        let given = cancelled.remove(order.attempt).map { _ in "cancelled" }
        if let message = given ?? spec.config["start_error"]?.stringValue ?? world.driverFault("start") {
            let answer = TaskInput.startFailed(attempt: order.attempt, .driver, message: message, recoverable: true)
            return step(.task(order.key, answer), &world, &actions)
        }
        let process = driver.start(order, spec, now: world.now)
        if let ends = process.ends {
            actions.later.append(
                (ends - world.now, .exit(attempt: order.attempt, code: process.exitCode, signal: 0)))
        }
        let info = StartedInfo(handle: order.attempt)
        step(.task(order.key, .started(attempt: order.attempt, info)), &world, &actions)
    }

    private mutating func stop(_ order: TaskStopOrder, _ world: inout NodeWorld, _ actions: inout Actions) {
        if let message = world.driverFault("stop") {
            let answer = TaskInput.stopFailed(attempt: order.attempt, message: message)
            actions.later.append((world.driverDelay(), .input(.task(order.key, answer))))
            return
        }
        let ignores = driver.processes[order.attempt]?.ignoresStop ?? false
        let delay = ignores ? order.timeout : min(order.timeout, world.driverDelay())
        actions.later.append(
            (
                max(.milliseconds(1), delay),
                .exit(attempt: order.attempt, code: ignores ? 137 : 0, signal: ignores ? 9 : 0)
            ))
    }

    private mutating func exited(
        _ attempt: String, code: Int, signal: Int, _ world: inout NodeWorld, _ actions: inout Actions
    ) {
        guard let key = driver.processes[attempt]?.key, let exit = driver.end(attempt, code: code, signal: signal)
        else { return }
        step(.task(key, .exited(attempt: attempt, exit)), &world, &actions)
    }

    private mutating func recover(_ order: TaskRecovery, _ actions: inout Actions) {
        guard let process = driver.processes[order.attempt] else {
            let answer = TaskInput.recoveryFailed(attempt: order.attempt, message: "no such process")
            return actions.later.append((.milliseconds(5), .input(.task(order.key, answer))))
        }
        actions.later.append((.milliseconds(5), .input(.task(order.key, .recovered(attempt: order.attempt)))))
        if let exit = process.exit {
            actions.later.append((.milliseconds(6), .input(.task(order.key, .exited(attempt: order.attempt, exit)))))
        }
    }

    // MARK: - Calls to servers

    private mutating func call(_ request: NodeRequest, _ actions: inout Actions) {
        guard machine != nil else { return }
        nextCall += 1
        calls[nextCall] = request
        actions.calls.append(
            NodeCall(node: number, life: life, number: nextCall, id: node.id, server: contact, request: request))
        actions.later.append((Self.callTimeout, .timeout(nextCall)))
    }

    /// Turns to another server, for the stream too.
    private mutating func turn(_ world: NodeWorld, _ actions: inout Actions) {
        guard world.servers > 1 else { return }
        contact = (contact + 1) % world.servers
        if isRegistered { watch(&actions) }
    }

    private mutating func timeout(_ number: Int, _ world: NodeWorld, _ actions: inout Actions) {
        guard let request = calls.removeValue(forKey: number) else { return }
        switch request {
        case .register, .heartbeat: turn(world, &actions)
        default: break
        }
        switch request {
        case .watch: break
        case .report:
            reporting = nil
            flush(&actions)
        case .status(let id): actions.later.append((Self.retryDelay, .askStatus(id)))
        case .register, .heartbeat: actions.later.append((Self.retryDelay, .retry(request)))
        }
    }

    mutating func receive(_ answer: NodeAnswer, to number: Int, _ world: inout NodeWorld) -> Actions {
        var actions = Actions()
        // An answer may come twice, or after its question was given up.
        guard let request = calls.removeValue(forKey: number) else { return actions }
        switch (request, answer) {
        case (.register, .granted(let ttl)), (.heartbeat, .granted(let ttl)):
            actions.later.append((TimeSpan(nanoseconds: ttl.nanoseconds / 2), .beat))
            step(.serverReached, &world, &actions)
            if !isRegistered {
                isRegistered = true
                if case .register = request, wasUnknown { told = 0 }
                wasUnknown = false
                watch(&actions)
                flush(&actions)
            }
        case (.heartbeat, .refused(let error)) where error.status == 404:
            (isRegistered, wasUnknown) = (false, true)
            call(.register(node), &actions)
        case (.register, .refused), (.heartbeat, .refused):
            turn(world, &actions)
            actions.later.append((Self.retryDelay, .retry(request)))
        case (.report, .reported):
            for (id, update) in reporting?.updates ?? [:] where unreported[id] == update { unreported[id] = nil }
            reporting = nil
            flush(&actions)
        case (.report, .refused):
            reporting = nil
            actions.later.append((Self.retryDelay, .flush))
        case (.status(let id), .refused): actions.later.append((Self.retryDelay, .askStatus(id)))
        case (.status(let id), .status(let status)):
            if status.map({ $0.isTerminal || $0 == .unknown }) ?? true {
                step(.upstreamEnded(id), &world, &actions)
            } else {
                actions.later.append((Self.retryDelay, .askStatus(id)))
            }
        default: break
        }
        return actions
    }

    /// Sends what is not reported yet, one report at a time.
    private mutating func flush(_ actions: inout Actions) {
        guard isRegistered, reporting == nil, !unreported.isEmpty else { return }
        let updates = unreported
        call(.report(updates.values.sorted { $0.id < $1.id }), &actions)
        reporting = (nextCall, updates)
    }

    // MARK: - The stream from servers

    private mutating func watch(_ actions: inout Actions) {
        connection += 1
        isConnected = false
        call(.watch(connection: connection), &actions)
        actions.later.append((Self.callTimeout, .checkStream(connection)))
    }

    mutating func pushed(_ desired: DesiredAllocations, on connection: Int, _ world: inout NodeWorld) -> Actions {
        var actions = Actions()
        guard connection == self.connection, machine != nil else { return actions }
        isConnected = true
        guard desired.index >= told else { return actions }
        told = desired.index
        step(.desired(desired), &world, &actions)
        return actions
    }

    /// The stream broke; a new one begins with everything.
    mutating func streamBroke(_ connection: Int) -> Actions {
        var actions = Actions()
        guard connection == self.connection, machine != nil, isRegistered else { return actions }
        watch(&actions)
        return actions
    }
}

/// What a machine sees of the world during one event.
struct NodeWorld {
    /// By the machine's clock.
    let now: Instant
    /// How many servers there are to turn to.
    let servers: Int
    let faults: Faults
    var generator: SeededGenerator

    mutating func driverDelay() -> TimeSpan {
        TimeSpan(
            nanoseconds: Int64.random(in: 1_000_000...max(2_000_000, faults.driverMax.nanoseconds), using: &generator))
    }

    /// A text if the driver fails now.
    mutating func driverFault(_ verb: String) -> String? {
        guard faults.driver > 0, Double.random(in: 0..<1, using: &generator) < faults.driver else { return nil }
        return "the driver failed to \(verb)"
    }
}
