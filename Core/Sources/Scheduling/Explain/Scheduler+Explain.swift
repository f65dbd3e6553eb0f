public import Base
public import Model
public import State

extension Scheduler {
    /// Remedies that are told of for a group, and how many of them are tried out.
    static let remediesMax = 5
    static let remediesTried = 8

    /// Why a job is not where it should be, and the smallest changes that would unblock it; nil for unknown jobs.
    ///
    /// Nothing is changed. Every remedy was tried on a copy of the state: it lets at least one more instance of its
    /// group be placed.
    ///
    /// - Complexity: one evaluation of the job, and one more for each of the few remedies tried.
    public mutating func explain(_ key: JobKey, state: State, now: Instant) -> JobExplanation? {
        guard let shared = state.job(key) else { return nil }
        let job = shared.job
        var result = JobExplanation()
        (result.namespace, result.jobID, result.jobVersion) = (job.namespace, job.id, job.version)
        result.waits = Waits(job, state, now).sentences
        if !job.stop, !job.isLauncher {
            let (evaluation, seeded) = Self.trial(job, state)
            var generator = seeded
            let run = run(evaluation, shared, state, now, &generator)
            for number in job.taskGroups.indices {
                if let group = explain(run, job, number, state, now) { result.groups.append(group) }
            }
        }
        result.summary = Self.summary(job, result)
        return result
    }

    private mutating func explain(
        _ run: EvaluationRun, _ job: Job, _ number: Int, _ state: State, _ now: Instant
    ) -> GroupExplanation? {
        let name = job.taskGroups[number].name
        guard let metric = run.plan.evaluation.failedTGAllocs[name] else { return nil }
        var result = GroupExplanation()
        (result.group, result.metric) = (name, metric)
        result.missing = max(1, run.plan.evaluation.queuedAllocations[name] ?? 0)
        let live = (state.allocations(ofJob: job.key).filter { !$0.isTerminal } + run.plan.allocations).filter {
            $0.taskGroup == name && $0.desiredStatus == .run
        }
        let held = Set(live.map(\.index))
        let missing = (0..<(held.count + 1)).first { !held.contains($0) } ?? 0
        guard let survey = NodeSurvey(run, job, group: number, missing: missing) else { return result }
        let placedNow = run.plan.allocations.count { $0.taskGroup == name && $0.clientStatus == .pending }
        for var remedy in Self.remedies(survey, run.proposed.columns).prefix(Self.remediesTried) {
            guard result.remedies.count < Self.remediesMax, let node = state.node(remedy.nodeID) else { break }
            let trial = RemedyTrial(remedy, job, group: number, node, state)
            remedy.places = Self.placed(trial, name, state, now) - placedNow
            if remedy.places > 0 { result.remedies.append(remedy) }
        }
        return result
    }

    /// The cheapest remedy of each kind, the cheapest kinds first.
    private static func remedies(_ survey: NodeSurvey, _ columns: NodeColumns) -> [Remedy] {
        struct Way {
            var row: Int
            var changes: [RemedyChange]
            var cost: Double
            var nodes: Int
        }
        var ways: [String: Way] = [:]
        for row in survey.rows {
            let changes = survey.obstacles(row)
            guard !changes.isEmpty else { continue }
            let kinds = changes.map { "\($0.kind.rawValue) \($0.subject)" }.joined(separator: "|")
            let cost = changes.reduce(0) { $0 + $1.cost }
            guard let known = ways[kinds] else {
                ways[kinds] = Way(row: row, changes: changes, cost: cost, nodes: 1)
                continue
            }
            let isBetter = (cost, columns.ids[row]) < (known.cost, columns.ids[known.row])
            ways[kinds] =
                isBetter
                ? Way(row: row, changes: changes, cost: cost, nodes: known.nodes + 1)
                : Way(row: known.row, changes: known.changes, cost: known.cost, nodes: known.nodes + 1)
        }
        let sorted = ways.values.sorted { ($0.cost, columns.ids[$0.row]) < ($1.cost, columns.ids[$1.row]) }
        return sorted.map { way in
            let node = columns.nodes[way.row]
            var remedy = Remedy()
            (remedy.changes, remedy.nodes) = (way.changes, way.nodes)
            (remedy.nodeID, remedy.nodeName) = (node.id, node.name)
            (remedy.nodeClass, remedy.datacenter) = (node.nodeClass, node.datacenter)
            let text = way.changes.map { $0.text(on: node.name) }.joined(separator: "; and ")
            remedy.text = text.prefix(1).uppercased() + text.dropFirst()
            return remedy
        }
    }

    /// How many instances of the group would be placed with the remedy.
    private static func placed(_ trial: RemedyTrial, _ group: String, _ state: State, _ now: Instant) -> Int {
        var state = state
        state.apply(Entry(index: state.index + 1, time: now, cause: "trial", changes: trial.changes))
        guard let shared = state.job(trial.job.key) else { return 0 }
        let (evaluation, seeded) = Self.trial(shared.job, state)
        var generator = seeded
        var scheduler = Scheduler()
        let plan = scheduler.run(evaluation, shared, state, now, &generator).plan
        return plan.allocations.count { $0.taskGroup == group && $0.clientStatus == .pending }
    }

    private static func summary(_ job: Job, _ result: JobExplanation) -> String {
        if job.stop { return "The job is stopped: nothing is to be placed." }
        if job.isLauncher { return "The job launches children; ask for one of them." }
        let missing = result.groups.reduce(0) { $0 + $1.missing }
        if missing > 0 {
            let groups = result.groups.map { "\"\($0.group)\"" }.joined(separator: ", ")
            return "\(missing) \(missing == 1 ? "instance has" : "instances have") no place (\(groups))."
        }
        return result.waits.isEmpty ? "Nothing is missing." : "Everything has a place; see what is waited for."
    }
}
