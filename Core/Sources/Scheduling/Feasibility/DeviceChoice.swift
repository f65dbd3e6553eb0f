import Base
import Model
import State

/// Which instances of which device group serve a request.
enum DeviceChoice {
    /// Whether the node has, used or not, what each request asks for.
    static func couldServe(_ requests: [DeviceRequest], _ node: Node) -> Bool {
        requests.allSatisfy { request in
            node.nodeResources.devices.contains { group in
                matches(request, group) && group.instances.filter(\.healthy).count >= max(1, request.count)
            }
        }
    }

    /// Free, healthy instances of one device group, the one that the request's affinities like best; nil when
    /// no group has enough.
    /// - Returns: the devices and the matched share of the affinities' weights.
    static func choose(_ request: DeviceRequest, _ node: Node, used: [DeviceUse]) -> (AllocatedDevice, Double)? {
        var best: (AllocatedDevice, Double)?
        for group in node.nodeResources.devices where matches(request, group) {
            let free = group.instances.filter { instance in
                instance.healthy && !used.contains { $0.group == group.id && $0.id == instance.id }
            }
            guard free.count >= max(1, request.count) else { continue }
            let liking = affinity(request, group)
            if let best, best.1 >= liking { continue }
            var device = AllocatedDevice()
            (device.vendor, device.type, device.name) = (group.vendor, group.type, group.name)
            device.deviceIDs = free.prefix(max(1, request.count)).map(\.id).sorted()
            best = (device, liking)
        }
        return best
    }

    /// A device group of a node that can serve a request, and how well the request's affinities like it.
    struct Server {
        var group: Int
        var liking: Double
    }

    /// The device groups of a node that can serve a request as long as they have enough.
    static func servers(_ request: DeviceRequest, _ node: Node) -> [Server] {
        node.nodeResources.devices.enumerated().compactMap { at, group in
            matches(request, group) ? Server(group: at, liking: affinity(request, group)) : nil
        }
    }

    /// The group that serves a request: of those with enough the one that is liked best, the first of equals.
    static func choose(_ request: DeviceRequest, _ servers: [Server], free: [Int]) -> Server? {
        var best: Server?
        for server in servers where free[server.group] >= max(1, request.count) {
            if let best, best.liking >= server.liking { continue }
            best = server
        }
        return best
    }

    /// Whether nodes of one kind may differ in what serves a request: it names single devices.
    static func isUnique(_ request: DeviceRequest) -> Bool {
        let texts =
            request.constraints.flatMap { [$0.lTarget, $0.rTarget] }
            + request.affinities.flatMap { [$0.lTarget, $0.rTarget] }
        return texts.contains("${device.ids}")
    }

    /// `type`, `vendor/type` or `vendor/type/name`, and the request's constraints.
    static func matches(_ request: DeviceRequest, _ group: NodeDeviceGroup) -> Bool {
        let parts = request.name.split(separator: "/", maxSplits: 2).map(String.init)
        let isNamed =
            switch parts.count {
            case 1: parts[0] == group.type
            case 2: parts == [group.vendor, group.type]
            case 3: parts == [group.vendor, group.type, group.name]
            default: false
            }
        return isNamed && request.constraints.allSatisfy { holds($0.lTarget, $0.operand, $0.rTarget, group) }
    }

    private static func holds(_ left: String, _ operand: String, _ right: String, _ group: NodeDeviceGroup) -> Bool {
        let (a, b) = (value(left, group), value(right, group))
        if let a, let b, let holds = DeviceValue.holds(a, operand, b) { return holds }
        let literal = right.hasPrefix("${") ? b?.text ?? "" : right
        return Matcher(left: "", operand: operand, right: literal).matches(left: a?.text, right: b?.text)
    }

    private static func affinity(_ request: DeviceRequest, _ group: NodeDeviceGroup) -> Double {
        var (sum, all) = (0.0, 0.0)
        for rule in request.affinities {
            all += Double(abs(rule.weight))
            if holds(rule.lTarget, rule.operand, rule.rTarget, group) { sum += Double(rule.weight) }
        }
        return all > 0 ? sum / all : 0
    }

    private static func value(_ target: String, _ group: NodeDeviceGroup) -> DeviceValue? {
        guard target.hasPrefix("${"), target.hasSuffix("}") else { return DeviceValue(target) }
        let inner = target.dropFirst(2).dropLast()
        switch inner {
        case "device.vendor": return DeviceValue(group.vendor)
        case "device.type": return DeviceValue(group.type)
        case "device.model": return DeviceValue(group.name)
        case "device.ids": return DeviceValue(group.instances.map(\.id).joined(separator: ","))
        default:
            guard inner.hasPrefix("device.attr."), let value = group.attributes[String(inner.dropFirst(12))] else {
                return nil
            }
            return DeviceValue(attribute: value)
        }
    }
}
