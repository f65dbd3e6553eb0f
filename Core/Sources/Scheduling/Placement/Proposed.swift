import Model
import State

/// The cluster as it would be with the plan made so far.
struct Proposed {
    var columns: NodeColumns
    /// Rows in the order in which they changed, for those who keep something per row.
    private(set) var changes: [Int] = []
    /// Live allocations of the job by row, and of each of its groups.
    private(set) var ofJob: [Int32]
    private(set) var ofGroup: [[Int32]]
    private let groups: [String: Int]

    init(_ job: Job, _ columns: NodeColumns) {
        self.columns = columns
        ofJob = [Int32](repeating: 0, count: columns.count)
        ofGroup = job.taskGroups.map { _ in [Int32](repeating: 0, count: columns.count) }
        var groups: [String: Int] = [:]
        for (at, group) in job.taskGroups.enumerated() { groups[group.name] = at }
        self.groups = groups
    }

    /// Counts an allocation of the job as one that is wanted to run (or no longer), without touching resources.
    mutating func want(_ allocation: Allocation, by step: Int32) {
        guard let row = columns.row(allocation.nodeID) else { return }
        ofJob[row] += step
        if let group = groups[allocation.taskGroup] { ofGroup[group][row] += step }
        changes.append(row)
    }

    /// Takes an allocation's resources on its node, or gives them back.
    ///
    /// What a stopping allocation holds is given back only while its own replacement looks for a place: the
    /// replacement waits for it to end, others do not.
    mutating func hold(_ allocation: Allocation, by step: Int) {
        guard let row = columns.row(allocation.nodeID) else { return }
        columns.count(allocation, allocation.footprint, row: row, by: step)
        changes.append(row)
    }
}
