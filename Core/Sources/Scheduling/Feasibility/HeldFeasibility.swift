import Model

/// What a group asks of its nodes beside room: groups that ask the same are answered the same.
struct FeasibilityQuestion: Hashable, Sendable {
    private let ofJob: [Constraint]
    private let ofGroup: [Constraint]
    private let drivers: [String]
    private let devices: [DeviceRequest]
    private let networks: [[String]]
    private let volumes: [VolumeRequest]

    init(_ job: Job, _ group: GroupSpec) {
        ofJob = job.constraints
        ofGroup = group.constraints + group.tasks.flatMap(\.constraints)
        drivers = group.tasks.map(\.driver)
        devices = group.tasks.flatMap(\.resources.devices)
        networks = group.networks.map { network in
            [network.mode] + (network.reservedPorts + network.dynamicPorts).flatMap { [$0.hostNetwork, $0.label] }
        }
        volumes = group.volumes.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// The checks of a question, with which of them each kind of node fails as far as that was asked.
struct FeasibilityAnswer: Sendable {
    let checks: [FeasibilityCheck]
    let reasons: [String]
    /// By kind: the first check that fails of those that kinds decide, -1 for none, `unknown` where nobody asked.
    private(set) var failing: [Int32] = []
    /// `KindTable.generation` of these kinds.
    private var generation: UInt64 = 0
    private static let unknown: Int32 = -2

    init(_ job: Job, _ group: GroupSpec) {
        checks = FeasibilityCheck.checks(job, group)
        reasons = checks.map(\.reason)
    }

    /// Whether all of some kinds are answered.
    func knows(_ kinds: [Int], _ table: KindTable) -> Bool {
        generation == table.generation && failing.count == table.count
            && kinds.allSatisfy { failing[$0] != Self.unknown }
    }

    /// Answers for kinds that were not asked about.
    mutating func ask(_ kinds: [Int], _ table: KindTable) {
        if generation != table.generation { failing = [] }
        generation = table.generation
        while failing.count < table.count { failing.append(Self.unknown) }
        for kind in kinds where failing[kind] == Self.unknown {
            let example = table[kind].example
            let first = checks.firstIndex { !$0.isPerRow && !$0.holds(example) }
            failing[kind] = Int32(first ?? -1)
        }
    }
}

/// Answers that are kept from one evaluation to the next, for as long as kinds of nodes keep their numbers.
struct HeldFeasibility: Sendable {
    /// Questions that are remembered; past that all are forgotten.
    private static let questionsMax = 256

    private var answers: [FeasibilityQuestion: FeasibilityAnswer] = [:]

    /// The answer for a group, complete for some kinds.
    mutating func answer(_ job: Job, _ group: GroupSpec, _ kinds: [Int], _ table: KindTable) -> FeasibilityAnswer {
        let question = FeasibilityQuestion(job, group)
        let known = answers[question]
        if let known, known.knows(kinds, table) { return known }
        if known == nil, answers.count >= Self.questionsMax { answers = [:] }
        var answer = known ?? FeasibilityAnswer(job, group)
        answer.ask(kinds, table)
        answers[question] = answer
        return answer
    }
}
