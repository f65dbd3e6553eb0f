/// Makes a bad run smaller: leaves out strikes, wishes, kinds of faults, servers and machines as long as the same
/// promise is broken.
public struct Shrinker {
    public private(set) var plan: RunPlan
    /// Runs that were tried.
    public private(set) var tries = 0
    private let rule: Violation.Rule
    private let triesMax: Int

    /// - Parameter plan: of a run that breaks `rule`.
    public init(_ plan: RunPlan, rule: Violation.Rule, triesMax: Int = 400) {
        self.plan = plan
        self.rule = rule
        self.triesMax = triesMax
    }

    public mutating func shrink() {
        var size = Int.max
        while size > measure, tries < triesMax {
            size = measure
            thin(plan.strikes.map(\.number)) { $0.keep(strikes: $1) }
            thin(plan.wishes.map(\.number)) { $0.keep(wishes: $1) }
            for kind in Faults.Kind.allCases where !plan.leftOut.contains(kind) {
                attempt { _ = $0.leaveOut(fault: kind.rawValue) }
            }
            for count in [1, 3] where count < plan.servers { if attempt({ $0.keep(servers: count) }) { break } }
            while plan.machines.count > 1, attempt({ $0.keep(machines: $0.machines.count - 1) }) {}
        }
    }

    private var measure: Int {
        plan.strikes.count + plan.wishes.count + plan.servers + plan.machines.count - plan.leftOut.count
    }

    /// Leaves out ever smaller parts of a list.
    private mutating func thin(_ list: [Int], _ keep: (inout RunPlan, [Int]) -> Void) {
        var list = list
        attempt { keep(&$0, []) } ? list = [] : ()
        var part = max(1, list.count / 2)
        while !list.isEmpty {
            var at = 0
            while at < list.count, tries < triesMax {
                let rest = Array(list[..<at] + list[min(at + part, list.count)...])
                if attempt({ keep(&$0, rest) }) { list = rest } else { at += part }
            }
            if part == 1 { return }
            part = max(1, part / 2)
        }
    }

    @discardableResult
    private mutating func attempt(_ change: (inout RunPlan) -> Void) -> Bool {
        guard tries < triesMax else { return false }
        var smaller = plan
        change(&smaller)
        tries += 1
        guard Simulation(smaller).run().violations.first?.rule == rule else { return false }
        plan = smaller
        return true
    }
}
