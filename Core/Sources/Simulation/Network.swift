/// Somebody who sends and receives.
enum Endpoint: Hashable, Comparable, Sendable {
    case node(Int)
    case server(Int)
}

/// Which ways are cut. Each way has a direction, so a cut can leave the answers through.
struct Network: Sendable {
    struct Way: Hashable, Sendable {
        var from: Endpoint
        var to: Endpoint
    }

    /// How many cuts lie on a way: two of them heal one after the other.
    private var cuts: [Way: Int] = [:]

    var isWhole: Bool { cuts.isEmpty }

    func isCut(_ from: Endpoint, _ to: Endpoint) -> Bool { cuts[Way(from: from, to: to)] != nil }
    func isOpen(_ a: Endpoint, _ b: Endpoint) -> Bool { !isCut(a, b) && !isCut(b, a) }

    mutating func cut(_ ways: [Way]) { for way in ways { cuts[way, default: 0] += 1 } }

    mutating func heal(_ ways: [Way]) {
        for way in ways {
            guard let count = cuts[way] else { continue }
            cuts[way] = count > 1 ? count - 1 : nil
        }
    }

    mutating func healAll() { cuts = [:] }
}
