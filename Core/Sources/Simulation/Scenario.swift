import AgentCore
import Base
import ControlPlane
import Model
import State

/// A story about a cluster as text: commands after `>`, and below each what it says.
///
/// ```
/// > nodes 3
/// > run web count=2
/// > tick 10s
/// > allocs web
/// web.g[0] v0 run running
/// web.g[1] v0 run running
/// ```
///
/// Lines with `|` below `> file NAME` are the file's content. The world is perfect unless a command breaks
/// something. Lines that begin with `#` and empty lines stay as they are; `play` gives the text back with what the
/// commands really said.
public struct Scenario {
    var world: World
    /// Job files by name.
    private var files: [String: String] = [:]

    public init(servers: Int = 1) {
        var faults = Faults()
        faults.delayMax = .milliseconds(2)
        faults.driverMax = .milliseconds(20)
        faults.syncMax = .zero
        world = World(seed: 1, servers: servers, faults: faults)
        world.run(until: world.now + (servers == 1 ? .milliseconds(10) : .seconds(3)))
    }

    /// Plays a text and returns it with the true answers. Broken promises are added at its end.
    public static func play(_ text: String) -> String {
        var scenario = Scenario()
        var lines: [String] = []
        var rest = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        while let line = rest.popFirst() {
            if line.hasPrefix("> ") {
                lines.append(line)
                let content = rest.prefix { $0.hasPrefix("|") }
                rest = rest.dropFirst(content.count)
                lines.append(contentsOf: content)
                let words = line.dropFirst(2).split(separator: " ").map(String.init)
                lines.append(contentsOf: scenario.perform(words, content.map { String($0.dropFirst(2)) }))
            } else if line.hasPrefix("#") || line.isEmpty {
                lines.append(line)
            }
        }
        lines.append(contentsOf: scenario.world.violations.map { "broken: \($0)" })
        return lines.joined(separator: "\n")
    }

    // MARK: - Commands

    private mutating func perform(_ words: [String], _ content: [String]) -> [String] {
        let options = Options(words.dropFirst())
        let first = options.plain.first ?? ""
        switch words.first ?? "" {
        case "servers":
            self = Scenario(servers: Int(first) ?? 3)
            return []
        case "nodes": return addNodes(options)
        case "tick":
            world.run(until: world.now + (TimeSpan(text: first) ?? .seconds(1)))
            return []
        case "file":
            files[first] = content.joined(separator: "\n") + "\n"
            return []
        case "send": return send(file: first)
        case "way":
            defer { world.way = [] }
            return world.way ?? []
        case "run": return submit(.registerJob(RegisterJob(job: options.job(named: first))))
        case "allocs": return allocations(of: first)
        case "evals": return evaluations(of: first)
        case "job": return job(first)
        case "deployment": return deployment(of: first)
        case "node": return node(first)
        case "scale":
            let count = Int(options.plain.last ?? "") ?? 0
            return submit(.scaleJob(key(first), group: "g", count: count, message: "", error: false, meta: nil))
        case "stop":
            let purge = options.plain.contains("purge")
            return submit(
                .deregisterJob(key(first), purge: purge, evalPriority: nil, noShutdownDelay: false))
        case "evaluate": return submit(.evaluateJob(key(first), forceReschedule: options.plain.contains("force")))
        case "revert":
            let version = UInt64(options.plain.last ?? "") ?? 0
            return submit(.revertJob(key(first), version: version, enforcePriorVersion: nil))
        case "dispatch":
            return submit(.dispatchJob(key(first), payload: nil, meta: [:], idPrefix: "", idempotencyToken: ""))
        case "force": return submit(.forcePeriodic(key(first)))
        case "gc": return submit(.collectGarbage)
        case "volume": return submit(.registerVolumes([options.volume(named: first)]))
        case "forget-volume": return submit(.deregisterVolume(VolumeKey(namespace: "default", id: first), force: false))
        case "claims": return claims(on: first)
        case "stop-alloc", "exit": return onAllocation(words[0], first, options)
        case "promote", "fail", "pause", "resume": return onDeployment(words[0], first)
        default:
            if let answer = onServers(words.first ?? "", options) { return answer }
            return onMachine(words.first ?? "", first, options)
        }
    }

    private func key(_ id: String) -> JobKey { JobKey(namespace: "default", id: id) }

    /// Takes a job file the whole way into the cluster and begins to note what becomes of it.
    private mutating func send(file name: String) -> [String] {
        guard let text = files[name] else { return ["error: there is no file \(name)"] }
        do {
            let (job, lines) = try Way.job(of: text, name: name)
            world.way = []
            return lines + submit(.registerJob(RegisterJob(job: job)))
        } catch {
            return "\(error)".split(separator: "\n").map { "error: \($0)" }
        }
    }

    /// Runs a command to its answer and lets the cluster act on it for a moment.
    private mutating func submit(_ command: Command) -> [String] {
        guard let leader = world.servers.lastIndex(where: \.leads) else { return ["error: no server leads"] }
        let request = world.ask(leader, command, "scenario")
        let end = world.now + .seconds(1)
        while world.replies[request] == nil, world.now < end { world.run(until: world.now + .milliseconds(1)) }
        world.run(until: world.now + .milliseconds(1))
        switch world.replies[request] {
        case .success: return []
        case .failure(let error): return ["error: \(error.message)"]
        case nil: return ["no answer"]
        }
    }

    private mutating func addNodes(_ options: Options) -> [String] {
        for _ in 0..<(Int(options.plain.first ?? "") ?? 1) {
            world.addMachine { node in
                if let cpu = options.number("cpu") { node.nodeResources.cpu.cpuShares = cpu }
                if let memory = options.number("memory") { node.nodeResources.memory.memoryMB = memory }
                if let name = options["class"] { node.nodeClass = name }
                if let plugin = options["plugin"] {
                    node.csiNodePlugins[plugin] = CSIPluginInfo()
                    node.csiNodePlugins[plugin]?.healthy = !options.plain.contains("sick")
                }
            }
        }
        // Long enough for the first heartbeat: then they are ready.
        world.run(until: world.now + .seconds(25))
        return []
    }

    // MARK: - On allocations, deployments and machines

    /// The live allocation that `web[0]` names.
    private func live(_ name: String) -> Allocation? {
        let parts = name.split(whereSeparator: { "[]".contains($0) })
        guard parts.count == 2, let index = Int(parts[1]) else { return nil }
        return world.reader.committed.allocations(ofJob: key(String(parts[0]))).last {
            $0.index == index && !$0.isTerminal
        }
    }

    private mutating func onAllocation(_ verb: String, _ name: String, _ options: Options) -> [String] {
        guard let allocation = live(name) else { return ["error: no live allocation \(name)"] }
        if verb == "stop-alloc" { return submit(.stopAllocation(allocation.id, noShutdownDelay: false)) }
        let code = Int(options.plain.last ?? "") ?? 1
        for at in world.nodes.indices {
            for (attempt, process) in world.nodes[at].driver.running where process.key.allocation == allocation.id {
                world.later(
                    .milliseconds(1),
                    .node(at, life: world.nodes[at].life, .exit(attempt: attempt, code: code, signal: 0)))
            }
        }
        world.run(until: world.now + .milliseconds(50))
        return []
    }

    private mutating func onDeployment(_ verb: String, _ id: String) -> [String] {
        guard let deployment = world.reader.committed.latestDeployment(ofJob: key(id)) else {
            return ["error: no deployment of \(id)"]
        }
        switch verb {
        case "promote": return submit(.promoteDeployment(deployment.id, groups: nil))
        case "fail": return submit(.failDeployment(deployment.id))
        default: return submit(.pauseDeployment(deployment.id, paused: verb == "pause"))
        }
    }

    /// The machine that `n2` names, or `@web[0]`: the one that runs it.
    private func machine(_ name: String) -> Int? {
        if name.hasPrefix("@") {
            guard let node = live(String(name.dropFirst()))?.nodeID else { return nil }
            return world.nodes.firstIndex { $0.node.id == node }
        }
        return world.nodes.firstIndex { $0.name == name }
    }

    private mutating func onMachine(_ verb: String, _ name: String, _ options: Options) -> [String] {
        guard let at = machine(name) else { return ["error: \(verb) \(name) is not a command"] }
        let id = world.nodes[at].node.id
        switch verb {
        case "crash": world.crashMachine(at, losingDisk: options.plain.contains("empty"))
        case "return": world.startAgent(at)
        case "stop-agent": world.stopAgent(at)
        case "start-agent": world.startAgent(at)
        case "cut": world.isolate(at)
        case "heal": world.network.heal(world.isolation(of: at))
        case "cure":
            for plugin in world.nodes[at].node.csiNodePlugins.keys {
                world.nodes[at].node.csiNodePlugins[plugin]?.healthy = true
            }
            return submit(.registerNode(world.nodes[at].node))
        case "eligible", "ineligible": return submit(.setEligibility(id, eligible: verb == "eligible"))
        case "purge": return submit(.purgeNode(id))
        case "drain":
            var strategy = DrainStrategy()
            strategy.deadline = options["deadline"].flatMap { TimeSpan(text: $0) } ?? .hours(1)
            if options.plain.contains("force") { strategy.deadline = .seconds(-1) }
            strategy.ignoreSystemJobs = options.plain.contains("ignore-system")
            return submit(.drainNode(id, strategy, markEligible: false, meta: nil))
        case "undrain": return submit(.drainNode(id, nil, markEligible: true, meta: nil))
        default: return ["error: \(verb) is not a command"]
        }
        return []
    }
}
