import Model

/// What a node has and what is taken of it, in the dimensions that scores and most refusals come from.
struct NodeRoom: Hashable, Sendable {
    var cpuTotal = 0
    var memoryTotal = 0
    var diskTotal = 0
    var cpuUsed = 0
    var memoryUsed = 0
    var diskUsed = 0
    /// Whole cores that nobody has.
    var coresFree = 0

    enum Lack { case cores, cpu, memory, disk }

    /// What is left of it; below zero where more is taken than there is.
    var left: Footprint {
        Footprint(cpu: cpuTotal - cpuUsed, memoryMB: memoryTotal - memoryUsed, diskMB: diskTotal - diskUsed)
    }

    /// The first dimension that lacks room for something more; nil when it fits.
    func lack(_ ask: Footprint, cores: Int) -> Lack? {
        if cores > 0, coresFree < cores { return .cores }
        if cpuUsed + ask.cpu > cpuTotal { return .cpu }
        if memoryUsed + ask.memoryMB > memoryTotal { return .memory }
        if diskUsed + ask.diskMB > diskTotal { return .disk }
        return nil
    }

    /// How well something more would fill it.
    func fit(_ ask: Footprint, spreads: Bool) -> Double {
        let freeCPU = FitScore.free(used: cpuUsed + ask.cpu, of: cpuTotal)
        let freeMemory = FitScore.free(used: memoryUsed + ask.memoryMB, of: memoryTotal)
        return spreads
            ? FitScore.spread(freeCPU: freeCPU, freeMemory: freeMemory)
            : FitScore.binpack(freeCPU: freeCPU, freeMemory: freeMemory)
    }
}
