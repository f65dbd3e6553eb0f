import Base
import Drivers
import Model
import Testing

@testable import NodeAgent

@Suite struct FingerprintTests {
    static let cpuinfo = """
        processor\t: 0
        vendor_id\t: AuthenticAMD
        model name\t: AMD EPYC
        cpu MHz\t\t: 2596.134

        processor\t: 1
        model name\t: AMD EPYC
        cpu MHz\t\t: 1500.000

        """

    @Test func processors() {
        let facts = CPUFacts(architecture: "x86_64", cpuinfo: Self.cpuinfo, maximum: [], online: 0)
        #expect(facts.architecture == "amd64")
        #expect(facts.modelName == "AMD EPYC")
        #expect(facts.cores == 2)
        #expect(facts.frequency == 2596)
        #expect(facts.totalCompute == 5192)
    }

    @Test(arguments: [
        ("x86_64", ["3500000\n", "3600000\n"], 4, 3600, "amd64"),
        ("aarch64", [], 2, 2596, "arm64"),
        ("riscv64", ["junk"], 1, 2596, "riscv64"),
    ])
    func frequencies(_ machine: String, _ maximum: [String], _ online: Int, _ frequency: Int, _ arch: String) {
        let facts = CPUFacts(architecture: machine, cpuinfo: Self.cpuinfo, maximum: maximum, online: online)
        #expect(facts.frequency == frequency)
        #expect(facts.cores == online)
        #expect(facts.architecture == arch)
    }

    @Test func processorsThatSayNothing() {
        let facts = CPUFacts(architecture: "x", cpuinfo: "", maximum: [], online: 0)
        #expect(facts.cores == 1 && facts.frequency == CPUFacts.frequencyDefault)
    }

    @Test(arguments: [
        ("ID=debian\nVERSION_ID=\"12\"\n", "debian", "12"), ("# x\nID='alpine'\nVERSION_ID=3.19", "alpine", "3.19"),
        ("", "linux", ""),
    ])
    func releases(_ text: String, _ name: String, _ version: String) {
        #expect(SystemFacts.release(text) == (name, version))
    }

    @Test func memory() {
        let facts = SystemFacts.memory("MemTotal:       24684084 kB\nMemFree: 1 kB\nHugePages_Total:   3\nodd\n")
        #expect(facts == ["MemTotal": 24_684_084 * 1024, "MemFree": 1024, "HugePages_Total": 3])
    }

    @Test(arguments: [
        ("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0", 2, "/sys/fs/cgroup"),
        (
            "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0", 1,
            "/sys/fs/cgroup"
        ),
    ])
    func controlGroups(_ mounts: String, _ version: Int, _ path: String) {
        let found = SystemFacts.cgroups(mounts: mounts)
        #expect(found?.version == version && found?.path == path)
        #expect(SystemFacts.cgroups(mounts: "proc /proc proc rw 0 0") == nil)
    }

    @Test func defaultRoute() {
        let routes = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            wlan0\t00000000\t010200C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
            eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
            eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
            """
        #expect(NetworkFacts.defaultInterface(routes: routes) == "eth0")
        #expect(NetworkFacts.defaultInterface(routes: "Iface\n") == nil)
    }

    static let facts = NetworkFacts(interfaces: [
        .init(name: "lo", addresses: [.init(text: "127.0.0.1"), .init(text: "::1")]),
        .init(
            name: "eth0", hardwareAddress: "02:fc:00:00:00:01",
            addresses: [.init(text: "fe80::1"), .init(text: "fd00::2"), .init(text: "192.0.2.2")]),
    ])

    @Test func interfaceChoice() {
        #expect(Self.facts.choose(wished: "lo", routed: "eth0")?.name == "lo")
        #expect(Self.facts.choose(wished: nil, routed: "eth0")?.name == "eth0")
        #expect(Self.facts.choose(wished: nil, routed: nil)?.name == "eth0")
        #expect(Self.facts.choose(wished: "wlan9", routed: "eth0") == nil)
        #expect(Self.facts.choose(wished: nil, routed: "eth0")?.primary == "192.0.2.2")
    }

    @Test func networkDescriptions() throws {
        let eth0 = try #require(Self.facts.choose(wished: "eth0", routed: nil))
        let networks = eth0.specifications(speed: 100)
        #expect(networks.map(\.cidr) == ["192.0.2.2/32", "fd00::2/128"])
        #expect(networks.allSatisfy { $0.mode == "host" && $0.device == "eth0" && $0.mBits == 100 })
        let other = NodeAgentConfiguration.HostNetwork(name: "private", cidr: "fd00::/8", reservedPorts: "22")
        let described = try #require(
            eth0.nodeNetwork(speed: 100, isDefault: true, hostNetworks: [other], reservedPorts: "80"))
        #expect(described.addresses.map(\.alias) == ["default", "default", "private"])
        #expect(described.addresses.map(\.reservedPorts) == ["80", "80", "22"])
        #expect(described.addresses.map(\.family) == ["ipv6", "ipv4", "ipv6"])
        #expect(eth0.nodeNetwork(speed: 1, isDefault: false, hostNetworks: [], reservedPorts: "") == nil)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("0.0.0.0/0", "1.2.3.4", true),
        ("192.0.2.0/25", "192.0.2.128", false), ("fd00::/8", "fdff::1", true), ("fd00::/8", "10.0.0.1", false),
    ])
    func ranges(_ range: String, _ address: String, _ isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(arguments: ["10.0.0.0", "10.0.0.0/33", "x/8", "fd00::/129", ""])
    func badRanges(_ text: String) { #expect(AddressRange(text) == nil) }

    @Test func driversInTheNode() {
        var node = Node()
        let now = Instant(nanoseconds: 5)
        let healthy = DriverFingerprint(
            detected: true, healthy: true, description: "Healthy",
            attributes: ["driver.docker": "true", "driver.docker.version": "27"])
        NodeFingerprint.add(healthy, of: "docker", to: &node, now: now)
        #expect(node.attributes == ["driver.docker": "1", "driver.docker.version": "27"])
        NodeFingerprint.add(healthy, of: "docker", to: &node, now: Instant(nanoseconds: 9))
        #expect(node.drivers["docker"]?.updateTime == Timestamp(now))
        NodeFingerprint.add(
            DriverFingerprint(detected: false, healthy: false, description: "gone"), of: "docker", to: &node, now: now)
        #expect(node.drivers.isEmpty && node.attributes.isEmpty)
    }

    @Test func thisMachine() throws {
        var configuration = NodeAgentConfiguration(stateDirectory: "/tmp", allocationsDirectory: "/tmp")
        configuration.cpuTotalCompute = 8000
        configuration.memoryTotalMB = 8192
        configuration.networkInterface = "lo"
        configuration.hostVolumes["scratch"] = HostVolume()
        let identity = NodeIdentity(id: NodeID(high: 1, low: 2), secret: "s")
        let node = NodeFingerprint(configuration: configuration, identity: identity).node()
        #expect(node.id == identity.id && node.secretID == "s" && !node.name.isEmpty)
        #expect(node.nodeResources.cpu.cpuShares == 8000 && node.nodeResources.memory.memoryMB == 8192)
        #expect(node.nodeResources.disk.diskMB > 0)
        #expect(node.nodeResources.networks.first?.ip == "127.0.0.1")
        #expect(node.hostVolumes["scratch"]?.name == "scratch")
        let wanted = [
            "cpu.arch", "cpu.numcores", "cpu.frequency", "cpu.totalcompute", "memory.totalbytes", "kernel.name",
            "kernel.version", "os.name", "os.version", "os.signals", "unique.hostname", "unique.network.ip-address",
            "unique.storage.bytestotal", "unique.storage.bytesfree", "unique.storage.volume", "nomad.version",
        ]
        for name in wanted { #expect(node.attributes[name] != nil, "\(name)") }
    }
}
