import Base
import Model

/// The nodes and jobs of a storm, the same in every run.
enum StormCluster {
    /// What an instance asks for.
    static let instanceMHz = 100
    static let instanceMemoryMB = 128
    /// Instances that a node has room for. A tenth of the nodes is of an architecture that the jobs don't run on.
    static let instancesPerNode = 230
    /// The failing node shall be missed within a minute, not within two.
    static let heartbeatsPerSecondMax = 100
    static let datacenter = "dc1"
    static let driver = "raw_exec"

    static func node(_ number: Int) -> Node {
        var node = Node()
        node.id = NodeID(high: 0xC0FF_EE00, low: UInt64(number) + 1)
        node.secretID = "secret-\(number)"
        (node.name, node.datacenter, node.status) = ("node-\(number)", datacenter, .ready)
        node.nodeClass = number % 4 == 0 ? "large" : "small"
        node.attributes = [
            "kernel.name": "linux", "cpu.arch": number % 10 == 9 ? "arm64" : "amd64", "driver.raw_exec": "1",
            "os.name": "debian", "unique.hostname": "node-\(number)",
        ]
        node.meta = ["rack": "r\(number % 40)"]
        node.nodeResources.cpu.cpuShares = instancesPerNode * instanceMHz
        node.nodeResources.memory.memoryMB = instancesPerNode * instanceMemoryMB + 1024
        node.nodeResources.disk.diskMB = 1_000_000
        var healthy = DriverInfo()
        (healthy.detected, healthy.healthy) = (true, true)
        node.drivers = [driver: healthy]
        return node
    }

    /// A request to register a job, as a client sends it.
    /// - Parameter isParameterized: a batch job that runs when it is dispatched.
    static func request(
        id: String, count: Int, priority: Int = 50, memoryMB: Int = instanceMemoryMB, isParameterized: Bool = false
    ) -> JSON {
        let constraints: JSON = [
            ["LTarget": "${attr.kernel.name}", "RTarget": "linux", "Operand": "="],
            ["LTarget": "${attr.cpu.arch}", "RTarget": "amd64", "Operand": "="],
        ]
        let task: JSON = [
            "Name": "main", "Driver": .string(driver), "Config": ["command": "/bin/sleep", "args": ["3600"]],
            "Resources": ["CPU": .int(Int64(instanceMHz)), "MemoryMB": .int(Int64(memoryMB))],
        ]
        let group: JSON = [
            "Name": "web", "Count": .int(Int64(count)), "Tasks": [task],
        ]
        return [
            "Job": [
                "ID": .string(id), "Name": .string(id), "Type": isParameterized ? "batch" : "service",
                "ParameterizedJob": isParameterized ? ["Payload": "optional"] : .null,
                "Priority": .int(Int64(priority)),
                "Datacenters": [.string(datacenter)], "Constraints": constraints, "TaskGroups": [group],
            ]
        ]
    }
}
