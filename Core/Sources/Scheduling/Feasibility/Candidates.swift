import Model

/// The nodes that a job may use at all: ready and eligible, in its datacenters and pool.
struct Candidates {
    /// By kind of node.
    private let isCandidate: [Bool]
    /// Kinds that have candidates.
    let kinds: [Int]
    let count: Int
    /// Candidates by datacenter; a datacenter that is named in full is listed even without any.
    private(set) var available: [String: Int] = [:]
    /// Ready nodes of the pool, whatever their datacenter.
    let inPool: Int

    init(_ job: Job, _ columns: NodeColumns) {
        for name in job.datacenters where !name.contains("*") { available[name] = 0 }
        let wantedPool = job.nodePool.isEmpty ? "default" : job.nodePool
        let pools = columns.pools.texts.map { wantedPool == "all" || $0 == wantedPool }
        let datacenters = columns.datacenters.texts.map { Self.isIn(job, datacenter: $0) }
        var counts = [Int](repeating: 0, count: datacenters.count)
        var isCandidate = [Bool](repeating: false, count: columns.kinds.count)
        var (kinds, inPool): ([Int], Int) = ([], 0)
        for (number, kind) in columns.kinds.entries.enumerated() where kind.ready > 0 && pools[kind.pool] {
            inPool += kind.ready
            guard datacenters[kind.datacenter] else { continue }
            counts[kind.datacenter] += kind.ready
            kinds.append(number)
            isCandidate[number] = true
        }
        for (datacenter, count) in counts.enumerated() where count > 0 {
            available[columns.datacenters.texts[datacenter]] = count
        }
        (self.isCandidate, self.kinds, self.inPool) = (isCandidate, kinds, inPool)
        count = counts.reduce(0, +)
    }

    func contains(_ row: Int, _ columns: NodeColumns) -> Bool {
        columns.isReady[row] && isCandidate[columns.kindOf[row]]
    }

    /// All of them, in no order that means anything; looks at every node.
    func rows(_ columns: NodeColumns) -> [Int] { (0..<columns.count).filter { contains($0, columns) } }

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
