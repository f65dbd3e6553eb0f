import State

/// On which rows a port is taken, as the state has it: who asks for a certain port looks at these rows, and at no others.
struct PortHolders: Sendable {
    /// Ascending; a row is there as often as allocations hold the port on it.
    private var rows: [UInt16: [Int32]] = [:]

    /// Rows on which some allocation holds a port, on whatever address.
    func rows(of port: UInt16) -> [Int32] { rows[port] ?? [] }

    /// Takes in what is taken on a row now.
    mutating func change(_ row: Int, from old: [AddressPorts], to new: [AddressPorts]) {
        if old.count == new.count {
            for (old, new) in zip(old, new) where old.ports != new.ports { change(row, from: old.ports, to: new.ports) }
        } else {
            for held in old { change(row, from: held.ports, to: []) }
            for held in new { change(row, from: [], to: held.ports) }
        }
    }

    /// Both lists are ascending.
    private mutating func change(_ row: Int, from old: [UInt16], to new: [UInt16]) {
        var (before, after) = (old[...], new[...])
        while let port = before.first ?? after.first {
            if let next = after.first, next == before.first {
                before.removeFirst()
                after.removeFirst()
            } else if let next = after.first, next < port || before.isEmpty {
                add(row, next)
                after.removeFirst()
            } else {
                remove(row, port)
                before.removeFirst()
            }
        }
    }

    private mutating func add(_ row: Int, _ port: UInt16) {
        let at = Self.position(Int32(row), rows[port] ?? [])
        rows[port, default: []].insert(Int32(row), at: at)
    }

    private mutating func remove(_ row: Int, _ port: UInt16) {
        let at = Self.position(Int32(row), rows[port] ?? [])
        guard let list = rows[port], at < list.count, list[at] == Int32(row) else { return }
        if list.count == 1 { rows[port] = nil } else { rows[port]?.remove(at: at) }
    }

    /// The first position whose row is not before this one.
    private static func position(_ row: Int32, _ list: [Int32]) -> Int {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
