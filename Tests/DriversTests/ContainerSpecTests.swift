import Base
import Testing

@testable import Drivers

/// What the docker driver asks the daemon for.
@Suite struct ContainerSpecTests {
    static func task(_ config: JSON) -> TaskStart {
        TaskStart(
            id: "a1/web/00000001", allocationID: "a1", taskName: "web", groupName: "g", jobID: "j", jobName: "job",
            config: config, environment: ["B": "2", "A": "1"], resources: TaskResources(cpuMHz: 500, memoryMB: 256),
            directories: TaskDirectories(allocation: "/var/a1", taskName: "web"))
    }

    private func body(
        _ config: JSON, _ settings: DockerSettings = DockerSettings(), _ change: (inout TaskStart) -> Void = { _ in }
    ) throws -> JSON {
        var config = config
        if config["image"] == nil { config["image"] = "redis:7" }
        var task = Self.task(config)
        change(&task)
        var spec = ContainerSpec(task: task, config: try DockerConfig(config), settings: settings, coreMHz: 2000)
        return try spec.body(image: "sha256:1")
    }

    private func problem(_ config: JSON, _ change: (inout TaskStart) -> Void = { _ in }) -> String? {
        do {
            _ = try body(config, DockerSettings(), change)
            return nil
        } catch {
            return (error as? DriverError)?.message
        }
    }

    @Test func theSimplestTask() throws {
        let expected: JSON = [
            "Image": "sha256:1", "Env": ["A=1", "B=2"], "Labels": ["com.hashicorp.nomad.alloc_id": "a1"],
            "HostConfig": [
                "AutoRemove": false,
                "Binds": ["/var/a1/alloc:/alloc", "/var/a1/web/local:/local", "/var/a1/web/secrets:/secrets"],
                "CapDrop": ["NET_RAW"], "CpuShares": 500,
                "LogConfig": ["Type": "json-file", "Config": ["max-file": "2", "max-size": "2m"]],
                "Memory": 268_435_456, "MemorySwap": 268_435_456,
            ],
        ]
        #expect(try body([:]) == expected)
    }

    @Test func commandAndArguments() throws {
        let both = try body(["command": "a", "args": ["b"], "entrypoint": ["e"], "work_dir": "/w", "tty": true])
        #expect(both["Cmd"] == ["a", "b"])
        #expect(both["Entrypoint"] == ["e"])
        #expect(both["WorkingDir"] == "/w")
        #expect(both["Tty"] == true)
        #expect(try body(["args": ["-listen", ":5678"]])["Cmd"] == ["-listen", ":5678"])
    }

    @Test func legacyPortsWithoutAMapAreTheSameInside() throws {
        let ports = [
            PortMapping(label: "http", hostIP: "10.0.0.1", value: 5678),
            PortMapping(label: "db", hostIP: "10.0.0.1", value: 20001),
        ]
        let body = try body(["port_map": [["db": 5432]]]) { $0.taskPorts = ports }
        let binding: (String) -> JSON = { [["HostIp": "10.0.0.1", "HostPort": .string($0)]] }
        #expect(
            body["HostConfig"]?["PortBindings"] == [
                "5678/tcp": binding("5678"), "5678/udp": binding("5678"), "5432/tcp": binding("20001"),
                "5432/udp": binding("20001"),
            ])
        #expect(body["ExposedPorts"]?.objectValue?.names.sorted() == ["5432/tcp", "5432/udp", "5678/tcp", "5678/udp"])
        let host = try self.body(["network_mode": "host"]) { $0.taskPorts = ports }
        #expect(host["HostConfig"]?["PortBindings"] == nil)
        #expect(host["HostConfig"]?["NetworkMode"] == "host")
    }

    @Test func groupPortsAreNamed() throws {
        let ports = [
            PortMapping(label: "http", hostIP: "10.0.0.1", value: 20000, to: 80),
            PortMapping(label: "other", hostIP: "10.0.0.1", value: 20001),
        ]
        let body = try body(["ports": ["http"]]) { $0.groupPorts = ports }
        #expect(
            body["HostConfig"]?["PortBindings"]?["80/tcp"] == [["HostIp": "10.0.0.1", "HostPort": "20000"]])
        #expect(body["ExposedPorts"]?.objectValue?.count == 2)
        #expect(
            problem(["ports": ["htp"]]) { $0.groupPorts = ports }
                == "port \"htp\" of \"ports\" is not in the group's network; its ports are: http, other")
        #expect(
            problem(["port_map": ["http": 1]]) { $0.groupPorts = ports }
                == "port_map can't map port \"http\" of a group's network: list it in \"ports\" and set \"to\"")
    }

    @Test(arguments: [
        // memory, memory_max, memory_hard_limit, limit and reservation in MB
        (256, 0, 0, 256, 0), (256, 512, 0, 512, 256), (256, -1, 0, 0, 256), (256, 0, 1024, 1024, 256),
    ])
    func memory(asked: Int, most: Int, hard: Int, limit: Int, reservation: Int) throws {
        let host = try body(hard > 0 ? ["memory_hard_limit": .int(Int64(hard))] : [:]) {
            $0.resources = TaskResources(cpuMHz: 100, memoryMB: asked, memoryMaxMB: most)
        }["HostConfig"]
        #expect(host?["Memory"]?.intValue ?? 0 == Int64(limit) << 20)
        #expect(host?["MemoryReservation"]?.intValue ?? 0 == Int64(reservation) << 20)
    }

    @Test func limitsAndModes() throws {
        let host = try body([
            "ulimit": [["nofile": "1024:2048", "nproc": "10"]], "sysctl": ["net.core.somaxconn": "16384"],
            "cpu_hard_limit": true, "pids_limit": 50, "shm_size": 1000, "extra_hosts": ["a:1.2.3.4"],
            "dns_servers": ["9.9.9.9"], "readonly_rootfs": true, "init": true, "pid_mode": "host",
        ])["HostConfig"]
        #expect(
            host?["Ulimits"] == [
                ["Name": "nofile", "Soft": 1024, "Hard": 2048], ["Name": "nproc", "Soft": 10, "Hard": 10],
            ])
        #expect(host?["Sysctls"] == ["net.core.somaxconn": "16384"])
        #expect(host?["CpuPeriod"] == 100_000)
        #expect(host?["CpuQuota"] == 25_000)
        #expect(host?["PidsLimit"] == 50)
        #expect(host?["ExtraHosts"] == ["a:1.2.3.4"])
        #expect(host?["Dns"] == ["9.9.9.9"])
        #expect(host?["ReadonlyRootfs"] == true)
        #expect(host?["PidMode"] == "host")
    }

    static let capabilityRows: [(add: [String], drop: [String], allowed: [String]?, added: JSON?, dropped: JSON?)] = [
        ([], [], nil, nil, ["NET_RAW"]),
        ([], ["chown", "CAP_KILL"], nil, nil, ["CHOWN", "KILL", "NET_RAW"]),
        (["sys_time"], [], ["all"], ["SYS_TIME"], nil),
        (
            ["NET_RAW"], [], ["net_raw", "chown"], nil,
            [
                "AUDIT_WRITE", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
                "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
            ]
        ),
        (["all"], [], ["all"], ["ALL"], nil),
    ]

    @Test(arguments: capabilityRows)
    func capabilities(_ row: (add: [String], drop: [String], allowed: [String]?, added: JSON?, dropped: JSON?)) throws {
        var settings = DockerSettings()
        if let allowed = row.allowed { settings.allowedCapabilities = allowed }
        let config: JSON = [
            "cap_add": .array(row.add.map { .string($0) }), "cap_drop": .array(row.drop.map { .string($0) }),
        ]
        let host = try body(config, settings)["HostConfig"]
        #expect(host?["CapAdd"] == row.added)
        #expect(host?["CapDrop"] == row.dropped)
    }

    static let mistakes: [(JSON, String)] = [
        (["privileged": true], "privileged containers are disabled on this node (allow_privileged = false)"),
        (["cap_add": ["sys_admin"]], "these capabilities are not allowed here (allow_caps): sys_admin"),
        (
            ["volumes": ["/etc:/x"]],
            "volume \"/etc\": volumes are not enabled here, so host paths can't be mounted "
                + "(plugin \"docker\" { config { volumes { enabled = true } } })"
        ),
        (["volumes": ["a/../../b:/x"]], "volume \"a/../../b\": a relative path must stay inside the task's directory"),
        (["volumes": ["nothing"]], "volume \"nothing\" must be source:target or source:target:options"),
        (["runtime": "kata"], "runtime \"kata\" is not allowed here; allow_runtimes has: runc, nvidia"),
    ]

    @Test(arguments: mistakes)
    func refused(config: JSON, message: String) {
        #expect(
            problem(config)
                == message.replacing("volume \"/etc\"", with: "volume \"/etc:/x\"")
                .replacing("volume \"a/../../b\"", with: "volume \"a/../../b:/x\""))
    }

    @Test func volumesAndMounts() throws {
        var settings = DockerSettings()
        settings.volumesEnabled = true
        let host = try body(
            [
                "volumes": ["/etc:/x:ro", "local/a/../b:/y"],
                "mounts": [
                    ["type": "bind", "source": "/srv", "target": "/z", "readonly": true],
                    ["type": "tmpfs", "target": "/t", "tmpfs_options": [["size": 1000]]],
                    ["type": "volume", "source": "v", "target": "/v"],
                ],
            ], settings)["HostConfig"]
        #expect(host?["Binds"]?.arrayValue?.suffix(2) == ["/etc:/x:ro", "/var/a1/web/local/b:/y"])
        #expect(
            host?["Mounts"] == [
                ["Type": "bind", "Target": "/z", "ReadOnly": true, "Source": "/srv"],
                ["Type": "tmpfs", "Target": "/t", "TmpfsOptions": ["SizeBytes": 1000]],
                ["Type": "volume", "Target": "/v", "Source": "v", "VolumeOptions": ["NoCopy": false, "Labels": [:]]],
            ])
    }

    static let wrongConfigs: [(JSON, String)] = [
        (["imag": "a"], "image: is missing; this driver needs it; imag: no such key; did you mean \"image\"?"),
        (["image": "a", "ulimit": ["nofile": "x"]], "ulimit.nofile: \"x\" must be a number, or soft:hard"),
        (["image": "a", "ports": ["a"], "port_map": ["b": 1]], "port_map: can't stand beside ports: choose one"),
        (["image": "a", "port_map": ["b": 99999]], "port_map.b: 99999 is not a port"),
        (["image": "a", "mounts": [["type": "nfs"]]], "mounts.type: \"nfs\" is none of bind, volume and tmpfs"),
        (["image": "a", "auth": [["user": "b"]]], "auth.user: no such key"),
        (
            ["image": "a", "image_pull_timeout": "soon"],
            "image_pull_timeout: \"soon\" is not a duration; write one such as 30s or 5m"
        ),
    ]

    @Test(arguments: wrongConfigs)
    func wrongConfig(config: JSON, message: String) {
        let error = #expect(throws: DriverError.self) { try DockerConfig(config) }
        #expect(error?.message == "config of driver \"docker\": " + message)
    }

    @Test(arguments: [
        ("redis", "redis", "latest", "redis:latest", true), ("redis:7", "redis", "7", "redis:7", false),
        ("redis:latest", "redis", "latest", "redis:latest", true),
        ("host:5000/a/b", "host:5000/a/b", "latest", "host:5000/a/b:latest", true),
        ("host:5000/a/b:1", "host:5000/a/b", "1", "host:5000/a/b:1", false),
        ("a@sha256:ff", "a", "sha256:ff", "a@sha256:ff", false), ("https://a/b:1", "a/b", "1", "a/b:1", false),
    ])
    func imageNames(text: String, repository: String, version: String, name: String, moving: Bool) {
        let reference = ImageReference(text)
        #expect(reference.repository == repository)
        #expect(reference.version == version)
        #expect(reference.name == name)
        #expect(reference.isMoving == moving)
    }

    @Test func agentSettings() throws {
        let settings = try DriverSettings(
            plugins: [
                "docker": [
                    "endpoint": "unix:///tmp/d.sock", "volumes": [["enabled": true]], "allow_privileged": true,
                    "gc": [["container": false]],
                ], "raw_exec": ["enabled": true],
            ], options: ["driver.denylist": "qemu, java", "docker.privileged.enabled": "false"])
        #expect(settings.docker.socket == "/tmp/d.sock")
        #expect(
            settings.docker.volumesEnabled && !settings.docker.removesContainers && !settings.docker.allowsPrivileged)
        #expect(settings.rawExec.enabled)
        #expect(settings.denied == ["qemu", "java"])
        let error = #expect(throws: DriverError.self) {
            try DriverSettings(plugins: ["docker": ["endpoint": "tcp://1.2.3.4:5"]])
        }
        #expect(error?.message.contains("must be a Unix socket") == true)
    }
}
