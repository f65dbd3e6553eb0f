import Base
import Testing

@testable import Drivers

/// The OCI bundle of exec tasks.
@Suite struct BundleTests {
    private func bundle(_ config: JSON, uid: Int = 65534, _ change: (inout TaskStart) -> Void = { _ in }) throws -> JSON
    {
        var config = config
        if config["command"] == nil { config["command"] = "sleep" }
        var task = ContainerSpecTests.task(config)
        change(&task)
        let parsed = try ExecConfig(config)
        return OCIBundle(
            task: task, config: parsed, settings: ExecSettings(),
            capabilities: try parsed.capabilities(ExecSettings()),
            user: UserIdentity(uid: uid, gid: uid, groups: [uid], home: "/home"), command: "sleep",
            directories: [OCIBundle.Directory(source: "/usr", destination: "/usr")], cgroup: "caravan/x",
            limitsSwap: true
        ).json
    }

    @Test func processAndUser() throws {
        let process = try bundle(["args": [1, "b"]])["process"]
        #expect(process?["args"] == ["sleep", "1", "b"])
        #expect(process?["cwd"] == "/")
        #expect(
            process?["env"] == [
                "A=1", "B=2", "HOME=/home", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ])
        #expect(process?["user"] == ["uid": 65534, "gid": 65534, "additionalGids": [65534]])
    }

    @Test func capabilitiesOfRootAndOthers() throws {
        let all = DockerSettings.defaultCapabilities.sorted().map { JSON.string("CAP_" + $0.uppercased()) }
        let nobody = try bundle(["cap_add": ["net_bind_service"]])["process"]?["capabilities"]
        #expect(nobody?["bounding"] == .array(all))
        #expect(nobody?["effective"] == ["CAP_NET_BIND_SERVICE"])
        #expect(nobody?["ambient"] == ["CAP_NET_BIND_SERVICE"])
        let root = try bundle(["cap_drop": ["all"], "cap_add": ["chown"]], uid: 0)["process"]?["capabilities"]
        #expect(root?["effective"] == ["CAP_CHOWN"] && root?["bounding"] == ["CAP_CHOWN"] && root?["ambient"] == [])
        let error = #expect(throws: DriverError.self) { try bundle(["cap_add": ["sys_admin", "net_raw"]]) }
        #expect(error?.message == "these capabilities are not allowed here (allow_caps): sys_admin, net_raw")
    }

    @Test func theRootIsReadOnlyAndTheTasksDirectoriesAreNot() throws {
        let mounts =
            try bundle([:]) {
                $0.mounts = [TaskMount(hostPath: "/srv", taskPath: "/data", readOnly: true)]
            }["mounts"]?.arrayValue ?? []
        let options = Dictionary(
            mounts.map { ($0["destination"]?.stringValue ?? "", $0["options"]?.arrayValue ?? []) }
        ) { $1 }
        #expect(options["/usr"]?.contains("ro") == true)
        for path in ["/alloc", "/local", "/secrets", "/tmp"] { #expect(options[path]?.contains("rw") == true) }
        #expect(options["/data"] == ["rbind", "rprivate", "ro"])
        #expect(mounts.first { $0["destination"] == "/local" }?["source"] == "/var/a1/web/local")
    }

    @Test func namespaces() throws {
        let types: (JSON) -> [String] = {
            ($0["linux"]?["namespaces"]?.arrayValue ?? []).compactMap { $0["type"]?.stringValue }
        }
        #expect(types(try bundle([:])) == ["mount", "pid", "ipc"])
        #expect(types(try bundle(["pid_mode": "host", "ipc_mode": "host"])) == ["mount"])
        let net = try bundle([:]) { $0.networkNamespace = "/run/netns/x" }
        #expect(net["linux"]?["namespaces"]?[3] == ["type": "network", "path": "/run/netns/x"])
        #expect(throws: DriverError.self) { try bundle(["pid_mode": "shared"]) }
    }

    @Test func limits() throws {
        let resources = try bundle([:]) {
            $0.resources = TaskResources(cpuMHz: 300, cores: [3, 1], memoryMB: 64, memoryMaxMB: 128)
        }["linux"]?["resources"]
        #expect(resources?["cpu"] == ["shares": 300, "cpus": "1,3"])
        #expect(resources?["memory"] == ["limit": 134_217_728, "swap": 134_217_728, "reservation": 67_108_864])
        #expect(try bundle([:])["linux"]?["cgroupsPath"] == "/caravan/x")
    }
}
