public import Base
public import Model

/// All allocations of a node: what an agent's shell feeds with news and asks what to do.
///
/// ```
/// var effects = machine.step(.desired(…), now: clock.now)   // perform them, feed results back
/// sleep until machine.nextWake, then machine.step(.tick, now: …)
/// ```
public struct NodeMachine: Sendable {
    /// Limits that the node's operator sets.
    public struct Settings: Hashable, Sendable {
        /// No task may ask for more time to end: `max_kill_timeout`.
        public var killTimeoutMax = TimeSpan.seconds(30)
        /// Beyond so many allocations, the oldest ones that have ended are removed: `gc_max_allocs`.
        public var allocationsMax = 50

        public init() {}
    }

    public private(set) var allocations: [AllocationID: AllocationMachine] = [:]
    public var settings: Settings
    private var generator: SeededGenerator
    private var serversKnown = false
    private var lastContact: Instant
    private var wakes: [AllocationID: Instant] = [:]

    /// `seed` decides attempts' names and restart delays.
    public init(settings: Settings = Settings(), seed: UInt64, now: Instant) {
        self.settings = settings
        generator = SeededGenerator(seed: seed)
        lastContact = now
    }

    /// The next time that `.tick` has something to do.
    public var nextWake: Instant? { wakes.values.min() }

    /// What to write down about an allocation; nil if it is gone.
    public func snapshot(of id: AllocationID) -> AllocationSnapshot? {
        guard let machine = allocations[id] else { return nil }
        return AllocationSnapshot(specification: StoredAllocation(machine.allocation), state: machine.record)
    }

    public mutating func step(_ input: AgentInput, now: Instant) -> AgentEffects {
        var context = StepContext(
            now: now, generator: generator, effects: AgentEffects(), killTimeoutMax: settings.killTimeoutMax,
            serversKnown: serversKnown)
        handle(input, &context)
        collectOverLimit(&context)
        generator = context.generator
        return context.effects
    }

    private mutating func handle(_ input: AgentInput, _ context: inout StepContext) {
        switch input {
        case .restored(let snapshots):
            for snapshot in snapshots.sorted(by: { $0.specification.id < $1.specification.id }) {
                restore(snapshot, &context)
            }
        case .desired(let desired): take(desired, &context)
        case .serverReached: lastContact = context.now
        case .built(let id, let result): update(id, &context) { $0.built(result, &$1) }
        case .task(let key, let input): update(key.allocation, &context) { $0.step(key.task, input, &$1) }
        case .upstreamEnded(let id): endUpstream(id, &context)
        case .checked(let key, let result): update(key.allocation, &context) { $0.checked(key, result, &$1) }
        case .request(let number, let request): answer(number, request, &context)
        case .removed(let id):
            allocations[id] = nil
            wakes[id] = nil
            endUpstream(id, &context)
        case .tick:
            disconnectLate(&context)
            for id in wakes.filter({ $0.value <= context.now }).keys.sorted() { update(id, &context) { $0.wake(&$1) } }
        }
        noteDisconnectWakes()
    }

    /// Steps one allocation, and those that wait for it if it has ended.
    private mutating func update(
        _ id: AllocationID, _ context: inout StepContext,
        _ body: (inout AllocationMachine, inout StepContext) -> Void
    ) {
        guard var machine = allocations.removeValue(forKey: id) else { return }
        let wasDone = machine.isDone
        context.take(machine.allocation)
        body(&machine, &context)
        let isDone = machine.isDone
        wakes[id] = machine.nextWake
        allocations[id] = machine
        if isDone, !wasDone { endUpstream(id, &context) }
    }

    // MARK: - What servers want

    private mutating func take(_ desired: DesiredAllocations, _ context: inout StepContext) {
        lastContact = context.now
        let isFirst = !serversKnown
        serversKnown = true
        context.serversKnown = true
        var gone = Set(desired.removed)
        if desired.isComplete { gone.formUnion(Set(allocations.keys).subtracting(desired.allocations.map(\.id))) }
        for id in gone.sorted() { update(id, &context) { $0.forget(&$1) } }
        // Predecessors are stopped before their successors look whether they run.
        for allocation in desired.allocations.sorted(by: Self.comesFirst) { take(allocation, &context, desired) }
        if isFirst { for id in allocations.keys.sorted() { update(id, &context) { $0.serverSpoke(&$1) } } }
    }

    private static func comesFirst(_ a: Allocation, _ b: Allocation) -> Bool {
        a.createIndex != b.createIndex ? a.createIndex < b.createIndex : a.id < b.id
    }

    private mutating func take(
        _ allocation: Allocation, _ context: inout StepContext, _ desired: DesiredAllocations
    ) {
        if let known = allocations[allocation.id] {
            if allocation.allocModifyIndex >= known.allocation.allocModifyIndex {
                update(allocation.id, &context) { $0.replace(allocation, &$1) }
            }
            // News may be older than what is reported already, but only missed heartbeats make an allocation unknown:
            // the servers want to hear of it again, also when the connection to them outlived the silence.
            let isForgotten = desired.isComplete || allocation.clientStatus == .unknown
            if isForgotten, allocation.clientStatus != known.update.clientStatus {
                update(allocation.id, &context) { $0.reportAgain(&$1) }
            }
            return
        }
        // What has ended is of no interest here; its directory was collected before.
        if allocation.isClientTerminal { return }
        add(allocation, record: nil, &context)
    }

    private mutating func add(_ allocation: Allocation, record: AllocationRecord?, _ context: inout StepContext) {
        var upstreams: Set<AllocationID> = []
        if record?.isBuilt != true, allocation.desiredStatus == .run {
            for id in [allocation.previousAllocation] + allocation.preemptedAllocations where !id.isZero {
                if let local = allocations[id] {
                    if !local.isDone { upstreams.insert(id) }
                } else {
                    upstreams.insert(id)
                    context.effects.upstreamWatches.append(id)
                }
            }
        }
        allocations[allocation.id] = AllocationMachine(allocation, upstreams: upstreams, now: context.now)
        update(allocation.id, &context) { machine, context in
            if let record { machine.restore(record, &context) } else { machine.begin(&context) }
        }
    }

    private mutating func restore(_ snapshot: AllocationSnapshot, _ context: inout StepContext) {
        add(snapshot.specification.allocation, record: snapshot.state, &context)
    }

    private mutating func endUpstream(_ id: AllocationID, _ context: inout StepContext) {
        for waiting in allocations.keys.sorted() {
            guard case .waiting(let upstreams) = allocations[waiting]?.phase, upstreams.contains(id) else { continue }
            update(waiting, &context) { $0.upstreamEnded(id, &$1) }
        }
    }

    // MARK: - Out of reach

    private func disconnectTime(_ machine: AllocationMachine) -> Instant? {
        guard machine.phase != .done, machine.ending == nil, let group = machine.allocation.group,
            let limit = group.disconnect?.stopOnClientAfter ?? group.stopAfterClientDisconnect, limit > .zero
        else { return nil }
        return lastContact + limit
    }

    private mutating func disconnectLate(_ context: inout StepContext) {
        for id in allocations.keys.sorted() {
            guard let machine = allocations[id], let time = disconnectTime(machine), time <= context.now
            else { continue }
            update(id, &context) { $0.disconnect(&$1) }
        }
    }

    private mutating func noteDisconnectWakes() {
        for (id, machine) in allocations {
            guard let time = disconnectTime(machine) else { continue }
            wakes[id] = min(time, machine.nextWake ?? time)
        }
    }

    // MARK: - What users ask

    private mutating func answer(_ number: UInt64, _ request: AgentRequest, _ context: inout StepContext) {
        var error: NodeLocalError?
        switch request {
        case .restart(let id, let selection):
            error = ask(id, &context) { $0.restart(selection, &$1) }
        case .signal(let id, let task, let name):
            error = ask(id, &context) { $0.signal(task, name, number, &$1) }
            // The shell answers once the signals are sent.
            if error == nil { return }
        case .collect(let id):
            if allocations[id] == nil { error = .unknownAllocation(id) } else { collect(id, &context) }
        case .collectAll:
            for id in allocations.keys.sorted() { collect(id, &context) }
        }
        context.effects.replies.append(AgentReply(request: number, error: error))
    }

    private mutating func ask(
        _ id: AllocationID, _ context: inout StepContext,
        _ body: (inout AllocationMachine, inout StepContext) -> NodeLocalError?
    ) -> NodeLocalError? {
        guard allocations[id] != nil else { return .unknownAllocation(id) }
        var error: NodeLocalError?
        update(id, &context) { error = body(&$0, &$1) }
        return error
    }

    private mutating func collect(_ id: AllocationID, _ context: inout StepContext) {
        guard let machine = allocations[id], machine.isDone, !machine.isRemoving else { return }
        allocations[id]?.isRemoving = true
        context.effects.removals.append(id)
    }

    private mutating func collectOverLimit(_ context: inout StepContext) {
        let excess = allocations.count - settings.allocationsMax
        guard excess > 0 else { return }
        let removing = allocations.values.filter(\.isRemoving).count
        var ended: [(time: Timestamp, id: AllocationID)] = []
        for machine in allocations.values where machine.isDone && !machine.isRemoving {
            let ends = machine.tasks.compactMap { $0.state.finishedAt }
            ended.append((ends.max() ?? .zero, machine.id))
        }
        ended.sort { $0.time != $1.time ? $0.time < $1.time : $0.id < $1.id }
        for (_, id) in ended.prefix(max(0, excess - removing)) { collect(id, &context) }
    }
}
