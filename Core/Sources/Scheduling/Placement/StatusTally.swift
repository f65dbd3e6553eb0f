import Model
import State

/// Running counts of why candidates cannot take an instance: what metrics show.
struct StatusTally {
    /// Filter reasons and dimensions by number.
    var reasons = Interner()
    private var filteredBy: [Int] = []
    private var exhaustedBy: [Int] = []
    private var classFiltered: [Int]
    private var classExhausted: [Int]
    private(set) var filtered = 0
    private(set) var exhausted = 0

    init(_ columns: NodeColumns) {
        classFiltered = [Int](repeating: 0, count: columns.nodeClasses.texts.count)
        classExhausted = classFiltered
    }

    /// Counts nodes of one class in or out.
    mutating func count(_ status: Int32, nodeClass: Int, by step: Int) {
        if status > 0 {
            filtered += step
            classFiltered[nodeClass] += step
            Self.add(step, &filteredBy, Int(status) - 1)
        } else if status < 0 {
            exhausted += step
            classExhausted[nodeClass] += step
            Self.add(step, &exhaustedBy, -Int(status) - 1)
        }
    }

    private static func add(_ step: Int, _ list: inout [Int], _ at: Int) {
        while list.count <= at { list.append(0) }
        list[at] += step
    }

    func fill(_ metric: inout AllocationMetric, _ columns: NodeColumns) {
        metric.nodesFiltered = filtered
        metric.nodesExhausted = exhausted
        for (number, count) in filteredBy.enumerated() where count > 0 {
            metric.constraintFiltered[reasons.texts[number]] = count
        }
        for (number, count) in exhaustedBy.enumerated() where count > 0 {
            metric.dimensionExhausted[reasons.texts[number]] = count
        }
        for (number, name) in columns.nodeClasses.texts.enumerated() where !name.isEmpty {
            if classFiltered[number] > 0 { metric.classFiltered[name] = classFiltered[number] }
            if classExhausted[number] > 0 { metric.classExhausted[name] = classExhausted[number] }
        }
    }
}

/// The names of the dimensions in which a node can be exhausted.
struct Dimensions {
    let cpu: Int
    let memory: Int
    let disk: Int
    let cores: Int
    let devices: Int

    init(_ need: GroupNeed, _ reasons: inout Interner) {
        cpu = reasons.number("cpu")
        memory = reasons.number("memory")
        disk = reasons.number("disk")
        cores = reasons.number("cores")
        let names = need.group.tasks.flatMap(\.resources.devices).map(\.name)
        devices = reasons.number("devices: no free devices match \(names.joined(separator: ", "))")
    }

    func number(_ lack: NodeRoom.Lack) -> Int {
        switch lack {
        case .cores: cores
        case .cpu: cpu
        case .memory: memory
        case .disk: disk
        }
    }
}

/// The texts of failing ports, made once per group, and the test itself.
struct PortReasons {
    private var collision: [Int] = []
    private var noAddress: [Int] = []
    private let dynamic: Int

    init(_ need: GroupNeed, _ reasons: inout Interner) {
        dynamic = reasons.number("network: dynamic port selection failed")
        for port in need.ports {
            collision.append(reasons.number("network: reserved port collision \(port.label)=\(port.value)"))
            let network = port.network.isEmpty ? "default" : port.network
            noAddress.append(reasons.number("network: no addresses available for \(network) network"))
        }
    }

    /// Whether what nodes of a kind have free decides about all of them but those on which a port that is asked for is
    /// taken, whatever else their allocations hold: dynamic ports are far from used up.
    /// - Parameter taken: no node has more ports taken than so many.
    func isSameForAll(_ need: GroupNeed, _ space: PortSpace, taken: Int) -> Bool {
        need.ports.allSatisfy { port in
            guard port.value == 0 else { return true }
            let choices = space.choices(port.network)
            guard !choices.isEmpty else { return true }
            let wanted = need.ports.count { $0.value == 0 && $0.network == port.network }
            return choices.contains { space.freeDynamic(at: $0) - taken >= wanted }
        }
    }

    /// The reason for which a node cannot give the ports; nil when it can.
    func failure(_ need: GroupNeed, _ space: PortSpace) -> Int? {
        for (at, port) in need.ports.enumerated() {
            let choices = space.choices(port.network)
            guard !choices.isEmpty else { return noAddress[at] }
            if let value = UInt16(exactly: port.value), value > 0 {
                if !port.ignoresCollision, !choices.contains(where: { space.isFree(value, at: $0) }) {
                    return collision[at]
                }
            } else {
                // All dynamic ports of the network must find room on its addresses together.
                let wanted = need.ports.count { $0.value == 0 && $0.network == port.network }
                if choices.reduce(0, { $0 + max(0, space.freeDynamic(at: $1)) }) < wanted { return dynamic }
            }
        }
        return nil
    }
}
