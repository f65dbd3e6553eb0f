import AgentCore
import Base
import ControlPlane
import Model
import State

/// Commands about servers, their clocks, their log and what is between them.
extension Scenario {
    /// The answer to a command about servers; nil if it is about something else.
    mutating func onServers(_ verb: String, _ options: Options) -> [String]? {
        let name = options.plain.first ?? ""
        switch verb {
        case "partition": return partition(options.plain)
        case "mend":
            world.network.healAll()
            return []
        case "leader": return leader()
        case "log": return log()
        case "journal":
            world.faults.journal = ["lost": 1, "well": 0][name] ?? 0
            return []
        case "skew": return skew(options)
        default: break
        }
        guard let at = server(name) else { return nil }
        switch verb {
        case "crash": world.crashServer(at, losingDisk: options.plain.contains("empty"))
        case "return": world.startServer(at)
        default: return nil
        }
        world.run(until: world.now + .milliseconds(10))
        return []
    }

    /// `server` is the only one, `s2` the second, `leader` the one that leads.
    private func server(_ name: String) -> Int? {
        switch name {
        case "server": 0
        case "leader": world.servers.firstIndex(where: \.leads)
        default: world.servers.firstIndex { $0.name == name }
        }
    }

    /// Servers and machines in groups, `s1 n1 | s2 s3`: what is in different ones can't speak to each other.
    private mutating func partition(_ words: [String]) -> [String] {
        var groups: [[Endpoint]] = [[]]
        for word in words {
            if word == "|" {
                groups.append([])
            } else if let at = server(word) {
                groups[groups.count - 1].append(.server(at))
            } else if let at = world.nodes.firstIndex(where: { $0.name == word }) {
                groups[groups.count - 1].append(.node(at))
            } else {
                return ["error: there is no \(word)"]
            }
        }
        var ways: [Network.Way] = []
        for (number, group) in groups.enumerated() {
            for (other, far) in groups.enumerated() where other != number {
                for from in group { for to in far { ways.append(.init(from: from, to: to)) } }
            }
        }
        world.cut(ways, for: nil)
        return []
    }

    /// `skew n1 30s`: the clock of a machine or server goes ahead (or, negative, after).
    private mutating func skew(_ options: Options) -> [String] {
        guard options.plain.count == 2, let span = TimeSpan(text: options.plain[1]) else {
            return ["error: skew WHO SPAN"]
        }
        if let at = server(options.plain[0]) {
            world.setClock(ofServer: at, to: span)
        } else if let at = world.nodes.firstIndex(where: { $0.name == options.plain[0] }) {
            world.setClock(ofNode: at, to: span)
        } else {
            return ["error: there is no \(options.plain[0])"]
        }
        return []
    }

    private func leader() -> [String] {
        let leaders = world.servers.filter(\.leads)
        return leaders.isEmpty ? ["nobody leads"] : leaders.map { "\($0.name) leads" }
    }

    /// Where the servers stand in the log, and whether their states are the same.
    private func log() -> [String] {
        let up = world.servers.filter(\.isUp)
        var lines = world.servers.map { server in
            guard server.isUp else { return "\(server.name) down" }
            let behind = world.log.end - server.committed.index
            return "\(server.name) \(behind == 0 ? "has everything" : "is behind")"
        }
        let same = Set(up.filter { $0.committed.index == world.log.end }.map { (try? $0.committed.digest()) ?? 0 })
        if same.count > 1 { lines.append("states differ") }
        return lines
    }
}
