import Base
import Model
import Testing

@testable import AgentCore

@Suite struct EnvironmentTests {
    static func port(_ label: String, _ value: Int, to: Int = 0, ip: String = "10.0.0.5") -> AllocatedPort {
        var port = AllocatedPort()
        (port.label, port.value, port.to, port.hostIP) = (label, value, to, ip)
        return port
    }

    static func environment(_ change: (inout TaskEnvironment) -> Void = { _ in }) -> [String: String] {
        var given = allocation(tasks: [task("server") { $0.meta = ["a-b": "task", "own": "1"] }, task("db")])
        var job = given.job.job
        job.meta = ["a-b": "job", "zone": "${attr.zone}"]
        job.taskGroups[0].meta = ["a-b": "group", "tier": "2"]
        given.job = SharedJob(job)
        given.index = 3
        var resources = AllocatedTask()
        resources.cpuShares = 250
        resources.memoryMB = 64
        given.resources.tasks["server"] = resources
        var node = Node()
        node.id = NodeID(high: 1, low: 2)
        node.name = "n1"
        node.attributes = ["zone": "z-a"]
        var environment = TaskEnvironment(
            allocation: given, task: job.taskGroups[0].tasks[0], node: node, region: "global", directories: .isolated)
        change(&environment)
        return environment.variables()
    }

    @Test func identity() {
        let variables = Self.environment()
        let expected = [
            "NOMAD_ALLOC_DIR": "/alloc", "NOMAD_TASK_DIR": "/local", "NOMAD_SECRETS_DIR": "/secrets",
            "NOMAD_ALLOC_ID": allocationID(1).text, "NOMAD_SHORT_ALLOC_ID": allocationID(1).short,
            "NOMAD_ALLOC_NAME": "web.front[3]", "NOMAD_ALLOC_INDEX": "3", "NOMAD_TASK_NAME": "server",
            "NOMAD_GROUP_NAME": "front", "NOMAD_JOB_ID": "web", "NOMAD_JOB_NAME": "web", "NOMAD_DC": "dc1",
            "NOMAD_REGION": "global", "NOMAD_NAMESPACE": "default", "NOMAD_CPU_LIMIT": "250",
            "NOMAD_MEMORY_LIMIT": "64",
            "NOMAD_META_a_b": "task", "NOMAD_META_A_B": "task", "NOMAD_META_own": "1", "NOMAD_META_OWN": "1",
            "NOMAD_META_zone": "z-a", "NOMAD_META_ZONE": "z-a", "NOMAD_META_tier": "2", "NOMAD_META_TIER": "2",
        ]
        #expect(variables == expected)
    }

    @Test func coresAndLimits() {
        let variables = Self.environment {
            $0.allocation.resources.tasks["server"]?.reservedCores = [7, 0, 2, 1]
            $0.allocation.resources.tasks["server"]?.memoryMaxMB = -1
            $0.coreMHz = 2000
        }
        #expect(variables["NOMAD_CPU_CORES"] == "0-2,7")
        #expect(variables["NOMAD_CPU_LIMIT"] == "8000")
        #expect(variables["NOMAD_MEMORY_MAX_LIMIT"] == "-1")
    }

    @Test func groupPorts() {
        let variables = Self.environment {
            $0.allocation.resources.ports = [
                Self.port("http", 23456, to: 8080), Self.port("ad-m", 28999, ip: "fd00::1"),
            ]
        }
        let expected = [
            "NOMAD_IP_http": "10.0.0.5", "NOMAD_PORT_http": "8080", "NOMAD_ADDR_http": "10.0.0.5:23456",
            "NOMAD_HOST_IP_http": "10.0.0.5", "NOMAD_HOST_PORT_http": "23456",
            "NOMAD_HOST_ADDR_http": "10.0.0.5:23456", "NOMAD_ALLOC_PORT_http": "8080",
            "NOMAD_IP_ad_m": "fd00::1", "NOMAD_PORT_ad_m": "28999", "NOMAD_ADDR_ad_m": "[fd00::1]:28999",
            "NOMAD_HOST_IP_ad-m": "fd00::1", "NOMAD_HOST_PORT_ad_m": "28999",
            "NOMAD_HOST_ADDR_ad-m": "[fd00::1]:28999", "NOMAD_ALLOC_PORT_ad-m": "28999",
        ]
        for (name, value) in expected { #expect(variables[name] == value, "\(name)") }
        #expect(variables["NOMAD_ALLOC_IP_http"] == nil)
    }

    @Test func networkOfItsOwn() {
        let variables = Self.environment {
            $0.allocation.resources.ports = [Self.port("http", 23456, to: 8080)]
            var status = NetworkStatus()
            (status.interfaceName, status.address) = ("eth0", "172.26.64.2")
            $0.networkStatus = status
        }
        #expect(variables["NOMAD_ALLOC_IP_http"] == "172.26.64.2")
        #expect(variables["NOMAD_ALLOC_INTERFACE_http"] == "eth0")
        #expect(variables["NOMAD_ALLOC_ADDR_http"] == "172.26.64.2:8080")
    }

    @Test func taskNetworksOf2019() {
        func network(_ label: String, _ value: Int) -> NetworkSpec {
            var port = PortSpec()
            (port.label, port.value) = (label, value)
            var network = NetworkSpec()
            network.ip = "10.0.0.5"
            network.reservedPorts = [port]
            return network
        }
        let variables = Self.environment {
            $0.allocation.resources.tasks["server"]?.networks = [network("http", 9999)]
            var other = AllocatedTask()
            other.networks = [network("sql", 5432)]
            $0.allocation.resources.tasks["db"] = other
            $0.portMap = ["http": 80]
        }
        #expect(variables["NOMAD_PORT_http"] == "80")
        #expect(variables["NOMAD_ADDR_http"] == "10.0.0.5:9999")
        #expect(variables["NOMAD_HOST_PORT_http"] == "9999")
        #expect(variables["NOMAD_PORT_db_sql"] == "5432")
        #expect(variables["NOMAD_ADDR_db_sql"] == "10.0.0.5:5432")
        #expect(variables["NOMAD_IP_db_sql"] == "10.0.0.5")
    }

    @Test func laterOnesWin() {
        let variables = Self.environment {
            $0.host = ["PATH": "/bin", "NOMAD_JOB_ID": "fooled", "LANG": "C"]
            $0.task.env = [
                "LANG": "de", "X": "${NOMAD_JOB_ID}-${PATH}-${NOMAD_NOPE}", "NOMAD_ALLOC_INDEX": "9",
            ]
        }
        #expect(variables["PATH"] == "/bin")
        #expect(variables["NOMAD_JOB_ID"] == "web")
        #expect(variables["LANG"] == "de")
        #expect(variables["X"] == "web-/bin-${NOMAD_NOPE}")
        #expect(variables["NOMAD_ALLOC_INDEX"] == "9")
    }

    @Test func dispatchedJobsHaveEmptyOptionalMeta() {
        let variables = Self.environment {
            var job = $0.allocation.job.job
            job.dispatched = true
            job.parentID = "import"
            var spec = ParameterizedSpec()
            spec.metaOptional = ["limit", "tier"]
            job.parameterizedJob = spec
            $0.allocation.job = SharedJob(job)
        }
        #expect(variables["NOMAD_META_limit"] == "")
        #expect(variables["NOMAD_META_tier"] == "2")
        #expect(variables["NOMAD_JOB_PARENT_ID"] == "import")
    }

    @Test func serviceAddresses() throws {
        var given = allocation(tasks: [task("server")])
        given.resources.ports = [Self.port("http", 23456, to: 8080), Self.port("any", 23457, ip: "")]
        let docker = TaskAddress(address: "172.17.0.2", ports: ["http": 80], advertises: true)
        func resolve(_ port: String, _ mode: String, _ driver: TaskAddress? = nil) throws -> String {
            try ServiceAddress.resolve(
                port: port, mode: mode, allocation: given, task: "server", driver: driver, networkStatus: nil,
                nodeIP: "10.0.0.9"
            ).text
        }
        #expect(try resolve("http", "auto") == "10.0.0.5:23456")
        #expect(try resolve("http", "host") == "10.0.0.5:23456")
        #expect(try resolve("any", "auto") == "10.0.0.9:23457")
        #expect(try resolve("http", "auto", docker) == "172.17.0.2:80")
        #expect(try resolve("9000", "driver", docker) == "172.17.0.2:9000")
        #expect(try resolve("22", "host") == "10.0.0.9:22")
        #expect(throws: ServiceAddressError.self) { try resolve("nope", "host") }
        #expect(throws: ServiceAddressError.self) { try resolve("http", "driver") }
        #expect(throws: ServiceAddressError.self) { try resolve("http", "alloc") }
    }
}
