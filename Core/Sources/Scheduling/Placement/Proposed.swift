import Model
import State

/// The cluster as it would be with the plan made so far.
struct Proposed {
    var columns: NodeColumns
    /// Set where the job mounts volumes of storage plugins.
    private(set) var volumes: ProposedVolumes?
    /// Rows in the order in which they changed, for those who keep something per row.
    private(set) var changes: [Int] = []
    /// By row: its place in the counts, or -1 while it has none.
    private var slotOf: [Int32]
    private var slots = 0
    /// Live allocations of the job by slot, and of each of its groups; as long as was needed so far.
    private var jobCounts: [Int32] = []
    private var groupCounts: [[Int32]]
    private let groups: [String: Int]

    init(_ job: SharedJob?, _ columns: NodeColumns, _ state: State) {
        self.columns = columns
        if job?.mountsVolumes ?? false { volumes = ProposedVolumes(state) }
        let job = job?.job ?? Job()
        slotOf = [Int32](repeating: -1, count: columns.count)
        groupCounts = job.taskGroups.map { _ in [] }
        var groups: [String: Int] = [:]
        for (at, group) in job.taskGroups.enumerated() { groups[group.name] = at }
        self.groups = groups
    }

    /// Live allocations of the job on a row.
    func ofJob(_ row: Int) -> Int32 { Self.count(jobCounts, slotOf[row]) }

    /// Live allocations of one of its groups on a row.
    func ofGroup(_ group: Int, _ row: Int) -> Int32 { Self.count(groupCounts[group], slotOf[row]) }

    private static func count(_ counts: [Int32], _ slot: Int32) -> Int32 {
        slot >= 0 && Int(slot) < counts.count ? counts[Int(slot)] : 0
    }

    private static func add(_ step: Int32, to counts: inout [Int32], _ slot: Int32) {
        while counts.count <= Int(slot) { counts.append(0) }
        counts[Int(slot)] += step
    }

    /// Counts an allocation of the job as one that is wanted to run (or no longer), without touching resources.
    mutating func want(_ allocation: Allocation, by step: Int32) {
        guard let row = columns.row(allocation.nodeID) else { return }
        want(groups[allocation.taskGroup], row, by: step)
        changes.append(row)
    }

    private mutating func want(_ group: Int?, _ row: Int, by step: Int32) {
        if slotOf[row] < 0 {
            slotOf[row] = Int32(slots)
            slots += 1
        }
        Self.add(step, to: &jobCounts, slotOf[row])
        if let group { Self.add(step, to: &groupCounts[group], slotOf[row]) }
    }

    /// Counts a new allocation of a group on a row that takes nothing but CPU, memory and disk.
    mutating func add(group: Int, _ need: Footprint, row: Int) {
        want(group, row, by: 1)
        columns.count(need, row: row, by: 1)
        changes.append(row)
    }

    /// Looks at the volumes of storage plugins from now on. What the plan gave back before is still taken here, so that
    /// too little is free rather than too much.
    mutating func mountVolumes(_ state: State) { if volumes == nil { volumes = ProposedVolumes(state) } }

    /// Keeps the uses of volumes at hand that will be asked for again and again.
    mutating func keep(_ keys: [VolumeKey]) { volumes?.keep(keys) }

    /// Takes an allocation's resources on its node, or gives them back.
    ///
    /// What a stopping allocation holds is given back only while its own replacement looks for a place: the
    /// replacement waits for it to end, others do not.
    mutating func hold(_ allocation: Allocation, by step: Int) {
        guard let row = columns.row(allocation.nodeID) else { return }
        columns.count(allocation, allocation.footprint, row: row, by: step)
        volumes?.count(allocation, by: step)
        changes.append(row)
    }
}
