import Model

/// The nodes that a job may use at all: ready and eligible, in its datacenters and pool.
struct Candidates {
    /// Rows, in no order that means anything.
    private(set) var rows: [Int] = []
    private var isCandidate: [Bool]
    /// Candidates by datacenter; a datacenter that is named in full is listed even without any.
    private(set) var available: [String: Int] = [:]
    /// Ready nodes of the pool, whatever their datacenter.
    private(set) var inPool = 0

    init(_ job: Job, _ columns: NodeColumns) {
        isCandidate = [Bool](repeating: false, count: columns.count)
        for name in job.datacenters where !name.contains("*") { available[name] = 0 }
        let wantedPool = job.nodePool.isEmpty ? "default" : job.nodePool
        let pools = columns.pools.texts.map { wantedPool == "all" || $0 == wantedPool }
        let datacenters = columns.datacenters.texts.map { Self.isIn(job, datacenter: $0) }
        var counts = [Int](repeating: 0, count: datacenters.count)
        for row in 0..<columns.count where columns.isReady[row] && pools[columns.poolOf[row]] {
            inPool += 1
            let datacenter = columns.datacenterOf[row]
            guard datacenters[datacenter] else { continue }
            counts[datacenter] += 1
            rows.append(row)
            isCandidate[row] = true
        }
        for (datacenter, count) in counts.enumerated() where count > 0 {
            available[columns.datacenters.texts[datacenter]] = count
        }
    }

    func contains(_ row: Int) -> Bool { isCandidate[row] }

    /// Whether a node is in the job's datacenters and pool, ready or not.
    static func mayUse(_ job: Job, _ node: Node) -> Bool {
        mayUse(pool: node.nodePool, job) && isIn(job, datacenter: node.datacenter)
    }

    static func mayUse(pool: String, _ job: Job) -> Bool {
        let wanted = job.nodePool.isEmpty ? "default" : job.nodePool
        return wanted == "all" || wanted == (pool.isEmpty ? "default" : pool)
    }

    static func isIn(_ job: Job, datacenter: String) -> Bool {
        job.datacenters.contains { matches(Array(datacenter.utf8)[...], Array($0.utf8)[...]) }
    }

    /// A glob with `*` for any run of characters.
    private static func matches(_ text: ArraySlice<UInt8>, _ glob: ArraySlice<UInt8>) -> Bool {
        var (text, glob) = (text, glob)
        var retry: (text: ArraySlice<UInt8>, glob: ArraySlice<UInt8>)?
        while let letter = text.first {
            if glob.first == UInt8(ascii: "*") {
                glob = glob.dropFirst()
                retry = (text, glob)
            } else if glob.first == letter {
                (text, glob) = (text.dropFirst(), glob.dropFirst())
            } else if let last = retry {
                retry = (last.text.dropFirst(), last.glob)
                (text, glob) = (last.text.dropFirst(), last.glob)
            } else {
                return false
            }
        }
        return glob.allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Which candidates a group's checks let through, and what filters the others.
struct Feasibility {
    /// The checks' reasons; `failing` points into it.
    let reasons: [String]
    private let checks: [FeasibilityCheck]
    /// By row: the first check that fails, or -1 for none.
    private(set) var failing: [Int32]
    /// Some check looks at unique properties.
    let escapesClass: Bool
    /// By computed class, of the candidates: whether the checks that classes decide let it through.
    private(set) var classes: [(name: String, isEligible: Bool)] = []

    init(_ job: Job, _ group: GroupSpec, _ candidates: Candidates, _ columns: NodeColumns) {
        checks = FeasibilityCheck.checks(job, group)
        reasons = checks.map(\.reason)
        escapesClass = checks.contains(where: \.escapesClass)
        failing = [Int32](repeating: -1, count: columns.count)
        let perNode = checks.indices.filter { checks[$0].isPerNode }
        // By class: -2 not asked yet.
        var byClass = [Int32](repeating: -2, count: columns.classes.texts.count)
        for row in candidates.rows {
            let number = columns.classOf[row]
            if byClass[number] == -2 {
                let first = checks.firstIndex { !$0.isPerNode && !$0.holds(columns.nodes[row]) }
                byClass[number] = Int32(first ?? -1)
                if !escapesClass { classes.append((columns.classes.texts[number], first == nil)) }
            }
            var first = byClass[number]
            for at in perNode where first < 0 || at < first {
                if !checks[at].holds(columns.nodes[row]) {
                    first = Int32(at)
                    break
                }
            }
            failing[row] = first
        }
    }

    /// Whether the checks let a node through, candidate or not.
    func allows(_ node: Node) -> Bool { checks.allSatisfy { $0.holds(node) } }
}
