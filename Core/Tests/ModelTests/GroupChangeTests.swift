import Base
import Testing

@testable import Model

/// The documented table: which edits of a running job replace allocations.
struct GroupChangeTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let expected: GroupChange
        let edit: @Sendable (inout Job) -> Void
        var testDescription: String { name }
    }

    static var base: Job {
        var task = TaskSpec()
        task.name = "t"
        task.driver = "docker"
        task.config = ["image": "busybox:1.35"]
        task.env = ["A": "1"]
        task.templates = [["EmbeddedTmpl": "x", "DestPath": "local/x"]]
        task.restartPolicy = RestartPolicy()
        var port = PortSpec()
        port.label = "http"
        port.to = 8080
        var network = NetworkSpec()
        network.dynamicPorts = [port]
        var service = ServiceSpec()
        service.name = "svc"
        service.portLabel = "http"
        var spread = Spread()
        spread.attribute = "${meta.rack}"
        var group = GroupSpec()
        group.name = "g"
        group.count = 2
        group.tasks = [task]
        group.networks = [network]
        group.services = [service]
        var volume = VolumeRequest()
        volume.name = "v"
        group.volumes = ["v": volume]
        var job = Job()
        job.id = "base"
        job.meta = ["jm": "1"]
        job.spreads = [spread]
        job.taskGroups = [group]
        return job
    }

    static let rows: [Row] = [
        Row(name: "task env", expected: .destructive) { $0.taskGroups[0].tasks[0].env["A"] = "2" },
        Row(name: "driver config", expected: .destructive) { $0.taskGroups[0].tasks[0].config["image"] = "x" },
        Row(name: "driver", expected: .destructive) { $0.taskGroups[0].tasks[0].driver = "exec" },
        Row(name: "count", expected: .inPlace) { $0.taskGroups[0].count = 5 },
        Row(name: "job meta", expected: .destructive) { $0.meta["jm"] = "2" },
        Row(name: "job meta shadowed by the same task meta", expected: .inPlace) {
            $0.meta = [:]
            $0.taskGroups[0].tasks[0].meta = ["jm": "1"]
        },
        Row(name: "priority", expected: .inPlace) { $0.priority = 70 },
        Row(name: "constraint", expected: .inPlace) { $0.constraints.append(Constraint(lTarget: "a", rTarget: "b")) },
        Row(name: "spread removed", expected: .destructive) { $0.spreads = [] },
        Row(name: "affinity added", expected: .destructive) { $0.affinities.append(Affinity()) },
        Row(name: "cpu", expected: .destructive) { $0.taskGroups[0].tasks[0].resources.cpu += 1 },
        Row(name: "memory_max", expected: .destructive) { $0.taskGroups[0].tasks[0].resources.memoryMaxMB = 999 },
        Row(name: "port to", expected: .destructive) { $0.taskGroups[0].networks[0].dynamicPorts[0].to = 1 },
        Row(name: "port collision rule", expected: .inPlace) {
            $0.taskGroups[0].networks[0].dynamicPorts[0].ignoreCollision = true
        },
        Row(name: "network mode", expected: .destructive) { $0.taskGroups[0].networks[0].mode = "bridge" },
        Row(name: "service name", expected: .inPlace) { $0.taskGroups[0].services[0].name = "other" },
        Row(name: "connect added", expected: .destructive) {
            $0.taskGroups[0].services[0].connect = ["Native": true]
        },
        Row(name: "template", expected: .destructive) {
            $0.taskGroups[0].tasks[0].templates[0]["EmbeddedTmpl"] = "y"
        },
        Row(name: "kill_timeout", expected: .inPlace) { $0.taskGroups[0].tasks[0].killTimeout = .seconds(9) },
        Row(name: "leader", expected: .inPlace) { $0.taskGroups[0].tasks[0].leader = true },
        Row(name: "update", expected: .inPlace) { $0.taskGroups[0].update = UpdatePolicy() },
        Row(name: "restart", expected: .inPlace) { $0.taskGroups[0].restartPolicy.attempts = 9 },
        Row(name: "log sizes", expected: .inPlace) { $0.taskGroups[0].tasks[0].logConfig.maxFiles = 2 },
        Row(name: "logs off", expected: .destructive) { $0.taskGroups[0].tasks[0].logConfig.disabled = true },
        Row(name: "disk size", expected: .destructive) { $0.taskGroups[0].ephemeralDisk.sizeMB = 1 },
        Row(name: "volume read only", expected: .inPlace) { $0.taskGroups[0].volumes["v"]?.readOnly = true },
        Row(name: "task renamed", expected: .destructive) { $0.taskGroups[0].tasks[0].name = "u" },
        Row(name: "task added", expected: .destructive) { $0.taskGroups[0].tasks.append(TaskSpec()) },
        Row(name: "consul cluster named in one only", expected: .inPlace) {
            $0.taskGroups[0].consul = ["Cluster": "other"]
        },
        Row(name: "group renamed", expected: .destructive) { $0.taskGroups[0].name = "g2" },
    ]

    @Test(arguments: rows) func change(row: Row) {
        var new = Self.base
        new.version = 1
        new.jobModifyIndex = 10
        row.edit(&new)
        #expect(GroupChange.kind(old: Self.base, new: new, group: "g") == row.expected)
        #expect(GroupChange.kind(old: new, new: new, group: "g") == .ignore)
    }
}
