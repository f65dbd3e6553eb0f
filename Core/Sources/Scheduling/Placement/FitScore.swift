/// How well an allocation would fill a node: the documented formula.
enum FitScore {
    /// The most that 20 - 10^a - 10^b comes to for an empty and a full node.
    private static let scale = 18.0

    /// Between 0 and 1. `cpu` and `memory` are used shares with the new allocation counted in.
    static func binpack(freeCPU: Double, freeMemory: Double) -> Double {
        let sum = Exponential.exp10(freeCPU) + Exponential.exp10(freeMemory)
        return min(max(20 - sum, 0), scale) / scale
    }

    /// The other way round: the emptier the better.
    static func spread(freeCPU: Double, freeMemory: Double) -> Double {
        let sum = Exponential.exp10(freeCPU) + Exponential.exp10(freeMemory)
        return min(max(sum - 2, 0), scale) / scale
    }

    /// What is left of a total; a node that has none of it counts as full.
    static func free(used: Int, of total: Int) -> Double {
        total > 0 ? 1 - Double(used) / Double(total) : 0
    }
}
