import Model

/// Cells of one kind that are near each other in what they have left, with the bounds of all of them: one look tells
/// whether anything fits in any of them, and how good the best can be.
struct CellBlock: Sendable {
    /// Cells of a block before it is split; neighbours that have so few together are joined.
    static let cellsMax = 64
    static let joinedMax = 24

    /// The cells' numbers, in the order of their places.
    var cells: [Int32]
    private(set) var bounds: Bounds

    /// Whether what is asked for fits.
    enum Verdict {
        case fits
        case lacks(NodeRoom.Lack)
        case mixed
    }

    struct Bounds: Sendable {
        /// The least and the most of what is left: MHz, MB, MB, cores.
        private var low: Left
        private var high: Left
        /// The least and the most of the shares of CPU and memory that are left.
        private var lowShare: (cpu: Double, memory: Double)
        private var highShare: (cpu: Double, memory: Double)
        /// The smallest and the greatest sizes.
        private var lowTotal: (cpu: Int, memory: Int)
        private var highTotal: (cpu: Int, memory: Int)

        private struct Left: Sendable {
            var cpu: Int
            var memory: Int
            var disk: Int
            var cores: Int
        }

        init(_ room: NodeRoom) {
            low = Left(
                cpu: room.cpuTotal - room.cpuUsed, memory: room.memoryTotal - room.memoryUsed,
                disk: room.diskTotal - room.diskUsed, cores: room.coresFree)
            high = low
            lowShare = room.freeShares
            highShare = lowShare
            lowTotal = (room.cpuTotal, room.memoryTotal)
            highTotal = lowTotal
        }

        mutating func extend(_ room: NodeRoom) {
            let (cpu, memory) = (room.cpuTotal - room.cpuUsed, room.memoryTotal - room.memoryUsed)
            let disk = room.diskTotal - room.diskUsed
            low = Left(
                cpu: min(low.cpu, cpu), memory: min(low.memory, memory), disk: min(low.disk, disk),
                cores: min(low.cores, room.coresFree))
            high = Left(
                cpu: max(high.cpu, cpu), memory: max(high.memory, memory), disk: max(high.disk, disk),
                cores: max(high.cores, room.coresFree))
            let shares = room.freeShares
            lowShare = (min(lowShare.cpu, shares.cpu), min(lowShare.memory, shares.memory))
            highShare = (max(highShare.cpu, shares.cpu), max(highShare.memory, shares.memory))
            lowTotal = (min(lowTotal.cpu, room.cpuTotal), min(lowTotal.memory, room.memoryTotal))
            highTotal = (max(highTotal.cpu, room.cpuTotal), max(highTotal.memory, room.memoryTotal))
        }

        func verdict(_ ask: Footprint, cores: Int) -> Verdict {
            if cores > 0, low.cores < cores { return high.cores < cores ? .lacks(.cores) : .mixed }
            if low.cpu < ask.cpu { return high.cpu < ask.cpu ? .lacks(.cpu) : .mixed }
            if low.memory < ask.memoryMB { return high.memory < ask.memoryMB ? .lacks(.memory) : .mixed }
            if low.disk < ask.diskMB { return high.disk < ask.diskMB ? .lacks(.disk) : .mixed }
            return .fits
        }

        /// No node of these for which the ask fits has a better fit. A little more than exact, for what rounding does.
        func bestFit(_ ask: Footprint, spreads: Bool) -> Double {
            func free(_ share: Double, _ ask: Int, _ total: Int) -> Double {
                total > 0 ? min(1, max(0, share - Double(ask) / Double(total))) : max(0, share)
            }
            if spreads {
                let cpu = free(highShare.cpu, ask.cpu, highTotal.cpu)
                let memory = free(highShare.memory, ask.memoryMB, highTotal.memory)
                return FitScore.spread(freeCPU: cpu, freeMemory: memory) + Self.margin
            }
            let cpu = free(lowShare.cpu, ask.cpu, lowTotal.cpu)
            let memory = free(lowShare.memory, ask.memoryMB, lowTotal.memory)
            return FitScore.binpack(freeCPU: cpu, freeMemory: memory) + Self.margin
        }

        private static let margin = 1e-9
    }

    init(_ cell: Int32, _ room: NodeRoom) {
        cells = [cell]
        bounds = Bounds(room)
    }

    /// - Parameter rooms: of each of the cells, of which there is at least one.
    init(_ cells: [Int32], _ rooms: (Int32) -> NodeRoom) {
        self.cells = cells
        bounds = Bounds(rooms(cells[0]))
        for cell in cells.dropFirst() { bounds.extend(rooms(cell)) }
    }

    mutating func insert(_ cell: Int32, at: Int, _ room: NodeRoom) {
        cells.insert(cell, at: at)
        bounds.extend(room)
    }
}

extension NodeRoom {
    /// What is left of CPU and memory, as shares of what there is.
    var freeShares: (cpu: Double, memory: Double) {
        (FitScore.free(used: cpuUsed, of: cpuTotal), FitScore.free(used: memoryUsed, of: memoryTotal))
    }

    /// A number that is near for rooms that have near shares of both left: the bits of both, in turns.
    var place: UInt32 {
        let shares = freeShares
        func scaled(_ share: Double) -> UInt32 { UInt32(min(max(share, 0), 1) * 65_535) }
        return Self.spread(scaled(shares.cpu)) | (Self.spread(scaled(shares.memory)) << 1)
    }

    /// Puts a zero before each of sixteen bits.
    private static func spread(_ bits: UInt32) -> UInt32 {
        var x = bits & 0xFFFF
        x = (x | (x << 8)) & 0x00FF_00FF
        x = (x | (x << 4)) & 0x0F0F_0F0F
        x = (x | (x << 2)) & 0x3333_3333
        x = (x | (x << 1)) & 0x5555_5555
        return x
    }
}
