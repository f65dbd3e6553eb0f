/// The best of several entrants by score, kept current: a change of one costs O(log n), asking costs nothing.
struct Contest {
    struct Entrant {
        var score: Double
        var tie: UInt64
        /// -1: nobody.
        var slot: Int32 = -1

        /// Equal scores are ordered by `tie`.
        func beats(_ other: Entrant) -> Bool {
            if slot < 0 || other.slot < 0 { return slot >= 0 }
            return score != other.score ? score > other.score : tie < other.tie
        }
    }

    /// A tree in an array: the winner of 2n and 2n + 1 is at n, entrants from `first` on.
    private var nodes: [Entrant]
    private let first: Int

    init(count: Int) {
        var first = 1
        while first < count { first *= 2 }
        self.first = first
        nodes = [Entrant](repeating: Entrant(score: 0, tie: 0), count: 2 * first)
    }

    /// The winner; nil where nobody entered.
    var best: Int? { nodes[1].slot >= 0 ? Int(nodes[1].slot) : nil }

    mutating func set(_ number: Int, _ entrant: Entrant) {
        var at = first + number
        nodes[at] = entrant
        while at > 1 {
            at /= 2
            nodes[at] = winner(at)
        }
    }

    /// Changes all at once.
    mutating func setAll(_ entrants: [Entrant]) {
        for (number, entrant) in entrants.enumerated() { nodes[first + number] = entrant }
        for at in stride(from: first - 1, to: 0, by: -1) { nodes[at] = winner(at) }
    }

    private func winner(_ at: Int) -> Entrant {
        nodes[2 * at + 1].beats(nodes[2 * at]) ? nodes[2 * at + 1] : nodes[2 * at]
    }
}
